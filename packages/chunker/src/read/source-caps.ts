import { type CsvEncoding, type CsvLimits, PipelineError } from '@pipeline/core';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { unitSpace } from '../plan/unit-space.ts';
import { createCursor } from '../scan/cursor.ts';
import type { ScanDialect } from '../scan/dialect-bytes.ts';
import { createScanMemory } from '../scan/memory.ts';
import { createScanner } from '../scan/scanner.ts';
import { COMMENT_LINE } from '../scan/states.ts';
import type { RecordWindow } from './record-window.ts';

/** How the source is read whose bytes the cap of a record counts. */
export interface SourceCapOptions {
  readonly dialect: ScanDialect;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes'>;
  readonly encoding: CsvEncoding;
}

/** A record as it came. */
interface SourceRecord {
  /** From its first byte on. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly row: number;
  /** The source ends with these bytes. */
  readonly final: boolean;
}

/** The error that the planner has for a record over its cap, which it scans where it lies; `undefined` where there is none. */
export const recordError = (
  { bytes, offset, row, final }: SourceRecord,
  { dialect, limits, encoding }: SourceCapOptions,
): PipelineError | undefined => {
  const space = unitSpace(encoding, offset);
  const units = space.narrow(bytes);
  const memory = createScanMemory({ windowBytes: units.length, fields: false, plain: true });
  memory.bytes.set(units);
  const scanner = createScanner({ dialect, limits: space.limits(limits), row, memory, fields: false });
  const cursor = createCursor(space.toUnits(offset));
  cursor.final = final;
  try {
    scanner.scanRecord(0, units.length, cursor);
    if (final && cursor.records === 0) scanner.end(units.length, cursor);
    return undefined;
  } catch (error) {
    const told = space.error(error, limits);
    if (!PipelineError.is(told)) throw told;
    return told;
  }
};

/** What of a window keeps to the cap in the bytes of the source, in front of the first record that does not. */
export interface WithinCaps {
  /** `undefined` where that is nothing. */
  readonly window: RecordWindow | undefined;
  readonly error?: PipelineError;
}

/** Holds the records of a window of a source that is not UTF-8 against the cap. @param row - data row of the first of them */
export const withinCaps = (window: RecordWindow, row: number, options: SourceCapOptions): WithinCaps => {
  const { records, source } = window;
  const places = window.units ?? window.ends;
  const size = unitBytes(options.encoding);
  const flags = flagsOf(window);
  let at = row;
  for (let record = 0, start = 0; record < records.length; record++) {
    const end = places[records[record]! - 1]! + 1;
    if ((end - start) * size > options.limits.maxRecordBytes) {
      const bytes = source!.bytes.subarray(start * size, end * size);
      const offset = window.offset + start * size;
      const error = recordError({ bytes, offset, row: at, final: end * size >= source!.bytes.length }, options);
      if (error !== undefined) return { window: firstRecords(window, record, start * size), error };
    }
    if (((flags.get(record) ?? 0) & COMMENT_LINE) === 0) at++;
    start = end;
  }
  return { window };
};

/** How many of a window's records are rows: all but comments. */
export const rowsIn = (window: RecordWindow): number => {
  let comments = 0;
  for (const flags of flagsOf(window).values()) if ((flags & COMMENT_LINE) !== 0) comments++;
  return window.records.length - comments;
};

const flagsOf = ({ flagged }: RecordWindow): ReadonlyMap<number, number> => {
  const flags = new Map<number, number>();
  for (let i = 0; i < flagged.length; i += 2) flags.set(flagged[i]!, flagged[i + 1]!);
  return flags;
};

const firstRecords = (window: RecordWindow, count: number, sourceBytes: number): RecordWindow | undefined => {
  if (count === 0) return undefined;
  const endCount = window.records[count - 1]!;
  const ends = window.ends.subarray(0, endCount);
  return {
    ...window,
    bytes: window.bytes.subarray(0, ends.at(-1)! + 1),
    ends,
    records: window.records.subarray(0, count),
    ...(window.units === undefined ? {} : { units: window.units.subarray(0, endCount) }),
    flagged: window.flagged.filter((_, i) => window.flagged[i - (i % 2)]! < count),
    ...(window.source === undefined
      ? {}
      : { source: { ...window.source, bytes: window.source.bytes.subarray(0, sourceBytes) } }),
  };
};
