import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../exit-codes.ts';

/** A folder whose files change all at once at the end, or not at all. */
export interface OutFolder {
  /** Its path, as it was given. */
  readonly folder: string;
  /** Writes a file beside its final place. Rejects with `signal.reason`, or with what the source or the disk says. */
  write(name: string, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** Puts every written file in its place and removes the files named in `stale`. */
  commit(stale?: readonly string[]): Promise<void>;
  /** Removes what was written, and the folders that were made here as far as they are empty. */
  discard(): Promise<void>;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'may not be written to',
  EPERM: 'may not be written to',
  EROFS: 'is on a disk that is read-only',
  ENOSPC: 'is on a disk that is full',
  ENOENT: 'is where no folder can be made',
  ENOTDIR: 'lies below a file',
  EEXIST: 'is not a folder',
};

/**
 * Opens the folder, which is made where it does not exist.
 *
 * @param option - names it in errors
 * @throws UsageError when nothing can be written into it
 * @example
 * const out = await openOutFolder('results');
 * await out.write('orders.csv', store.read(report.output.object));
 * await out.commit();
 */
export const openOutFolder = async (folder: string, option = '--out'): Promise<OutFolder> => {
  try {
    return await openFolder(folder);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${option} ${folder} ${reasons[code] ?? `cannot be used: ${message}`}`);
  }
};

/**
 * Makes a folder with those above it; answers the topmost one made. Node's own `recursive` never returns where a file system
 * refuses a new folder with ENOENT, as /proc does.
 */
const makeFolder = async (folder: string): Promise<string | undefined> => {
  const kindOf = (place: string) => stat(place).catch(() => undefined);
  if ((await kindOf(folder))?.isDirectory()) return undefined;
  const parent = path.dirname(folder);
  const above = (await kindOf(parent)) === undefined ? await makeFolder(parent) : undefined;
  await mkdir(folder);
  return above ?? folder;
};

const openFolder = async (folder: string): Promise<OutFolder> => {
  const made = await makeFolder(path.resolve(folder));
  const suffix = `.${randomBytes(4).toString('hex')}.part`;
  const written = new Set<string>();
  const partOf = (name: string): string => path.join(folder, `.${name}${suffix}`);
  const discard = async (): Promise<void> => {
    for (const name of written) await rm(partOf(name), { force: true });
    written.clear();
    if (made !== undefined) await removeEmpty(path.resolve(folder), path.resolve(made));
  };
  const write: OutFolder['write'] = async (name, bytes, signal) => {
    written.add(name);
    try {
      const target = createWriteStream(partOf(name), { flags: 'wx', flush: true });
      await pipeline(
        Readable.from(copies(bytes), { objectMode: false }),
        target,
        ...(signal === undefined ? [] : [{ signal }]),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  try {
    await write('probe', Readable.from([]));
    await rm(partOf('probe'));
    written.delete('probe');
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    folder,
    write,
    async commit(stale = []) {
      for (const name of stale) await rm(path.join(folder, name), { force: true });
      for (const name of written) {
        await rename(partOf(name), path.join(folder, name));
        written.delete(name);
      }
    },
    discard,
  };
};

/** A piece of a store ends with the next pull, and a stream pulls ahead. */
async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) yield Uint8Array.from(piece);
}

/** Removes a folder and those above it up to `top`, as far as nothing lies in them. */
const removeEmpty = async (folder: string, top: string): Promise<void> => {
  try {
    await rmdir(folder);
  } catch {
    return; // somebody put something into it
  }
  if (folder !== top) await removeEmpty(path.dirname(folder), top);
};
