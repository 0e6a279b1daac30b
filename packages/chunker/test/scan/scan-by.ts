import { PipelineError } from '@pipeline/core';
import { createCursor, type ScanCursor } from '../../src/scan/cursor.ts';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { createScanMemory, type ScanMemory } from '../../src/scan/memory.ts';
import { advance, createScanner } from '../../src/scan/scanner.ts';
import { BAD_QUOTE, COMMENT_LINE, STRAY_QUOTE } from '../../src/scan/states.ts';
import { parseReference, type ReferenceRecord } from '../reference-parser.ts';

/** Longest text that the memories below take. */
export const mostBytes = 16 * 1024;

const memories = [
  { by: 'kernel', fields: true },
  { by: 'kernel', fields: false },
  { by: 'machine', fields: true },
  { by: 'machine', fields: false },
].map(({ by, fields }) => ({
  by,
  fields,
  memory: createScanMemory({ windowBytes: mostBytes, fields, plain: by === 'machine' }),
}));

/** Without it, the tests would hold the state machine against itself. */
export const kernelIsThere = memories.every(({ by, memory }) => (memory.kernel !== undefined) === (by === 'kernel'));

export interface ScanCase {
  readonly dialect: ScanDialect;
  readonly bytes: Uint8Array;
  /** Where one call ends and the next begins, ascending. @default one call takes all */
  readonly cuts?: readonly number[];
  /** Bytes behind a cut may be looked at, though not taken. @default false */
  readonly peek?: boolean;
  /** At each cut, what was scanned leaves the window. @default false */
  readonly move?: boolean;
  /** @default no cap */
  readonly maxRecordBytes?: number;
}

/** What a scan found: all positions are those of the text. */
export interface Found {
  readonly records: number;
  readonly strays: number;
  readonly spoilt: number;
  readonly error?: { readonly code: string; readonly row: unknown; readonly offset: unknown };
  /** Only of scans that write tables, and none after an error. */
  readonly tables?: {
    readonly ends: number[];
    readonly records: number[];
    readonly flagged: number[];
    readonly quotes: boolean;
  };
}

/** Where a scan stood between two calls. */
export type Stand = Pick<ScanCursor, 'state' | 'recordStart' | 'lastEnd' | 'quoteAt' | 'flags' | 'records'>;

export interface Scanned extends Found {
  readonly stands: readonly Stand[];
}

const far = 1024 * 1024 * 1024;

const scanIn = (memory: ScanMemory, fields: boolean, { dialect, bytes, ...how }: ScanCase): Scanned => {
  const { cuts = [], peek = false, move = false, maxRecordBytes = far } = how;
  // What lies behind the text must not matter.
  memory.bytes.fill('"\n,\r', 0, Math.min(mostBytes, bytes.length + 200));
  memory.bytes.set(bytes);
  const { tables } = memory;
  Object.assign(tables, { endCount: 0, recordCount: 0, quotes: false, flagged: [] });
  const scanner = createScanner({ dialect, limits: { maxRecordBytes }, row: 1, memory, fields });
  const cursor = createCursor(0);
  const stands: Stand[] = [];
  const ends: number[] = [];
  const records: number[] = [];
  const flagged: number[] = [];
  let quotes = false;
  const collect = (): void => {
    quotes ||= tables.quotes;
    const before = ends.length;
    const recordsBefore = records.length;
    for (let i = 0; i < tables.endCount; i++) ends.push(cursor.base + tables.ends[i]!);
    for (let i = 0; i < tables.recordCount; i++) records.push(before + tables.records[i]!);
    for (let i = 0; i < tables.flagged.length; i += 2)
      flagged.push(recordsBefore + tables.flagged[i]!, tables.flagged[i + 1]!);
    Object.assign(tables, { endCount: 0, recordCount: 0, flagged: [] });
  };
  const stand = (): void => {
    const { state, base, recordStart, lastEnd, quoteAt, flags } = cursor;
    stands.push({
      state,
      recordStart: base + recordStart,
      lastEnd: base + lastEnd,
      quoteAt: base + quoteAt,
      flags,
      records: cursor.records,
    });
  };
  try {
    let from = 0;
    for (const cut of cuts) {
      if (peek) cursor.filled = bytes.length - cursor.base;
      const to = cut - cursor.base;
      if (to > from) from = scanner.scan(from, to, cursor);
      stand();
      if (!move) continue;
      collect();
      cursor.filled = bytes.length - cursor.base;
      advance(memory, cursor, from);
      from = 0;
      if (!peek) cursor.filled = Math.max(0, cut - cursor.base);
    }
    const end = bytes.length - cursor.base;
    cursor.filled = end;
    cursor.final = true;
    const stopped = from < end ? scanner.scan(from, end, cursor) : from;
    if (stopped !== end) throw new Error(`the scan stopped at ${cursor.base + stopped} of ${bytes.length}`);
    stand();
    scanner.end(end, cursor);
    collect();
    const found = { records: cursor.records, strays: cursor.strays, spoilt: cursor.spoilt, stands };
    return fields ? { ...found, tables: { ends, records, flagged, quotes } } : found;
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    const { row, offset } = error.details;
    const { strays, spoilt } = cursor;
    return { records: cursor.records, strays, spoilt, stands, error: { code: error.code, row, offset } };
  }
};

/** The case, scanned by kernel and machine, with tables and without: `[what did it, what it found]`. */
export const scanAll = (
  scan: ScanCase,
): { readonly by: string; readonly fields: boolean; readonly scanned: Scanned }[] =>
  memories.map(({ by, fields, memory }) => ({ by, fields, scanned: scanIn(memory, fields, scan) }));

/** What every scan of the text must find. */
export const foundByReference = ({ dialect, bytes, maxRecordBytes = far }: ScanCase): Found => {
  const { lines, records, failure } = parseReference(bytes, dialect, maxRecordBytes);
  const count = (which: (record: ReferenceRecord) => boolean): number => records.filter(which).length;
  const sums = { records: records.length, strays: count(({ stray }) => stray), spoilt: count(({ spoilt }) => spoilt) };
  if (failure !== undefined)
    return { ...sums, error: { code: failure.code, row: failure.record + 1, offset: failure.offset } };
  const ends = lines.map(({ fields, end, next }) =>
    fields.map((field, i) => (i < fields.length - 1 ? field.end : next > end ? next - 1 : bytes.length)),
  );
  let endCount = 0;
  return {
    ...sums,
    tables: {
      ends: ends.flat(),
      records: ends.map((own) => (endCount += own.length)),
      flagged: lines.flatMap(({ stray, spoilt, comment }, i) => {
        const flags = (stray ? STRAY_QUOTE : 0) | (spoilt ? BAD_QUOTE : 0) | (comment ? COMMENT_LINE : 0);
        return flags === 0 ? [] : [i, flags];
      }),
      quotes: records.some(({ quoted }) => quoted),
    },
  };
};
