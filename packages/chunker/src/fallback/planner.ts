import { defaultLimits } from '@pipeline/core';
import { chunkBounds } from '../plan/chunk-bounds.ts';
import type { PlannedChunk } from '../plan/chunk-cutter.ts';
import type { PlanChunksOptions, Planner } from '../plan/planner.ts';
import { createRecordFeed, type FedWindow } from './record-feed.ts';
import { createUnitCutter } from './unit-cutter.ts';

/** What readers of files put in at a time. */
const blockBytes = 64 * 1024;

/** The sequential planner for dialects that the scanner does not know: one pass, constant memory. */
export const createFallbackPlanner = (options: PlanChunksOptions): Planner => {
  const { dialect, limits = defaultLimits, encoding = 'utf-8', offset = 0, firstRow = 1 } = options;
  const gridStart = options.gridStart ?? offset;
  const { maxRecordBytes } = limits;
  const dataBytes = Math.max(0, (options.sourceEnd ?? gridStart) - gridStart);
  const bounds = chunkBounds(options, { dataBytes, maxRecordBytes });
  const feed = createRecordFeed({ dialect, limits, encoding, offset, row: firstRow });
  const cutter = createUnitCutter(bounds, { start: offset, gridStart, firstRow });
  let block: Uint8Array | undefined;
  let end = offset;

  const cut = (windows: Iterable<FedWindow>, chunks: PlannedChunk[]): void => {
    for (const { nextOffsets } of windows) for (const next of nextOffsets) cutter.add(next, chunks);
  };
  const take = (piece: Uint8Array, chunks: PlannedChunk[]): void => {
    end += piece.length;
    cut(feed.push(piece), chunks);
  };
  return {
    space: () => {
      block ??= new Uint8Array(blockBytes);
      return block;
    },
    filled: (bytes, chunks) => take(block!.subarray(0, bytes), chunks),
    take,
    end(chunks) {
      cut(feed.end(), chunks);
      cutter.finish(end, chunks);
    },
    settled: () => cutter.settled(),
  };
};
