import { type CsvLimits, PipelineSourceError } from '@pipeline/core';
import type { ScanCursor } from './cursor.ts';
import type { DialectBytes } from './dialect-bytes.ts';
import {
  BAD_QUOTE,
  CLOSED_CR,
  COMMENT,
  COMMENT_LINE,
  ESCAPED,
  FIELD_START,
  QUOTE_IN_QUOTED,
  QUOTED,
  STRAY_QUOTE,
  UNQUOTED,
} from './states.ts';
import { addEnd, addFlags, addRecord, type ScanTables } from './tables.ts';

const LF = 10;
const CR = 13;

/** The caps that a scan keeps to, and how its errors name rows. */
export interface MachineOptions {
  readonly dialect: DialectBytes;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes'>;
  /** Data row of the first record, for error messages. */
  readonly row: number | undefined;
}

/** The record that just ended had these flags. */
export const settleFlags = (cursor: ScanCursor, tables: ScanTables | undefined, record: number): void => {
  if ((cursor.flags & BAD_QUOTE) !== 0) cursor.spoilt++;
  if ((cursor.flags & STRAY_QUOTE) !== 0) cursor.strays++;
  if (tables !== undefined) addFlags(tables, record, cursor.flags);
  cursor.flags = 0;
};

/** Takes bytes `[from, to)` of the window; answers the position that it came to. */
export type Machine = (
  bytes: Uint8Array,
  from: number,
  to: number,
  cursor: ScanCursor,
  tables: ScanTables | undefined,
  /** Stop behind the first record that ends. */
  once: boolean,
) => number;

/** A record passed the cap. It is the quote's fault if the cap fell between an opening quote and its closing one. */
export const tooLarge = (cursor: ScanCursor, { limits, row }: MachineOptions): PipelineSourceError => {
  const { maxRecordBytes } = limits;
  const { state, base, recordStart, quoteAt, records } = cursor;
  const where = row === undefined ? {} : { row: row + records };
  return (state === QUOTED || state === ESCAPED) && quoteAt - recordStart < maxRecordBytes + 2
    ? new PipelineSourceError('CSV_UNCLOSED_QUOTE', { ...where, offset: base + quoteAt, maxRecordBytes })
    : new PipelineSourceError('CSV_ROW_TOO_LARGE', { ...where, offset: base + recordStart, maxRecordBytes });
};

/**
 * The exact state machine: where records and fields end, one byte at a time, for every dialect and any bytes at all. It
 * takes what the kernel does not know, and everything where there is no kernel.
 *
 * Grammar: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180) with LF or CRLF, and for what the RFC leaves open: a quote
 * opens a quoted field only as the field's first byte; elsewhere in an unquoted field it is literal; bytes after a closing
 * quote spoil the record, which then ends as an unquoted one would.
 *
 * With `loneCr`, a CR at the very end of the window waits for the byte behind it, which may be its LF: the machine then
 * stops in front of it. An LF that belongs to a CR is taken with it, also from behind `to`.
 */
