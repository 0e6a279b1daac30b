import { type CsvDialect, defaultLimits } from '@pipeline/core';
import { chunkBounds } from '../../src/plan/chunk-bounds.ts';
import type { PlannedChunk } from '../../src/plan/chunk-cutter.ts';
import { judgeRecord } from '../../src/plan/judge-record.ts';
import type { RangeScan } from '../../src/plan/range-scan.ts';
import { reduceScans } from '../../src/plan/reduce-scans.ts';
import { rangeBytes, scanRange } from '../../src/plan/scan-range.ts';
import { slicesOf } from '../helpers.ts';

export type Dialect = Omit<CsvDialect, 'newline'>;

export interface RangePlan {
  readonly gridStart: number;
  readonly chunkBytes: number;
  readonly maxRecordBytes: number;
  /** Cells of each range, in turn. */
  readonly cells: readonly number[];
  /** Bytes that all start states scan in turn. */
  readonly windowBytes?: number;
  /** Sizes of the pieces that a range is read in, in turn. */
  readonly pieces: readonly number[];
}

/** The plan by ranges of some cells each. */
export async function* planByRanges(
  bytes: Buffer,
  dialect: Dialect,
  { gridStart, chunkBytes, cells, pieces, maxRecordBytes, windowBytes = 1024 }: RangePlan,
): AsyncGenerator<PlannedChunk> {
  const limits = { ...defaultLimits, maxRecordBytes };
  const bounds = chunkBounds({ chunkBytes }, { dataBytes: 0, maxRecordBytes });
  if (bounds.by !== 'bytes') throw new Error('by bytes');
  const grid = { gridStart, stepBytes: bounds.stepBytes, sourceEnd: bytes.length };
  const scans: RangeScan[] = [];
  for (let cell = 0, i = 0; gridStart + cell * bounds.stepBytes < bytes.length; i++) {
    const range = { ...grid, firstCell: cell, endCell: cell + cells[i % cells.length]! };
    const { start, end } = rangeBytes(range);
    // As it goes through a state machine.
    const scan = await scanRange(slicesOf(bytes.subarray(start, end), pieces), {
      dialect,
      limits,
      windowBytes,
      ...range,
    });
    scans.push(JSON.parse(JSON.stringify(scan)) as RangeScan);
    cell = range.endCell;
  }
  yield* reduceScans(scans, {
    start: gridStart,
    sourceEnd: bytes.length,
    mostBytes: bounds.mostBytes,
    suspectBytes: maxRecordBytes + 1,
    judge: (offset, row) => judgeRecord(slicesOf(bytes.subarray(offset), pieces), { dialect, limits, offset, row }),
  });
}
