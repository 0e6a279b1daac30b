import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that is gone with the process. */
export interface WorkFolder {
  /** Its absolute path. */
  readonly folder: string;
  /** Removes it now and restores the temporary folder. */
  remove(): void;
}

/**
 * Makes the one folder below which everything temporary of this process lies, by making it the temporary folder. It is
 * gone with the process, however that ends; only a SIGKILL leaves it.
 *
 * @throws Error of the file system when no folder can be made
 * @example
 * const { folder, remove } = createWorkFolder();
 * console.log(tmpdir() === folder); // true
 * remove();
 */
export const createWorkFolder = (): WorkFolder => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-'));
  const names = process.platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = folder;
  const remove = (): void => {
    process.removeListener('exit', remove);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    // A function process that was just killed may still close a file.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  process.once('exit', remove);
  return { folder, remove };
};
