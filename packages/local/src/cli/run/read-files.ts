import { constants, createReadStream } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type OpenCsvOptions, openCsv } from '@pipeline/chunker';
import { formatRef, type ObjectStore, PipelineError, type SourceEntry } from '@pipeline/core';
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
export const findFile = async (given: string): Promise<GivenFile> => {
  try {
    const found = await stat(given);
    if (found.isDirectory()) throw new UsageError(`${given} is a folder, not a file`);
    if (!found.isFile()) throw new UsageError(`${given} is not a regular file`);
    await access(given, constants.R_OK);
    return { path: given, sizeBytes: found.size };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${given} ${reasons[code] ?? `cannot be read: ${message}`}`);
  }
};

/** What the beginning of a file says. */
export type CsvFile = GivenFile &
  Pick<SourceEntry, 'columns' | 'strippedColumns' | 'compression'> & { readonly delimiter: string };

/**
 * Reads the beginning of a CSV file as the pipeline will read it.
 *
 * @throws UsageError when the file is empty or its header is not one
 */
export const readCsvHeader = async (
  file: GivenFile,
  options: Omit<OpenCsvOptions, 'store' | 'run'>,
): Promise<CsvFile> => {
  const object = { bucket: 'file', key: path.basename(file.path) };
  try {
    const source = await openCsv(object, { ...options, store: fileStore(file) });
    const { columns, strippedColumns, compression, dialect } = source;
    return {
      ...file,
      columns,
      strippedColumns,
      delimiter: dialect.delimiter,
      ...(compression === undefined ? {} : { compression }),
    };
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    throw new UsageError(error.message.replaceAll(formatRef(object), file.path));
  }
};

/** A store of one file, to be read. */
export const fileStore = (file: GivenFile): ObjectStore => ({
  ...memoryStore(),
  head: async (ref) => ({ ref: { ...ref, etag: '"1"' }, sizeBytes: file.sizeBytes, metadata: {} }),
  read: (_, { range } = {}) =>
    createReadStream(file.path, range === undefined ? {} : { start: range.start, end: range.end - 1 }),
});

/** Reads a JSON Schema; whether it is a rule is seen when it is compiled. @throws UsageError */
export const readSchemaFile = async (given: string): Promise<JsonSchema> =>
  (await readJsonFile(given, `--schema ${given}`)) as JsonSchema;

/** Reads JSON; `about` names the file in errors. @throws UsageError */
export const readJsonFile = async (given: string, about: string): Promise<unknown> => {
  await findFile(given);
  const text = (await readFile(given, 'utf8')).replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${about} is not JSON: ${(error as Error).message}`);
  }
};
