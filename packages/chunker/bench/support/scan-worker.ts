// A worker of the parallel plan: scans the ranges that it is handed and answers their summaries.
import { parentPort } from 'node:worker_threads';
import { rangeBytes, type ScanRangeOptions, scanRange } from '../../src/index.ts';
import { blockBytes, piecesOf } from './pieces.ts';

export interface RangeTask {
  readonly path: string;
  readonly range: ScanRangeOptions;
}

parentPort!.on('message', async ({ path, range }: RangeTask) => {
  const bytes = piecesOf(path, { ...rangeBytes(range), size: blockBytes });
  parentPort!.postMessage(await scanRange(bytes, range));
});
