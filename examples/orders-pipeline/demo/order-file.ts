import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@pipeline/local/terminal';
import { orderFile } from '../sample/generate.ts';
import type { DemoOptions } from './options.ts';

/** The file that the demo runs. */
export interface OrderFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Under which it is uploaded. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
}

const sampleRows = 10_000;

/** The user's file, the checked-in sample, or one that is generated into `folder`. @throws UsageError */
export const chooseOrderFile = async (
  { file, rows, delimiter }: Pick<DemoOptions, 'file' | 'rows' | 'delimiter'>,
  folder: string,
  signal: AbortSignal,
): Promise<OrderFile> => {
  if (file !== undefined) {
    const name = path.basename(file);
    return {
      ...(await sized(file)),
      name: name.toLowerCase().endsWith('.csv') ? name : `${name}.csv`, // others start nothing
      about: 'your file',
    };
  }
  if (rows === sampleRows && delimiter === ',') {
    const sample = fileURLToPath(new URL('../sample/orders.csv', import.meta.url));
    return { ...(await sized(sample)), name: 'orders.csv', about: 'the checked-in sample' };
  }
  const generated = path.join(folder, 'orders.csv');
  await pipeline(Readable.from(orderFile(rows, delimiter)), createWriteStream(generated), { signal });
  return { ...(await sized(generated)), name: 'orders.csv', about: 'generated' };
};

const sized = async (file: string): Promise<{ readonly path: string; readonly sizeBytes: number }> => {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new UsageError(`${file} does not exist`);
  if (!found.isFile()) throw new UsageError(`${file} is not a file`);
  return { path: file, sizeBytes: found.size };
};
