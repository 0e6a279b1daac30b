import type { ScanCursor } from '../scan/cursor.ts';
import type { Scanner } from '../scan/scanner.ts';
import type { ChunkBounds } from './chunk-bounds.ts';

/** Whole records `[start, end)` of the source. */
export interface PlannedChunk {
  readonly start: number;
  readonly end: number;
  /** 1-based data row of its first record. */
  readonly firstRow: number;
  readonly rowCount: number;
}

/** Cuts records into chunks while they are scanned. */
export interface ChunkCutter {
  /** Scans what the window holds from `from` on, adds the chunks that end in it to `chunks`, and answers how far it came. */
  cut(from: number, chunks: PlannedChunk[]): number;
  /** The source ends at `at` of the window. */
  end(at: number, chunks: PlannedChunk[]): void;
}

export interface CutterOptions {
  readonly bounds: ChunkBounds;
  readonly scanner: Scanner;
  readonly cursor: ScanCursor;
  /** Offset in the source of the first record. */
  readonly start: number;
  /** Where the grid begins: behind the header, also when planning goes on in the middle. */
  readonly gridStart: number;
  readonly firstRow: number;
}

export const createChunkCutter = (options: CutterOptions): ChunkCutter =>
  options.bounds.by === 'bytes' ? byBytes(options, options.bounds) : byRows(options, options.bounds);

const byBytes = (
  { scanner, cursor, start, gridStart, firstRow }: CutterOptions,
  { stepBytes, mostBytes }: Extract<ChunkBounds, { by: 'bytes' }>,
): ChunkCutter => {
  let chunkStart = start;
  let row = firstRow;
  let recordsBefore = 0;
  /** Start of the record that reaches over the cell's end, and how many had ended before it. */
  let over: { readonly start: number; readonly records: number } | undefined;
  const cellEnd = (): number => gridStart + (Math.floor((chunkStart - gridStart) / stepBytes) + 1) * stepBytes;

  const add = (end: number, records: number, chunks: PlannedChunk[]): void => {
    const rowCount = records - recordsBefore;
    chunks.push({ start: chunkStart, end, firstRow: row, rowCount });
    row += rowCount;
    chunkStart = end;
    recordsBefore = records;
  };
  const close = (end: number, chunks: PlannedChunk[]): void => {
    if (over !== undefined && over.records > recordsBefore && end - chunkStart > mostBytes)
      add(over.start, over.records, chunks);
    add(end, cursor.records, chunks);
    over = undefined;
  };

  return {
    cut(from, chunks) {
      let at = from;
      for (;;) {
        if (over === undefined) {
          const border = cellEnd() - cursor.base;
          const goal = scanner.unparted(border, cursor);
          const to = Math.min(goal, cursor.filled);
          if (at < to) at = scanner.scan(at, to, cursor);
          if (at < goal) return at;
          if (cursor.lastEnd >= border) {
            close(cursor.base + cursor.lastEnd, chunks);
            continue;
          }
          over = { start: cursor.base + cursor.lastEnd, records: cursor.records };
        }
        if (at >= cursor.filled) return at;
        const next = scanner.scanRecord(at, cursor.filled, cursor);
        if (cursor.records === over.records) return next;
        at = next;
        close(cursor.base + cursor.lastEnd, chunks);
      }
    },
    end(at, chunks) {
      scanner.end(at, cursor);
      if (cursor.base + at > chunkStart) close(cursor.base + at, chunks);
    },
  };
};

const byRows = (
  { scanner, cursor, start, firstRow }: CutterOptions,
  { mostRows, mostBytes }: Extract<ChunkBounds, { by: 'rows' }>,
): ChunkCutter => {
  let chunkStart = start;
  let row = firstRow;
  let recordsBefore = 0;

  const close = (end: number, chunks: PlannedChunk[]): void => {
    const rowCount = cursor.records - recordsBefore;
    chunks.push({ start: chunkStart, end, firstRow: row, rowCount });
    row += rowCount;
    chunkStart = end;
    recordsBefore = cursor.records;
  };

  return {
    cut(from, chunks) {
      let at = from;
      while (at < cursor.filled) {
        const held = cursor.records - recordsBefore;
        const goal = Math.min(scanner.unparted(chunkStart + mostBytes - cursor.base, cursor), cursor.filled);
        // A record has at least one byte, so that so many bytes cannot end more records than are wanted.
        const wanted = mostRows - held;
        const before = at;
        if (at >= goal) {
          // The bound is reached: the chunk ends with its last whole record, or with this one if it has none.
          if (held > 0) {
            close(cursor.base + cursor.lastEnd, chunks);
            continue;
          }
          at = scanner.scanRecord(at, cursor.filled, cursor);
          if (cursor.records > recordsBefore) close(cursor.base + cursor.lastEnd, chunks);
        } else {
          at =
            wanted > 64 ? scanner.scan(at, Math.min(goal, at + wanted), cursor) : scanner.scanRecord(at, goal, cursor);
          if (cursor.records - recordsBefore === mostRows) close(cursor.base + cursor.lastEnd, chunks);
        }
        if (at === before) break;
      }
      return at;
    },
    end(at, chunks) {
      scanner.end(at, cursor);
      // A last record without a newline may be one too many for its chunk.
      if (cursor.base + at > chunkStart) close(cursor.base + at, chunks);
    },
  };
};
