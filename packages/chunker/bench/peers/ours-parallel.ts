import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { defaultLimits } from '@pipeline/core';
import { planChunks, type RangeScan, reduceScans, type ScanRangeOptions } from '../../src/index.ts';
import type { DataFile } from '../support/data.ts';
import { partCount } from '../support/parts.ts';
import { blockBytes, piecesOf } from '../support/pieces.ts';
import type { Answer, Works } from '../support/work.ts';

const dialect = { delimiter: ',', quote: '"' };
/** Four ranges: as much work for the one worker as for the other, and few starts. */
const cellsPerRange = Math.ceil(partCount / 4);

const headerBytes = ({ columns }: DataFile): number => columns.join(',').length + 1;

const answerOf = async (chunks: AsyncIterable<{ readonly rowCount: number }>): Promise<Answer> => {
  let rows = 0;
  let parts = 0;
  for await (const { rowCount } of chunks) {
    rows += rowCount;
    parts++;
  }
  return { rows, parts };
};

/** Started on first use, so that the measured rounds find them running. */
let workers: readonly Worker[] = [];

/** Hands out ranges to whichever worker is free. */
const scanAll = async (path: string, ranges: readonly ScanRangeOptions[]): Promise<readonly RangeScan[]> => {
  if (workers.length === 0) {
    workers = [1, 2].map(() => new Worker(new URL('../support/scan-worker.ts', import.meta.url)));
    for (const worker of workers) worker.unref();
  }
  const scans: RangeScan[] = [];
  let next = 0;
  const work = async (worker: Worker): Promise<void> => {
    while (next < ranges.length) {
      const index = next++;
      worker.postMessage({ path, range: ranges[index] });
      [scans[index]] = (await once(worker, 'message')) as [RangeScan];
    }
  };
  await Promise.all(workers.map(work));
  return scans;
};

export const works: Works = {
  sequential: ({ file }) => {
    const offset = headerBytes(file);
    const bytes = piecesOf(file.path, { start: offset, size: blockBytes });
    return answerOf(planChunks(bytes, { dialect, offset, sourceEnd: file.bytes, chunkCount: partCount }));
  },
  parallel: async ({ file }) => {
    const gridStart = headerBytes(file);
    const stepBytes = Math.ceil((file.bytes - gridStart) / partCount);
    const ranges: ScanRangeOptions[] = [];
    for (let cell = 0; cell < partCount; cell += cellsPerRange)
      ranges.push({
        ...{ dialect, gridStart, stepBytes, sourceEnd: file.bytes },
        ...{ firstCell: cell, endCell: Math.min(partCount, cell + cellsPerRange) },
      });
    return answerOf(
      reduceScans(await scanAll(file.path, ranges), {
        start: gridStart,
        sourceEnd: file.bytes,
        mostBytes: Number.POSITIVE_INFINITY,
        suspectBytes: defaultLimits.maxRecordBytes + 1,
        judge: async () => {},
      }),
    );
  },
};
