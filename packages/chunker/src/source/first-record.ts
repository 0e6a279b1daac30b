import { type CsvDialect, PipelineError } from '@pipeline/core';
import { firstFallbackRecord } from '../fallback/first-record.ts';
import { createCursor } from '../scan/cursor.ts';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { createScanMemory } from '../scan/memory.ts';
import { createScanner } from '../scan/scanner.ts';

const LF = 10;
const CR = 13;

/** Where the first record of some text stands. */
export interface FirstRecord {
  /** Its first byte: behind comments. */
  readonly start: number;
  /** Behind its content. */
  readonly end: number;
  /** Behind its newline. */
  readonly next: number;
  /** Where its fields end: where their delimiters begin. */
  readonly fieldEnds: readonly number[];
  /** See `scan/states.ts`. */
  readonly flags: number;
}

/** Why there is no first record. */
export type NoRecord = 'none' | 'too-long' | UnclosedRecord;

/** A quote of the first record is never closed. */
export interface UnclosedRecord {
  /** Where it opens in the text; `undefined` where csv-parse reads it, which does not say. */
  readonly unclosedAt: number | undefined;
}

/** Most records end within so many bytes, so that not all that was read has to be looked at. */
const firstLookBytes = 8 * 1024;

/**
 * Finds the first record of UTF-8 text, or says why there is none: no bytes, a quote that never closes, or no end within
 * `maxBytes`.
 */
export const firstRecord = (
  text: Uint8Array,
  options: {
    readonly dialect: Omit<CsvDialect, 'newline'>;
    readonly maxBytes: number;
    /** The text is all there is. */
    readonly complete: boolean;
  },
): FirstRecord | NoRecord => {
  const shortLook = text.length > firstLookBytes ? look(text.subarray(0, firstLookBytes), options, false) : 'none';
  return typeof shortLook === 'object' && 'start' in shortLook ? shortLook : look(text, options, options.complete);
};

const look = (
  text: Uint8Array,
  { dialect, maxBytes }: { readonly dialect: Omit<CsvDialect, 'newline'>; readonly maxBytes: number },
  complete: boolean,
): FirstRecord | NoRecord => {
  if (!knownToScanner(dialect)) return firstFallbackRecord(text, { dialect, maxBytes }, complete);
  const memory = createScanMemory({ windowBytes: text.length, fields: true, plain: true });
  memory.bytes.set(text);
  const limits = { maxRecordBytes: Number.MAX_SAFE_INTEGER };
  const scanner = createScanner({ dialect, limits, memory, fields: true });
  const cursor = createCursor(0);
  cursor.final = complete;
  scanner.scanRecord(0, text.length, cursor);
  if (cursor.records === 0 && complete) {
    try {
      scanner.end(text.length, cursor);
    } catch (error) {
      if (PipelineError.is(error)) return { unclosedAt: Number(error.details.offset) };
      throw error;
    }
  }
  if (cursor.records === 0) return complete ? 'none' : 'too-long';
  const { ends, records, recordCount, flagged } = memory.tables;
  const first = recordCount > 1 ? records[recordCount - 2]! : 0;
  const last = records[recordCount - 1]! - 1;
  const start = first === 0 ? 0 : ends[first - 1]! + 1;
  const terminator = ends[last]!;
  const fieldStart = last === first ? start : ends[last - 1]! + 1;
  const end =
    text[terminator] === LF && text[terminator - 1] === CR && terminator > fieldStart ? terminator - 1 : terminator;
  if (end - start > maxBytes) return 'too-long';
  return {
    start,
    end,
    next: Math.min(text.length, terminator + 1),
    fieldEnds: [...ends.subarray(first, last), end],
    flags: flagsOf(flagged, recordCount - 1),
  };
};

const flagsOf = (flagged: readonly number[], record: number): number => {
  for (let i = 0; i < flagged.length; i += 2) if (flagged[i] === record) return flagged[i + 1]!;
  return 0;
};
