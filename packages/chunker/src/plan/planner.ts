import { type CsvDialect, type CsvEncoding, type CsvLimits, defaultLimits } from '@pipeline/core';
import { createFallbackPlanner } from '../fallback/planner.ts';
import { createCursor } from '../scan/cursor.ts';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { createScanMemory } from '../scan/memory.ts';
import { advance, createScanner } from '../scan/scanner.ts';
import { type ChunkSizeOptions, chunkBounds } from './chunk-bounds.ts';
import { createChunkCutter, type PlannedChunk } from './chunk-cutter.ts';
import { unitSpace } from './unit-space.ts';

/** How large chunks may be, and where in the source the bytes begin. */
export interface PlanChunksOptions extends ChunkSizeOptions {
  /** Its special characters are single bytes. */
  readonly dialect: Omit<CsvDialect, 'newline'>;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Of the bytes. @default 'utf-8' */
  readonly encoding?: CsvEncoding | undefined;
  /** Offset in the source of the first byte given, a record start. @default 0 */
  readonly offset?: number;
  /** Where the source's records begin, when `offset` is behind the first of them. @default offset */
  readonly gridStart?: number;
  /** Where the source ends; needed for `chunkCount` and `auto`. @default unknown */
  readonly sourceEnd?: number;
  /** Data row of the first record. @default 1 */
  readonly firstRow?: number;
}

/** Plans chunks of bytes that are handed to it one piece after the other. */
export interface Planner {
  /** Where the next bytes may be put, to be handed over by `filled`. Not for UTF-16, whose bytes are narrowed first. */
  space(): Uint8Array;
  /** Takes as many bytes as were put there; adds the chunks that end in them. */
  filled(bytes: number, chunks: PlannedChunk[]): void;
  /** Adds the chunks that end in the piece. */
  take(piece: Uint8Array, chunks: PlannedChunk[]): void;
  /** The source ends: adds the last chunks. */
  end(chunks: PlannedChunk[]): void;
  /** What is before this offset of the source and behind the chunks so far belongs to the next one. */
  settled(): number;
}

/** The window that is scanned at a time: it stays in the processor's own cache. */
const windowBytes = 256 * 1024;

/** The sequential planner: one pass, constant memory. */
export const createPlanner = (options: PlanChunksOptions): Planner => {
  if (!knownToScanner(options.dialect)) return createFallbackPlanner(options);
  const { dialect, limits = defaultLimits, encoding = 'utf-8', offset = 0, firstRow = 1 } = options;
  const gridStart = options.gridStart ?? offset;
  const { maxRecordBytes } = limits;
  const dataBytes = Math.max(0, (options.sourceEnd ?? gridStart) - gridStart);
  const space = unitSpace(encoding, gridStart);
  const bounds = space.bounds(chunkBounds(options, { dataBytes, maxRecordBytes }));
  const memory = createScanMemory({ windowBytes, fields: false });
  const scanner = createScanner({ dialect, limits: space.limits(limits), row: firstRow, memory, fields: false });
  const cursor = createCursor(space.toUnits(offset));
  const start = cursor.base;
  const cutter = createChunkCutter({
    bounds,
    scanner,
    cursor,
    start,
    gridStart: space.toUnits(gridStart),
    firstRow,
  });

  const inSource = (work: () => void, chunks: PlannedChunk[]): void => {
    const before = chunks.length;
    try {
      work();
    } catch (error) {
      throw space.error(error, limits);
    } finally {
      for (let i = before; i < chunks.length; i++) chunks[i] = space.fromUnits(chunks[i]!);
    }
  };

  const scan = (bytes: number, chunks: PlannedChunk[]): void => {
    cursor.filled += bytes;
    // What `advance` leaves in the window was not scanned yet: at most a CR that waits for its LF.
    advance(memory, cursor, cutter.cut(0, chunks));
  };

  return {
    space: () => memory.bytes.subarray(cursor.filled),
    filled: (bytes, chunks) => inSource(() => scan(bytes, chunks), chunks),
    take(piece, chunks) {
      const units = space.narrow(piece);
      inSource(() => {
        for (let from = 0; from < units.length; ) {
          const room = Math.min(units.length - from, windowBytes - cursor.filled);
          memory.bytes.set(units.subarray(from, from + room), cursor.filled);
          from += room;
          scan(room, chunks);
        }
      }, chunks);
    },
    end(chunks) {
      cursor.final = true;
      inSource(() => {
        advance(memory, cursor, cutter.cut(0, chunks));
        cutter.end(0, chunks);
      }, chunks);
      const last = chunks.pop();
      if (last !== undefined) chunks.push({ ...last, end: last.end + space.rest() });
    },
    settled: () => space.toOffset(cursor.base + cursor.lastEnd),
  };
};
