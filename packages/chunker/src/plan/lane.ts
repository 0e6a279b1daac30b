import { PipelineError } from '@pipeline/core';
import { createCursor, moveCursor, type ScanCursor } from '../scan/cursor.ts';
import type { Scanner } from '../scan/scanner.ts';
import { FIELD_START, type ScanState } from '../scan/states.ts';
import type { LaneScan } from './range-scan.ts';
import { RECORD_START } from './start-states.ts';

/** The cells of a range, in the units that are scanned. */
export interface LaneGrid {
  readonly start: number;
  readonly step: number;
  readonly firstCell: number;
}

export interface LaneOptions {
  readonly from: ScanState;
  /** Offset of the first byte. */
  readonly offset: number;
  /** A record is known to begin there. */
  readonly knownStart: boolean;
  readonly grid: LaneGrid;
  readonly scanner: Scanner;
  /** Whether it matters that a field is the first of its record. */
  readonly comments: boolean;
}

/** The scan of a range from one state. */
export interface Lane {
  /** Scans the window from where it is to `to`; `final` where the source ends there. */
  scan(to: number, filled: number, final: boolean): void;
  /** How far it came, or `undefined` where it has ended or goes on as another lane. */
  at(): number | undefined;
  /** The window's first bytes are done with. */
  advance(bytes: number, previous: number): void;
  /** Goes on as `other` from here if both are in the same place; answers whether it does. */
  join(other: Lane): boolean;
  summary(): LaneScan;
  /** What decides whether two lanes are in the same place. */
  place():
    | { readonly cursor: ScanCursor; readonly at: number; readonly cell: number; readonly seen: boolean }
    | undefined;
}

interface OpenCell {
  readonly cell: number;
  readonly first: number;
  last: number;
  count: number;
}

export const createLane = (options: LaneOptions): Lane => {
  const { from, offset, knownStart, grid, scanner, comments } = options;
  const cursor = createCursor(offset, from === RECORD_START ? FIELD_START : from);
  const cells: OpenCell[] = [];
  let cell = grid.firstCell;
  let at = 0;
  let ended = false;
  let tail: boolean | undefined;
  let joined: { readonly other: Lane; readonly cell: number; readonly countBefore: number } | undefined;
  // Where the record in progress began is not known, but that it was before the range, so that no comment begins here. A
  // field that begins with the range may be a record's first, unless there is a state of its own for that.
  const mayBegin = knownStart || from === RECORD_START || (from === FIELD_START && !comments);
  if (!mayBegin) {
    cursor.recordStart = -1;
    cursor.lastEnd = -1;
  }

  const open = (): OpenCell | undefined => (cells.at(-1)?.cell === cell ? cells.at(-1) : undefined);
  const addStarts = (count: number): void => {
    if (count === 0) return;
    const place = cursor.base + cursor.lastEnd;
    const current = open();
    if (current === undefined) cells.push({ cell, first: place, last: place, count });
    else {
      current.last = place;
      current.count += count;
    }
  };
  if (knownStart) addStarts(1);

  /** Where the last newline can be that makes a record begin in this cell; a CR and its LF go to the cell of the LF. */
  const cellBorder = (): number => scanner.unparted(grid.start + (cell + 1) * grid.step - 1 - cursor.base, cursor);

  const run = (to: number): void => {
    for (;;) {
      const border = cellBorder();
      const goal = Math.min(border, to);
      if (at >= goal) {
        if (border >= to) return;
        cell++;
        continue;
      }
      const before = cursor.records;
      let next = at;
      try {
        next = open() === undefined ? scanner.scanRecord(at, goal, cursor) : scanner.scan(at, goal, cursor);
      } finally {
        addStarts(cursor.records - before); // also those in front of an error
      }
      if (next === at) return;
      at = next;
    }
  };

  return {
    scan(to, filled, final) {
      if (ended || joined !== undefined) return;
      cursor.filled = filled;
      cursor.final = final;
      try {
        run(to);
        if (!final) return;
        const before = cursor.records;
        scanner.end(filled, cursor);
        tail = cursor.records > before;
      } catch (error) {
        if (!PipelineError.is(error)) throw error;
        ended = true;
      }
    },
    at: () => (ended || joined !== undefined ? undefined : at),
    advance(bytes, previous) {
      at -= bytes;
      moveCursor(cursor, bytes, previous);
    },
    place: () => (ended || joined !== undefined ? undefined : { cursor, at, cell, seen: cells.length > 0 }),
    join(other) {
      const [mine, theirs] = [this.place(), other.place()];
      if (mine === undefined || theirs === undefined || !mine.seen || !theirs.seen) return false;
      const same =
        mine.at === theirs.at &&
        mine.cell === theirs.cell &&
        cursor.state === theirs.cursor.state &&
        cursor.recordStart === theirs.cursor.recordStart &&
        cursor.lastEnd === theirs.cursor.lastEnd;
      if (!same) return false;
      const theirCount = other.summary().cells.find((seen) => seen.cell === cell)?.count ?? 0;
      joined = { other, cell, countBefore: theirCount };
      return true;
    },
    summary() {
      if (joined === undefined) {
        const isStart = comments && cursor.state === FIELD_START && at === cursor.recordStart;
        const to = ended ? -1 : isStart ? RECORD_START : cursor.state;
        return { from, to, cells, ...(tail === undefined ? {} : { tail }) };
      }
      const { other, cell: joinedIn, countBefore } = joined;
      const theirs = other.summary();
      const before = cells.filter((seen) => seen.cell < joinedIn);
      const mine = cells.find((seen) => seen.cell === joinedIn);
      const since = theirs.cells
        .filter((seen) => seen.cell >= joinedIn)
        .map((seen) =>
          seen.cell === joinedIn && mine !== undefined
            ? { ...seen, first: mine.first, count: mine.count + seen.count - countBefore }
            : seen,
        );
      return { ...theirs, from, cells: [...before, ...since] };
    },
  };
};

/** Lanes that are in the same place go on as one. */
export const joinLanes = (lanes: readonly Lane[]): void => {
  for (const [i, lane] of lanes.entries()) lanes.slice(0, i).some((earlier) => lane.join(earlier));
};
