import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { benchFolder } from './data.ts';

const open = new Set<string>();
const remove = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  open.delete(folder);
};

// Copies of the data lie in memory: they must not outlive a benchmark that somebody ends early.
process.on('exit', () => open.forEach(remove));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Work with an empty folder that has room for so many bytes; it is gone when the work is done. */
export const withFolder = async <T>(bytes: number, work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(path.join(benchFolder(bytes), 'out-'));
  open.add(folder);
  try {
    return await work(folder);
  } finally {
    remove(folder);
  }
};