export const createMachine = (options: MachineOptions): Machine => {
  const { delimiter, quote, escape: mark, comment, loneCr } = options.dialect;
  const { maxRecordBytes } = options.limits;

  const endRecord = (cursor: ScanCursor, end: number, next: number, tables: ScanTables | undefined): void => {
    if (end - cursor.recordStart > maxRecordBytes) throw tooLarge(cursor, options);
    if (cursor.flags !== 0) settleFlags(cursor, tables, tables?.recordCount ?? 0);
    if (tables !== undefined) addRecord(tables, next - 1);
    cursor.records++;
    cursor.recordStart = next;
    cursor.lastEnd = next;
    cursor.state = FIELD_START;
  };

  return (bytes, from, to, cursor, tables, once) => {
    const before = cursor.records;
    let i = from;
    while (i < to) {
      if (once && cursor.records !== before) break;
      const { state } = cursor;
      if (state === QUOTED) {
        const close = nextOf(bytes, quote, mark, i, to);
        if (close < 0) {
          i = to;
          break;
        }
        // Judged here and not at the record's end, so that the error does not depend on how the bytes are sliced.
        if (close - cursor.recordStart >= maxRecordBytes + 2) throw tooLarge(cursor, options);
        i = close + 1;
        cursor.state = bytes[close] === quote ? QUOTE_IN_QUOTED : ESCAPED;
        if (cursor.state === QUOTE_IN_QUOTED && tables !== undefined) tables.quotes = true;
        continue;
      }
      let byte = bytes[i]!;
      if (state === FIELD_START) {
        if (byte === quote) {
          cursor.quoteAt = i;
          cursor.state = QUOTED;
          if (tables !== undefined) tables.quotes = true;
          i++;
          continue;
        }
        if (byte === comment && i === cursor.recordStart) {
          cursor.state = COMMENT;
          continue;
        }
        cursor.state = UNQUOTED;
      }
      if (cursor.state === UNQUOTED) {
        while (byte !== delimiter && byte !== LF && byte !== quote && (byte !== CR || !loneCr)) {
          i++;
          if (i === to) break;
          byte = bytes[i]!;
        }
        if (i === to) break;
        if (byte === delimiter) {
          if (tables !== undefined) addEnd(tables, i);
          cursor.state = FIELD_START;
        } else if (byte === quote) cursor.flags |= STRAY_QUOTE;
        else if (byte === LF) {
          endRecord(cursor, contentEnd(bytes, i, cursor), i + 1, tables);
        } else {
          if (i + 1 >= cursor.filled && !cursor.final) break;
          if (i + 1 < cursor.filled && bytes[i + 1] === LF) {
            endRecord(cursor, i, i + 2, tables);
            i++;
          } else endRecord(cursor, i, i + 1, tables);
        }
        i++;
        continue;
      }
      if (cursor.state === ESCAPED) {
        cursor.state = QUOTED;
        i++;
        continue;
      }
      if (cursor.state === COMMENT) {
        i = endOfComment(bytes, i, to, loneCr);
        if (i < 0) {
          i = to;
          break;
        }
        if (contentEnd(bytes, i, cursor) - cursor.recordStart > maxRecordBytes) throw tooLarge(cursor, options);
        if (bytes[i] === CR) {
          if (i + 1 >= cursor.filled && !cursor.final) break;
          if (i + 1 < cursor.filled && bytes[i + 1] === LF) i++;
        }
        if (tables !== undefined) {
          addFlags(tables, tables.recordCount, COMMENT_LINE);
          addRecord(tables, i);
        }
        i++;
        cursor.state = FIELD_START;
        cursor.recordStart = i;
        continue;
      }
      // A quote has closed the field, or is the first of a doubled one; CLOSED_CR adds that a CR followed.
      if (byte === LF) endRecord(cursor, cursor.state === CLOSED_CR ? i - 1 : i, i + 1, tables);
      else if (cursor.state === QUOTE_IN_QUOTED && byte === quote && mark < 0) cursor.state = QUOTED;
      else if (cursor.state === QUOTE_IN_QUOTED && byte === delimiter) {
        if (tables !== undefined) addEnd(tables, i);
        cursor.state = FIELD_START;
      } else if (cursor.state === QUOTE_IN_QUOTED && byte === CR && !loneCr) cursor.state = CLOSED_CR;
      else if (cursor.state === QUOTE_IN_QUOTED && byte === CR) {
        cursor.state = UNQUOTED; // which knows what a lone CR is
        continue;
      } else {
        cursor.flags |= BAD_QUOTE;
        cursor.state = UNQUOTED;
        continue; // this byte may be a delimiter after a stray CR: judged as in an unquoted field
      }
      i++;
    }
    cursor.steps += i - from;
    return i;
  };
};

/** The end of the content that the newline byte at `i` ends: the CR in front of an LF belongs to the newline. */
const contentEnd = (bytes: Uint8Array, i: number, { previous, recordStart }: ScanCursor): number =>
  bytes[i] === LF && (i > 0 ? bytes[i - 1] : previous) === CR && i > recordStart ? i - 1 : i;

/** Position of the next quote or escape character, or -1. */
const nextOf = (bytes: Uint8Array, quote: number, mark: number, from: number, to: number): number => {
  // The built-in search is worth its call only over some distance, and must not look beyond `to`, or a block at a time
  // would be quadratic.
  if (mark < 0 && to - from > 256) return bytes.subarray(0, to).indexOf(quote, from);
  for (let i = from; i < to; i++) if (bytes[i] === quote || bytes[i] === mark) return i;
  return -1;
};

/** Position of the newline byte that ends a comment, or -1. */
const endOfComment = (bytes: Uint8Array, from: number, to: number, loneCr: boolean): number => {
  for (let i = from; i < to; i++) if (bytes[i] === LF || (loneCr && bytes[i] === CR)) return i;
  return -1;
};
