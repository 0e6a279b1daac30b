// Other programs: GNU coreutils (https://www.gnu.org/software/coreutils/) and Miller (https://miller.readthedocs.io).
import path from 'node:path';
import { partCount, rowsPerPart } from '../support/parts.ts';
import { runProgram } from '../support/program.ts';
import type { Works } from '../support/work.ts';

export const works: Works = {
  /** The file as often as makes a gigabyte: one small file is gone through before the program is up. */
  wc: async ({ file }) => {
    const passes = Math.max(1, Math.round(1e9 / file.bytes));
    const { stdout, ...ran } = await runProgram('wc', ['-l', ...Array<string>(passes).fill(file.path)]);
    return { ...ran, passes, rows: Number.parseInt(stdout, 10) - 1 };
  },
  cp: async ({ file, out }) => {
    const { stdout, ...ran } = await runProgram('cp', [file.path, path.join(out, 'copy')]);
    return { ...ran, rows: 0 };
  },
  /** So many lines each, without headers. */
  split: async ({ file, out }) => {
    const lines = Math.ceil((file.lines + 1) / partCount);
    const args = ['-l', String(lines), '-a', '3', '-d', '--additional-suffix=.csv', file.path, path.join(out, 'part')];
    const { stdout, ...ran } = await runProgram('split', args);
    return { ...ran, rows: 0 };
  },
  miller: async ({ file, out }) => {
    const prefix = path.join(out, 'part');
    const { stdout, ...ran } = await runProgram('mlr', [
      ...['--csv', '--from', file.path],
      ...['split', '-n', String(rowsPerPart(file.rows)), '--prefix', prefix],
    ]);
    return { ...ran, rows: 0 };
  },
};
