import { isAscii, isUtf8 } from 'node:buffer';
import type { CsvEncoding, CsvLimits } from '@pipeline/core';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { createCursor } from '../scan/cursor.ts';
import type { ScanDialect } from '../scan/dialect-bytes.ts';
import { createScanMemory, type ScanMemory } from '../scan/memory.ts';
import { advance, createScanner, type Scanner } from '../scan/scanner.ts';
import { COMMENT, type ScanState } from '../scan/states.ts';
import { fillUnits } from '../scan/units.ts';
import { rowsIn, withinCaps } from './source-caps.ts';
import { sourceDecoder } from './source-decoder.ts';

/** Whole records and where their fields end: a copy, which outlives the scan that found them. */
export interface RecordWindow {
  /** The records in UTF-8, each with its newline. */
  readonly bytes: Buffer;
  /** Position of each byte that ends a field; see `ScanTables`. */
  readonly ends: Uint32Array;
  /** How many entries of `ends` there are up to each record's own; see `ScanTables`. */
  readonly records: Uint32Array;
  /** The entries of `ends`, in UTF-16 units of the window's text; absent where that is ASCII and the two are the same. */
  readonly units?: Uint32Array;
  /** Pairs: number of a record, its flags. */
  readonly flagged: readonly number[];
  /** Some field begins with a quote. */
  readonly quotes: boolean;
  /** All of it is UTF-8 text that its encoding allows. */
  readonly valid: boolean;
  /** Some byte is NUL. */
  readonly nul: boolean;
  /** Offset in the source of the first record. */
  readonly offset: number;
  /** The records as they came, where the source is in another encoding. */
  readonly source?: { readonly bytes: Uint8Array; readonly encoding: CsvEncoding };
}

export interface ReadWindowsOptions {
  readonly dialect: ScanDialect;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes'>;
  readonly encoding: CsvEncoding;
  /** Offset in the source of the first byte. */
  readonly offset: number;
  /** Data row of the first record, for error messages. */
  readonly row: number;
  /** Told what the bytes end in; when it answers false, a record that has not ended is left out instead of ended there. */
  readonly atEnd?: (end: BytesEnd) => boolean;
}

/** Where bytes ended. */
export interface BytesEnd {
  /** Their last byte was the last one of a record. */
  readonly endsRecord: boolean;
  readonly state: ScanState;
}

/** Bytes are gathered to blocks of this size before they are scanned: small enough for a processor's own cache. */
const gatherBytes = 64 * 1024;

/**
 * Cuts a byte stream into windows of whole records. However the bytes are sliced, the records are the same; those in front
 * of one that cannot be read come before its error does.
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 */
export async function* readWindows(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadWindowsOptions,
): AsyncGenerator<RecordWindow> {
  const gather = createGatherer(options);
  const source = sourceDecoder(options.encoding);
  let { row } = options;
  function* scanned(scan: () => RecordWindow | undefined, final = false): Generator<RecordWindow> {
    let window: RecordWindow | undefined;
    let failed: { readonly error: unknown } | undefined;
    try {
      window = scan();
    } catch (error) {
      failed = { error };
      window = gather.ended();
    }
    if (window !== undefined && options.encoding === 'utf-8') yield window;
    else if (window !== undefined) {
      const restored = source.restore(window);
      const within = withinCaps(restored, row, options);
      row += rowsIn(restored);
      if (within.window !== undefined) yield within.window;
      if (within.error !== undefined) throw within.error;
    }
    if (failed !== undefined) throw source.error(failed.error, options, { row, final, textTo: gather.textTo });
  }
  for await (const piece of bytes) {
    const text = source.push(piece);
    for (let from = 0; from < text.length; ) {
      from += gather.take(text, from);
      if (!gather.full()) break;
      yield* scanned(gather.flush);
    }
  }
  const rest = source.end();
  for (let from = 0; from < rest.length; from += gather.take(rest, from)) {
    if (gather.full()) yield* scanned(gather.flush);
  }
  yield* scanned(gather.finish, true);
  const overCap = gather.endsInComment() ? source.lastComment(options, row) : undefined;
  if (overCap !== undefined) throw overCap;
}

interface Gatherer {
  /** Takes what there is room for; answers how many bytes. */
  take(bytes: Uint8Array, from: number): number;
  full(): boolean;
  /** Scans what was gathered; answers the records that ended in it. */
  flush(): RecordWindow | undefined;
  /** The same at the end of the source. */
  finish(): RecordWindow | undefined;
  /** Whether the source ended in a comment. */
  endsInComment(): boolean;
  /** The records that had ended when a scan failed. */
  ended(): RecordWindow | undefined;
  /** The text that is held in front of an offset. */
  textTo(offset: number): string;
}

