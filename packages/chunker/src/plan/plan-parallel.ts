import { defaultLimits, PipelineConfigError } from '@pipeline/core';
import pLimit from 'p-limit';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { chunkBounds } from './chunk-bounds.ts';
import type { PlannedChunk } from './chunk-cutter.ts';
import { judgeRecord } from './judge-record.ts';
import type { PlanChunksOptions } from './planner.ts';
import type { RangeScan } from './range-scan.ts';
import { reduceScans } from './reduce-scans.ts';
import { rangeBytes, type ScanRangeOptions, scanRange } from './scan-range.ts';
import { unitSpace } from './unit-space.ts';

/** Bytes `[start, end)` of a source, as a stream. */
export type OpenRange = (start: number, end: number) => AsyncIterable<Uint8Array>;

/** How a source is planned by ranges. */
export interface PlanParallelOptions extends PlanChunksOptions {
  /** Offset of the first record to plan. */
  readonly offset: number;
  /** Where the source ends. */
  readonly sourceEnd: number;
  /** Ranges read at once. @default 8 */
  readonly concurrency?: number;
}

/** A range is worth a request of its own from this size on. */
const leastRangeBytes = 32 * 1024 * 1024;

/** What the scans of all ranges of a source have in common. */
export interface RangePlan {
  readonly ranges: Iterable<ScanRangeOptions>;
  /** The exact chunks from the scans of all ranges, in order. */
  reduce(scans: AsyncIterable<RangeScan>): AsyncGenerator<PlannedChunk>;
}

/**
 * Cuts a source into ranges that can be scanned side by side, each of some cells of the grid.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for chunks by rows, which have no grid
 */
export const planRanges = (open: OpenRange, options: PlanParallelOptions): RangePlan => {
  const { dialect, limits = defaultLimits, encoding, offset, sourceEnd, firstRow = 1 } = options;
  const gridStart = options.gridStart ?? offset;
  const bounds = chunkBounds(options, { dataBytes: sourceEnd - gridStart, maxRecordBytes: limits.maxRecordBytes });
  if (bounds.by === 'rows')
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'plan',
      expected: "'sequential' for chunks by rows, which follow one from the other",
      got: "'parallel'",
    });
  const unit = unitBytes(encoding ?? 'utf-8');
  const space = unitSpace(encoding ?? 'utf-8', gridStart);
  const scaled = space.bounds(bounds);
  const stepBytes = scaled.stepBytes * unit;
  const cells = Math.max(1, Math.floor(leastRangeBytes / stepBytes));
  const grid = { dialect, limits, encoding, gridStart, stepBytes, sourceEnd };
  return {
    ranges: {
      *[Symbol.iterator]() {
        const first = Math.floor((offset - gridStart) / stepBytes);
        for (let cell = first; gridStart + cell * stepBytes < sourceEnd; cell += cells)
          yield { ...grid, firstCell: cell, endCell: cell + cells, ...(cell === first ? { startsAt: offset } : {}) };
      },
    },
    reduce: (scans) =>
      reduceScans(scans, {
        start: offset,
        firstRow,
        sourceEnd,
        mostBytes: scaled.mostBytes * unit,
        suspectBytes: (space.limits(limits).maxRecordBytes + 1) * unit,
        judge: (at, row) => judgeRecord(open(at, sourceEnd), { dialect, limits, encoding, offset: at, row }),
      }),
  };
};

/**
 * Plans a source by ranges that are read and scanned side by side: the same chunks as `planChunks` makes in one pass.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`; PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`; what `open`
 * throws
 * @example
 * const open = (start: number, end: number) => store.read(object, { range: { start, end } });
 * for await (const chunk of planParallel(open, { dialect, offset: 120, sourceEnd })) console.log(chunk.firstRow);
 */
export async function* planParallel(open: OpenRange, options: PlanParallelOptions): AsyncGenerator<PlannedChunk> {
  const { ranges, reduce } = planRanges(open, options);
  const { concurrency = 8 } = options;
  yield* reduce(
    inOrder(ranges, concurrency, (range) => {
      const { start, end } = rangeBytes(range);
      return scanRange(open(start, end), range);
    }),
  );
}

/** The answers in the order of the questions, a bounded number of them at work. */
async function* inOrder<In, Out>(
  items: Iterable<In>,
  concurrency: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const limit = pLimit(concurrency);
  const ahead: Promise<Out>[] = [];
  const next = items[Symbol.iterator]();
  const fill = (): void => {
    while (ahead.length < concurrency * 2) {
      const { value, done } = next.next();
      if (done === true) return;
      const answer = limit(() => work(value));
      answer.catch(() => {}); // told when its turn comes
      ahead.push(answer);
    }
  };
  try {
    for (fill(); ahead.length > 0; fill()) yield await ahead.shift()!;
  } finally {
    limit.clearQueue();
    await Promise.allSettled(ahead);
  }
}
