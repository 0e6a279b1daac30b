import { type CsvDialect, type CsvEncoding, type CsvLimits, defaultLimits } from '@pipeline/core';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { createCursor } from '../scan/cursor.ts';
import { createScanMemory } from '../scan/memory.ts';
import { advance, createScanner } from '../scan/scanner.ts';
import { FIELD_START } from '../scan/states.ts';
import { createLane, joinLanes } from './lane.ts';
import type { RangeScan } from './range-scan.ts';
import { startStates } from './start-states.ts';
import { unitSpace } from './unit-space.ts';

/** Which range of a source is scanned, on which grid. */
export interface ScanRangeOptions {
  /** Its special characters are single bytes. */
  readonly dialect: Omit<CsvDialect, 'newline'>;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Of the bytes. @default 'utf-8' */
  readonly encoding?: CsvEncoding | undefined;
  /** Where the source's records, and so the grid, begin. */
  readonly gridStart: number;
  /** Width of a cell in bytes of the source. */
  readonly stepBytes: number;
  /** First cell of the range. */
  readonly firstCell: number;
  /** The cell behind the last one. */
  readonly endCell: number;
  /** A record is known to begin here, in the first cell; the range begins with it. @default only that of the grid itself is */
  readonly startsAt?: number | undefined;
  /** Where the source ends. */
  readonly sourceEnd: number;
  /** Bytes that all lanes scan in turn. @default 256 KiB */
  readonly windowBytes?: number;
}

/**
 * Which bytes of the source `scanRange` wants: one from before its first cell, since a record that begins with a cell is
 * known by the newline before it, and one more than it needs, in which a CR may find its LF.
 *
 * @example
 * rangeBytes({ gridStart: 100, stepBytes: 50, firstCell: 1, endCell: 2, sourceEnd: 1000 }); // { start: 149, end: 200 }
 */
export const rangeBytes = (
  options: Pick<
    ScanRangeOptions,
    'gridStart' | 'stepBytes' | 'firstCell' | 'endCell' | 'startsAt' | 'sourceEnd' | 'encoding'
  >,
): { readonly start: number; readonly end: number } => {
  const { gridStart, stepBytes, firstCell, endCell, startsAt, sourceEnd, encoding = 'utf-8' } = options;
  const border = (cell: number): number => gridStart + cell * stepBytes;
  return {
    start: startsAt ?? (firstCell === 0 ? gridStart : border(firstCell) - unitBytes(encoding)),
    end: Math.min(sourceEnd, border(endCell)),
  };
};

/** Stays in the processor's own cache while one lane after the other scans it. */
const defaultWindowBytes = 256 * 1024;

/** Lanes mostly join within a few records: until they have, they meet more often. */
const meetingBytes = 16 * 1024;

/**
 * Scans a range of a source from every state in which it can begin, in one pass and constant memory. States that come to
 * be in the same place go on as one, which they do within a few bytes unless the text reads well both ways; a range that
 * begins in a quoted field by mistake ends at the cap of a record.
 *
 * The idea of running all states at once is Mytkowicz, Musuvathi and Schulte's (https://doi.org/10.1145/2541940.2541988).
 *
 * @param bytes - those that `rangeBytes` names
 * @throws what `bytes` throws
 * @example
 * const scan = await scanRange(store.read(source, { range: rangeBytes(range) }), { dialect, ...range });
 */
export const scanRange = async (bytes: AsyncIterable<Uint8Array>, options: ScanRangeOptions): Promise<RangeScan> => {
  const { dialect, limits = defaultLimits, encoding = 'utf-8', gridStart, firstCell, endCell, sourceEnd } = options;
  const space = unitSpace(encoding, gridStart);
  const step = space.toUnits(gridStart + options.stepBytes) - space.toUnits(gridStart);
  const { start, end } = rangeBytes(options);
  const { windowBytes = defaultWindowBytes } = options;
  const memory = createScanMemory({ windowBytes, fields: false });
  const scanner = createScanner({ dialect, limits: space.limits(limits), memory, fields: false });
  const last = end === sourceEnd;
  // Behind this byte no record can begin in the range's last cell.
  const stop = last ? Number.POSITIVE_INFINITY : space.toUnits(end) - 1;
  const knownStart = options.startsAt !== undefined || firstCell === 0;
  const lanes = (knownStart ? [FIELD_START] : startStates(dialect)).map((from) =>
    createLane({
      from,
      offset: space.toUnits(start),
      knownStart,
      grid: { start: space.toUnits(gridStart), step, firstCell },
      scanner,
      comments: dialect.comment !== undefined && dialect.comment !== '',
    }),
  );
  const window = createCursor(space.toUnits(start));

  const scanWindow = (final: boolean): void => {
    const to = scanner.unparted(Math.min(window.filled, stop - window.base), window);
    for (const lane of lanes) lane.scan(to, window.filled, final && last);
    if (!final) joinLanes(lanes);
    // Some lanes may have left a CR that waits for its LF, which is text to others.
    const done = Math.min(to, ...lanes.map((lane) => lane.at() ?? to));
    const previous = memory.bytes[done - 1] ?? window.previous;
    for (const lane of lanes) lane.advance(done, previous);
    advance(memory, window, done);
  };

  const apart = (): boolean => lanes.filter((lane) => lane.at() !== undefined).length > 1;

  for await (const piece of bytes) {
    const narrow = space.narrow(piece);
    for (let at = 0; at < narrow.length; ) {
      const goal = apart() ? Math.min(windowBytes, meetingBytes) : windowBytes;
      const room = Math.min(narrow.length - at, goal - window.filled);
      memory.bytes.set(narrow.subarray(at, at + room), window.filled);
      window.filled += room;
      at += room;
      if (window.filled === goal) scanWindow(false);
    }
  }
  scanWindow(true);
  return {
    firstCell,
    endCell,
    lanes: lanes.map((lane) => {
      const { cells, ...rest } = lane.summary();
      return {
        ...rest,
        cells: cells.map((cell) => ({
          ...cell,
          first: space.toOffset(cell.first),
          last: space.toOffset(cell.last),
        })),
      };
    }),
  };
};
