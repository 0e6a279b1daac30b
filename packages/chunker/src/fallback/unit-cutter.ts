import type { ChunkBounds } from '../plan/chunk-bounds.ts';
import type { PlannedChunk } from '../plan/chunk-cutter.ts';

/** Cuts records into chunks, by the same rules as the scanner's planner: see `ChunkBounds`. */
export interface UnitCutter {
  /** The next record, with the comments in front of it, ends here. */
  add(end: number, chunks: PlannedChunk[]): void;
  /** The source ends here; only comments lie behind the last record. */
  finish(end: number, chunks: PlannedChunk[]): void;
  /** End of the last record that is sure to belong to the chunk that is open, or to one before it. */
  settled(): number;
}

/**
 * @param start - offset of the first record
 * @param gridStart - where the grid begins: behind the header, also when planning goes on in the middle
 */
export const createUnitCutter = (
  bounds: ChunkBounds,
  { start, gridStart, firstRow }: { readonly start: number; readonly gridStart: number; readonly firstRow: number },
): UnitCutter => {
  const { mostBytes } = bounds;
  let chunkStart = start;
  let lastEnd = start;
  let row = firstRow;
  let held = 0;

  const close = (end: number, rows: number, chunks: PlannedChunk[]): void => {
    chunks.push({ start: chunkStart, end, firstRow: row, rowCount: rows });
    row += rows;
    chunkStart = end;
    lastEnd = end;
    held = 0;
  };
  /** By rows, it has all its rows; by bytes, its last record reached the end of the cell that the chunk begins in. */
  const isFull = (end: number): boolean =>
    bounds.by === 'rows'
      ? held === bounds.mostRows
      : end >= gridStart + (Math.floor((chunkStart - gridStart) / bounds.stepBytes) + 1) * bounds.stepBytes;
  /** What would make the chunk too long begins the next one. */
  const makeRoom = (end: number, chunks: PlannedChunk[]): void => {
    if (held > 0 && end - chunkStart > mostBytes) close(lastEnd, held, chunks);
  };

  return {
    add(end, chunks) {
      makeRoom(end, chunks);
      held++;
      if (isFull(end)) close(end, held, chunks);
      else lastEnd = end;
    },
    finish(end, chunks) {
      makeRoom(end, chunks);
      if (end > chunkStart) close(end, held, chunks);
    },
    settled: () => lastEnd,
  };
};