/** A record is held while it is read, and WebAssembly's memory of 4 GiB has room for tables of one so long. */
const mostHeldBytes = 255 * 1024 * 1024;

/** A unit of another encoding has at most so many bytes of UTF-8; the cap of a record counts the source's, see `withinCaps`. */
const mostBytesPerUnit = 3;

const createGatherer = (options: ReadWindowsOptions): Gatherer => {
  const { dialect, encoding, offset, row, atEnd } = options;
  const { maxRecordBytes: cap } = options.limits;
  const textCap = encoding === 'utf-8' ? cap : Math.floor(cap / unitBytes(encoding)) * mostBytesPerUnit;
  const limits = { maxRecordBytes: Math.min(textCap, mostHeldBytes) };
  let memory = createScanMemory({ windowBytes: gatherBytes * 2, fields: true });
  const scannerOf = (of: ScanMemory): Scanner => createScanner({ dialect, limits, row, memory: of, fields: true });
  let scanner = scannerOf(memory);
  const cursor = createCursor(offset);
  let scanned = 0;
  let filled = 0;
  let goal = gatherBytes;
  let comment = false;

  /** A long record needs a longer window. */
  const makeRoom = (): void => {
    if (filled + gatherBytes <= memory.bytes.length) return;
    const larger = createScanMemory({ windowBytes: memory.bytes.length * 2, fields: true });
    const { tables } = memory;
    larger.bytes.set(memory.bytes.subarray(0, filled));
    larger.tables.ends.set(tables.ends.subarray(0, tables.endCount));
    Object.assign(larger.tables, {
      endCount: tables.endCount,
      recordCount: tables.recordCount,
      quotes: tables.quotes,
      flagged: tables.flagged,
    });
    memory = larger;
    scanner = scannerOf(memory);
  };

  /** Takes the ended records out of the window and moves the rest to its beginning. */
  const takeRecords = (): RecordWindow | undefined => {
    const { tables } = memory;
    const end = cursor.recordStart;
    goal = filled + gatherBytes;
    // Moving a long record onto itself each time would be quadratic.
    if (end === 0) return undefined;
    const window = tables.recordCount === 0 ? undefined : copyRecords(memory, end, cursor.base);
    const taken = tables.recordCount === 0 ? 0 : tables.records[tables.recordCount - 1]!;
    for (let i = taken; i < tables.endCount; i++) tables.ends[i - taken] = tables.ends[i]! - end;
    tables.endCount -= taken;
    tables.recordCount = 0;
    tables.flagged = [];
    cursor.filled = filled;
    advance(memory, cursor, end);
    scanned -= end;
    filled -= end;
    tables.quotes = tables.quotes && filled > 0;
    goal = filled + gatherBytes;
    return window;
  };

  return {
    take(bytes, from) {
      const count = Math.min(bytes.length - from, goal - filled);
      memory.bytes.set(bytes.subarray(from, from + count), filled);
      filled += count;
      return count;
    },
    full: () => filled === goal,
    flush() {
      scanned = scanner.scan(scanned, filled, cursor);
      const window = takeRecords();
      makeRoom();
      return window;
    },
    finish() {
      cursor.final = true;
      scanned = scanner.scan(scanned, filled, cursor);
      const goOn = atEnd?.({ endsRecord: cursor.recordStart === filled, state: cursor.state }) ?? true;
      if (goOn) scanner.end(filled, cursor);
      comment = goOn && cursor.state === COMMENT;
      return takeRecords();
    },
    endsInComment: () => comment,
    ended: takeRecords,
    textTo: (offset) => memory.bytes.toString('utf8', 0, offset - cursor.base),
  };
};

const copyRecords = (memory: ScanMemory, end: number, offset: number): RecordWindow => {
  const { tables } = memory;
  const here = memory.bytes.subarray(0, end);
  const endCount = tables.records[tables.recordCount - 1]!;
  const ascii = isAscii(here);
  return {
    bytes: Buffer.from(here),
    ends: tables.ends.slice(0, endCount),
    records: tables.records.slice(0, tables.recordCount),
    ...(ascii ? {} : { units: fillUnits(memory, endCount).slice() }),
    flagged: tables.flagged,
    quotes: tables.quotes,
    valid: ascii || isUtf8(here),
    nul: here.includes(0),
    offset,
  };
};
