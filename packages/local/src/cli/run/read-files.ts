import { constants } from 'node:fs';
import { access, open, readFile, stat } from 'node:fs/promises';
import { openCsv } from '@pipeline/chunker';
import { defaultLimits, formatRef, PipelineError, type SourceEntry } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import type { JsonSchema } from '@pipeline/validate';
import { UsageError } from '../exit-codes.ts';

/** A file that is there and may be read, by the name the user gave it. */
export interface GivenFile {
  /** As it was given. */
  readonly path: string;
  readonly sizeBytes: number;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  ENAMETOOLONG: 'has a name that is too long',
  ELOOP: 'is a symbolic link to itself',
};

/** @throws UsageError when it is not a file that can be read */
export const findFile = async (path: string): Promise<GivenFile> => {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError(`${path} is a folder, not a file`);
    if (!found.isFile()) throw new UsageError(`${path} is not a regular file`);
    await access(path, constants.R_OK);
    return { path, sizeBytes: found.size };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${path} ${reasons[code] ?? `cannot be read: ${message}`}`);
  }
};

/** What the header of a file says. */
export type CsvFile = GivenFile & Pick<SourceEntry, 'columns' | 'strippedColumns'> & { readonly delimiter: string };

/**
 * Reads the header of a CSV file as the pipeline will read it.
 *
 * @throws UsageError when the file is empty or its header is not one
 */
export const readCsvHeader = async (file: GivenFile, delimiter: string): Promise<CsvFile> => {
  // As much as the pipeline reads for a header, and one byte to show that there is more.
  const head = await readHead(file.path, defaultLimits.maxHeaderBytes + 6);
  const store = memoryStore();
  const object = { bucket: 'file', key: 'head' };
  await store.write(object, head);
  try {
    const { columns, strippedColumns } = await openCsv(object, { store, delimiter });
    return { ...file, columns, strippedColumns, delimiter };
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    throw new UsageError(error.message.replaceAll(formatRef(object), file.path));
  }
};

const readHead = async (path: string, bytes: number): Promise<Uint8Array> => {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(bytes);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, bytes - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
};

/** Reads a JSON Schema; whether it is a rule is seen when it is compiled. @throws UsageError */
export const readSchemaFile = async (path: string): Promise<JsonSchema> => {
  await findFile(path);
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text) as JsonSchema;
  } catch (error) {
    throw new UsageError(`--schema ${path} is not JSON: ${(error as Error).message}`);
  }
};
