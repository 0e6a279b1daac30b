import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { UsageError } from '../exit-codes.ts';
import { openOutFolder } from './out-folder.ts';

/** A file must not take the place of what it is made from. @throws UsageError */
export const checkOutFile = async (out: string, given: string): Promise<void> => {
  const found = await realpath(out).catch(() => undefined);
  if (found !== undefined && found === (await realpath(given).catch(() => undefined)))
    throw new UsageError(`--out ${out} would overwrite ${given}; choose another file`);
};

/** Writes files of one folder, by name: all of them or none. */
export const writeOutFiles = async (
  folder: string,
  texts: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> => {
  const out = await openOutFolder(folder);
  try {
    for (const [name, text] of Object.entries(texts)) await out.write(name, Readable.from([Buffer.from(text)]), signal);
    await out.commit();
  } finally {
    await out.discard();
  }
};

/** Writes one file. */
export const writeOutFile = (file: string, text: string, signal?: AbortSignal): Promise<void> =>
  writeOutFiles(path.dirname(file), { [path.basename(file)]: text }, signal);
