import type { CsvLimits } from '@pipeline/core';
import { moveCursor, type ScanCursor } from './cursor.ts';
import { dialectBytes, type ScanDialect } from './dialect-bytes.ts';
import { blockBytes, header } from './kernel.ts';
import { createMachine, settleFlags, tooLarge } from './machine.ts';
import { type ScanMemory, setDialect } from './memory.ts';
import { BAD_QUOTE, CLOSED_CR, COMMENT, ESCAPED, QUOTE_IN_QUOTED, QUOTED } from './states.ts';
import { addRecord, type ScanTables } from './tables.ts';

export interface ScannerOptions {
  readonly dialect: ScanDialect;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes'>;
  /** Data row of the first record, for error messages. */
  readonly row?: number | undefined;
  readonly memory: ScanMemory;
  /** Whether field ends are written down; planning does without. */
  readonly fields: boolean;
}

/** Finds records in the window of a memory. Kernel and state machine take turns; a cursor says where they stand. */
export interface Scanner {
  /** Scans bytes `[from, to)` of the window; answers how far it came: to the end, but for a CR or LF that belong together. */
  scan(from: number, to: number, cursor: ScanCursor): number;
  /** Scans until one record has ended, or to `to`. */
  scanRecord(from: number, to: number, cursor: ScanCursor): number;
  /** `goal`, or the byte before it where that would part a CR from its LF and each ends a record without the other. */
  unparted(goal: number, cursor: ScanCursor): number;
  /** Ends the source at `at`: a last record without a newline ends there. */
  end(at: number, cursor: ScanCursor): void;
}

/** The window's first `bytes` are done with: what follows them moves to its beginning. */
export const advance = (memory: ScanMemory, cursor: ScanCursor, bytes: number): void => {
  if (bytes === 0) return; // a long record would be moved onto itself each time
  const previous = memory.bytes[bytes - 1]!;
  if (bytes < cursor.filled) memory.bytes.copyWithin(0, bytes, cursor.filled);
  moveCursor(cursor, bytes, previous);
};

/**
 * The one scanner behind planning, counting and reading, so that they cannot disagree about where a record ends.
 *
 * @throws from its calls: PipelineSourceError `CSV_UNCLOSED_QUOTE` (with the offset of the opening quote) or
 * `CSV_ROW_TOO_LARGE`
 */
export const createScanner = ({ dialect, limits, row, memory, fields }: ScannerOptions): Scanner => {
  const bytesOf = dialectBytes(dialect);
  const options = { dialect: bytesOf, limits, row };
  const machine = createMachine(options);
  const { bytes, kernel, head } = memory;
  const { maxRecordBytes } = limits;
  const tables: ScanTables | undefined = fields ? memory.tables : undefined;
  setDialect(memory, bytesOf);

  /** Lets the kernel go as far as it can. */
  const fast = (from: number, to: number, cursor: ScanCursor): number => {
    const recordsBefore = tables?.recordCount ?? 0;
    head[header.state] = cursor.state;
    head[header.quoteAt] = cursor.quoteAt;
    head[header.ends] = tables?.endCount ?? 0;
    head[header.records] = recordsBefore;
    head[header.quotes] = 0;
    const stop = tables === undefined ? kernel!.count(from, to) : kernel!.index(from, to);
    cursor.state = head[header.state]!;
    cursor.quoteAt = head[header.quoteAt]!;
    const ended = head[header.records]! - recordsBefore;
    if (ended > 0) {
      if (cursor.flags !== 0) settleFlags(cursor, tables, recordsBefore);
      cursor.records += ended;
      cursor.recordStart = head[header.recordEnd]! + 1;
      cursor.lastEnd = cursor.recordStart;
    }
    if (tables !== undefined) {
      tables.endCount = head[header.ends]!;
      tables.recordCount = head[header.records]!;
      if (head[header.quotes] !== 0) tables.quotes = true;
    }
    cursor.steps += stop - from + blockBytes;
    return stop;
  };

  const checkCap = (at: number, cursor: ScanCursor): void => {
    // Two bytes of grace: a record at the cap may still be waiting for its CRLF.
    if (at - cursor.recordStart > maxRecordBytes + 2) throw tooLarge(cursor, options);
  };

  return {
    scan(from, to, cursor) {
      cursor.filled = Math.max(cursor.filled, to);
      let i = from;
      while (i < to) {
        // The kernel does not look at the cap, so it gets no further than where a record could pass it.
        const room = cursor.recordStart + maxRecordBytes - i;
        if (kernel !== undefined && room >= blockBytes && to - i >= blockBytes && cursor.state <= QUOTE_IN_QUOTED)
          i = fast(i, Math.min(to, i + room), cursor);
        if (i >= to) break;
        const near = cursor.recordStart + maxRecordBytes - i < blockBytes;
        const next =
          kernel === undefined || near
            ? machine(bytes, i, to, cursor, tables, near)
            : machine(bytes, i, Math.min(to, i + blockBytes), cursor, tables, false);
        if (next === i) break;
        i = next;
      }
      checkCap(i, cursor);
      return i;
    },

    scanRecord(from, to, cursor) {
      cursor.filled = Math.max(cursor.filled, to);
      const at = machine(bytes, from, to, cursor, tables, true);
      checkCap(at, cursor);
      return at;
    },

    unparted: (goal, cursor) =>
      bytesOf.loneCr && goal > 0 && goal < cursor.filled && bytes[goal] === 10 && bytes[goal - 1] === 13
        ? goal - 1
        : goal,

    end(at, cursor) {
      if (cursor.state === QUOTED || cursor.state === ESCAPED) throw tooLarge(cursor, options);
      if (cursor.recordStart === at) return;
      if (at - cursor.recordStart > maxRecordBytes) throw tooLarge(cursor, options);
      if (cursor.state === COMMENT) {
        cursor.recordStart = at;
        return;
      }
      if (cursor.state === CLOSED_CR) cursor.flags |= BAD_QUOTE;
      if (cursor.flags !== 0) settleFlags(cursor, tables, tables?.recordCount ?? 0);
      if (tables !== undefined) addRecord(tables, at);
      cursor.records++;
      cursor.recordStart = at;
      cursor.lastEnd = at;
    },
  };
};
