import { PipelineSourceError } from '@pipeline/core';
import { FIELD_START } from '../scan/states.ts';
import type { PlannedChunk } from './chunk-cutter.ts';
import type { CellScan, LaneScan, RangeScan } from './range-scan.ts';
import { RECORD_START } from './start-states.ts';

/** What the scans of all ranges have in common. */
export interface ReduceScansOptions {
  /** Offset of the first record. */
  readonly start: number;
  /** Its data row. @default 1 */
  readonly firstRow?: number;
  /** Where the source ends. */
  readonly sourceEnd: number;
  /** Most bytes in a chunk; see `ChunkBounds`. */
  readonly mostBytes: number;
  /** From so many bytes on, newline included, a record may be over its cap. */
  readonly suspectBytes: number;
  /**
   * Looks at one record again, from its offset on: throws the error that it is, or returns where it is none.
   */
  readonly judge: (offset: number, row: number) => Promise<void>;
}

/**
 * The exact plan from scans of ranges that did not know what came before them: follows the one true state from range to
 * range. The chunks are those that one pass over the source makes.
 *
 * @param scans - of all ranges, in order and without a gap
 * @throws what `judge` throws; PipelineSourceError `CHUNK_MISMATCH` when the scans do not fit each other
 * @example
 * for await (const chunk of reduceScans(scans, options)) console.log(chunk.start, chunk.firstRow);
 */
export async function* reduceScans(
  scans: AsyncIterable<RangeScan> | Iterable<RangeScan>,
  options: ReduceScansOptions,
): AsyncGenerator<PlannedChunk> {
  const { start, firstRow = 1, sourceEnd, mostBytes, suspectBytes, judge } = options;
  let state = FIELD_START;
  let row = firstRow;
  /** The cell whose end is not known yet. */
  let open: CellScan | undefined;
  const record = (): number => open?.last ?? start;
  const recordRow = (): number => row + (open === undefined ? 0 : open.count - 1);

  /** @param lastRows - 0 where nothing but comments follows the cell's last record start */
  function* close(cell: CellScan, end: number, lastRows: number): Generator<PlannedChunk> {
    const before = cell.count - 1;
    if (end - cell.first > mostBytes && cell.last > cell.first) {
      yield { start: cell.first, end: cell.last, firstRow: row, rowCount: before };
      yield { start: cell.last, end, firstRow: row + before, rowCount: lastRows };
    } else yield { start: cell.first, end, firstRow: row, rowCount: before + lastRows };
    row += before + lastRows;
  }

  let expected: number | undefined;
  let tail = false;
  for await (const scan of scans) {
    if (expected !== undefined && scan.firstCell !== expected) throw misfit(`range ${expected} is missing`);
    expected = scan.endCell;
    const lane = laneOf(scan, state);
    for (const cell of lane.cells) {
      if (cell.first - record() >= suspectBytes) await judge(record(), recordRow());
      if (open !== undefined) yield* close(open, cell.first, 1);
      open = cell;
    }
    if (lane.to < 0) {
      await judge(record(), recordRow());
      throw misfit(`a record at ${record()} ended for one reader and not for another`);
    }
    state = lane.to;
    tail = lane.tail ?? false;
  }
  if (sourceEnd - record() >= suspectBytes) await judge(record(), recordRow());
  if (open === undefined) return;
  // Behind the last newline no record begins, though comments may stand there, which still belong to a chunk.
  if (tail || open.first < sourceEnd) yield* close(open, sourceEnd, tail ? 1 : 0);
}

const laneOf = (scan: RangeScan, state: number): LaneScan => {
  const lane =
    scan.lanes.find(({ from }) => from === state) ??
    (state === RECORD_START ? scan.lanes.find(({ from }) => from === FIELD_START) : undefined);
  if (lane === undefined) throw misfit(`the range from cell ${scan.firstCell} was not scanned from state ${state}`);
  return lane;
};

const misfit = (reason: string): PipelineSourceError =>
  new PipelineSourceError('CHUNK_MISMATCH', { index: 'plan', reason });
