import {
  type ByteRange,
  type CsvDialect,
  type CsvEncoding,
  type CsvLimits,
  PipelineSourceError,
  type RenamedColumn,
} from '@pipeline/core';
import { bomOf } from '../encoding/bom-of.ts';
import { firstInvalid } from '../encoding/first-invalid.ts';
import { notUtf16 } from '../encoding/not-utf16.ts';
import { toUtf8 } from '../encoding/to-utf8.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { unquote } from '../fallback/unquote.ts';
import { quoteRules } from '../read/decode-field.ts';
import { BAD_QUOTE } from '../scan/states.ts';
import { type BadHeader, checkNames } from './check-columns.ts';
import { type FirstRecord, firstRecord, type NoRecord } from './first-record.ts';
import { type HeaderAliases, mapColumns } from './header-aliases.ts';
import { reservedPrefix } from './reserved-columns.ts';

/** What the first record of a file says. */
export interface CsvHeader {
  readonly encoding: CsvEncoding;
  /** The file begins with a byte order mark. */
  readonly bom: boolean;
  readonly newline: CsvDialect['newline'];
  /** The header record, BOM and skipped lines excluded, newline included; empty where there is none. */
  readonly range: ByteRange;
  /** The record as it stands, in UTF-8, newline included, stripped columns excluded. */
  readonly text: string;
  /** Column names in file order, stripped ones excluded; where aliases were declared, under the declared names. */
  readonly columns: readonly string[];
  /** Columns that the record calls otherwise, in file order. */
  readonly renamed: readonly RenamedColumn[];
  /** How many trailing `__pipeline_*` columns are stripped. */
  readonly strippedColumns: number;
}

/** Where column names come from: the first record, the caller, or nowhere, which makes them `column_1`, `column_2`, … */
export type HeaderChoice = 'first' | 'none' | readonly string[];

/** How `readHeader` reads, and how it names the file in errors. */
export interface ReadHeaderOptions {
  readonly dialect: Omit<CsvDialect, 'newline'>;
  /** Caps, of which `maxHeaderBytes` and `maxColumns` hold here. */
  readonly limits: CsvLimits;
  /** Named in errors. */
  readonly object: string;
  /** The bytes are the whole file. */
  readonly complete: boolean;
  /** A byte order mark goes before it, as in the Encoding Standard. @default 'utf-8' */
  readonly encoding?: CsvEncoding | undefined;
  /** Lines before the header that belong to no record. @default 0 */
  readonly skipLines?: number | undefined;
  /** Where column names come from. @default 'first' */
  readonly header?: HeaderChoice | undefined;
  /** Other names that the first record may give to columns. @default none */
  readonly aliases?: HeaderAliases | undefined;
}

/** Skipped lines and comments before the header may have as many bytes as this beside it. */
const preambleBytes = 64 * 1024;

/** The longest first record: a header, or where there is none a record like all others. */
const mostBytes = ({ maxHeaderBytes, maxRecordBytes }: CsvLimits, header: HeaderChoice): number =>
  header === 'none' ? maxRecordBytes : maxHeaderBytes;

/** How many first bytes of a file `readHeader` needs; UTF-16 has two for each that is counted. */
export const headBytes = (limits: CsvLimits, header: HeaderChoice = 'first'): number =>
  2 * (mostBytes(limits, header) + 5) + preambleBytes;

/**
 * Reads the header from the first bytes of a file (`headBytes` of them, or all).
 *
 * @throws PipelineSourceError `SOURCE_EMPTY`, `CSV_BAD_HEADER`, `CSV_BAD_ENCODING`
 * @example
 * const header = readHeader(Buffer.from('id,units\n1,3\n'), {
 *   dialect: { delimiter: ',', quote: '"' },
 *   limits: defaultLimits,
 *   object: 'orders.csv',
 *   complete: true,
 * });
 * header.columns; // ['id', 'units']
 */
export const readHeader = (bytes: Uint8Array, options: ReadHeaderOptions): CsvHeader => {
  const { dialect, limits, object, header = 'first' } = options;
  const bad: BadHeader = (reason, expected, place = {}) =>
    new PipelineSourceError('CSV_BAD_HEADER', { object, reason, expected, ...place });
  const text = headText(bytes, options, bad);
  const found = findRecord(text, options);
  const none = typeof found === 'string' || 'unclosedAt' in found;
  if (none && typeof header === 'string') throw whyNone(found, text, options, bad);
  const record = none ? undefined : recordText(text.bytes, found, dialect);
  const names = record?.fields.map((field) => unquote(field, quoteRules(dialect))) ?? [];
  let kept = names.length;
  while (kept > 1 && names[kept - 1]!.startsWith(reservedPrefix)) kept--;
  // A mended rejects file always has a header, whatever the original had.
  const named = header === 'first' || kept < names.length;
  const own = named ? names.slice(0, kept) : header === 'none' ? names.map((_, i) => `column_${i + 1}`) : header;
  const { columns, renamed } =
    named && options.aliases !== undefined ? mapColumns(own, options.aliases, bad) : { columns: own, renamed: [] };
  if (Math.max(columns.length, named ? names.length : 0) > limits.maxColumns)
    throw bad(`has more than ${limits.maxColumns} columns`, 'fewer columns or a larger maxColumns');
  const common = { encoding: text.encoding, bom: text.bom, newline: record?.newline ?? 'lf', columns, renamed };
  if (!named || record === undefined) {
    checkNames(columns, bad);
    const start = text.offsetOf(0);
    return { ...common, range: { start, end: start }, text: '', strippedColumns: 0 };
  }
  checkRecord(record, text, bytes, options, bad);
  checkNames(columns, bad);
  return {
    ...common,
    range: { start: text.offsetOf(record.start), end: text.offsetOf(record.next) },
    text: record.upTo(kept) + record.newlineText,
    strippedColumns: names.length - kept,
  };
};

/** The text behind byte order mark and skipped lines. */
interface HeadText {
  readonly bytes: Uint8Array;
  readonly encoding: CsvEncoding;
  readonly bom: boolean;
  /** Offset in the source of a position in the text. */
  readonly offsetOf: (position: number) => number;
}

const headText = (
  bytes: Uint8Array,
  { encoding: wanted, skipLines = 0, complete, object }: ReadHeaderOptions,
  bad: BadHeader,
): HeadText => {
  const mark = bomOf(bytes);
  const encoding = mark?.encoding ?? wanted ?? 'utf-8';
  const bomBytes = mark?.bytes ?? 0;
  if (complete && bytes.length === bomBytes) throw new PipelineSourceError('SOURCE_EMPTY', { object });
  const behindBom = bytes.subarray(bomBytes);
  const reason = notUtf16(behindBom, encoding);
  if (reason !== undefined)
    throw new PipelineSourceError('CSV_BAD_ENCODING', {
      object,
      offset: 0,
      encoding,
      reason: mark === undefined ? reason : `its byte order mark says so, but ${reason}`,
      advice: mark === undefined ? 'name its encoding' : 'remove the mark, or save the file anew as UTF-8',
    });
  // A character that is cut at the end of the bytes is not the header's.
  const all = encoding === 'utf-8' ? behindBom : toUtf8(behindBom, encoding);
  const from = behindLines(all, skipLines);
  if (from === undefined)
    throw complete
      ? bad(`would stand behind ${skipLines} lines, more than the file has`, 'fewer skipLines')
      : bad(`stands behind more than ${preambleBytes} bytes of skipped lines`, 'fewer skipLines');
  return {
    bytes: all.subarray(from),
    encoding,
    bom: bomBytes > 0,
    offsetOf: (position) =>
      bomBytes + (encoding === 'utf-8' ? from + position : unitsOf(all, from + position) * unitBytes(encoding)),
  };
};

/** A unit of another encoding has at most so many bytes of UTF-8. */
const mostBytesPerUnit = 3;

/** The first record, within its cap, which counts bytes of the source. */
const findRecord = (
  { bytes, encoding, offsetOf }: HeadText,
  { dialect, limits, complete, header = 'first' }: ReadHeaderOptions,
): FirstRecord | NoRecord => {
  const most = mostBytes(limits, header);
  if (encoding === 'utf-8') return firstRecord(bytes, { dialect, maxBytes: most, complete });
  const maxBytes = Math.floor(most / unitBytes(encoding)) * mostBytesPerUnit;
  const found = firstRecord(bytes, { dialect, maxBytes, complete });
  const isRecord = typeof found === 'object' && 'start' in found;
  return isRecord && offsetOf(found.end) - offsetOf(found.start) > most ? 'too-long' : found;
};

/** Why no first record was found, where one is needed. */
const whyNone = (
  found: NoRecord,
  { offsetOf }: HeadText,
  { limits, header = 'first' }: ReadHeaderOptions,
  bad: BadHeader,
): PipelineSourceError => {
  if (found === 'none')
    return bad('is missing: behind skipped lines and comments there is no record', 'a file with at least one record');
  if (found !== 'too-long') {
    const { unclosedAt } = found;
    if (unclosedAt === undefined) return bad('opens a quote that is never closed', 'a closing quote');
    const offset = offsetOf(unclosedAt);
    return bad(`opens a quote at byte offset ${offset} that is never closed`, 'a closing quote', { offset });
  }
  return bad(
    `is longer than ${mostBytes(limits, header)} bytes, comments in front of it included`,
    `a shorter ${header === 'none' ? 'first record or a larger maxRecordBytes' : 'header or a larger maxHeaderBytes'}; check newlines and quotes`,
  );
};

/** A record that was found, as text. */
interface RecordText extends FirstRecord {
  /** Its fields as they stand. */
  readonly fields: readonly string[];
  readonly newline: CsvDialect['newline'];
  readonly newlineText: string;
  /** Its first fields as they stand, delimiters between them. */
  upTo(fields: number): string;
}

const recordText = (
  text: Uint8Array,
  found: FirstRecord,
  { delimiter }: { readonly delimiter: string },
): RecordText => {
  const slice = (from: number, to: number): string => Buffer.from(text.subarray(from, to)).toString('utf8');
  const gap = Buffer.byteLength(delimiter);
  const { start, end, next, fieldEnds } = found;
  const newlineText = slice(end, next);
  return {
    ...found,
    fields: fieldEnds.map((fieldEnd, i) => slice(i === 0 ? start : fieldEnds[i - 1]! + gap, fieldEnd)),
    newline: newlineText === '\r\n' ? 'crlf' : newlineText === '\r' ? 'cr' : 'lf',
    newlineText,
    upTo: (fields) => slice(start, fieldEnds[fields - 1]!),
  };
};

const checkRecord = (
  record: RecordText,
  text: HeadText,
  bytes: Uint8Array,
  { dialect, object }: ReadHeaderOptions,
  bad: BadHeader,
): void => {
  if ((record.flags & BAD_QUOTE) !== 0)
    throw bad('has bytes after a closing quote', 'quotes doubled inside quoted names');
  const start = text.offsetOf(record.start);
  const invalid = firstInvalid(bytes.subarray(start, text.offsetOf(record.end)), text.encoding);
  const nul = text.bytes.subarray(record.start, record.end).indexOf(0);
  if (invalid >= 0 || nul >= 0)
    throw new PipelineSourceError('CSV_BAD_ENCODING', {
      object,
      offset: invalid >= 0 ? start + invalid : text.offsetOf(record.start + nul),
      encoding: text.encoding === 'utf-8' ? 'UTF-8' : text.encoding,
      reason: 'the header has bytes that such text does not have',
    });
  // In a file whose records end in lone CRs, all of it would be the header, and its rows would be lost without a word.
  const quoted = (field: string): boolean => dialect.quote !== '' && field.startsWith(dialect.quote);
  if (record.fields.some((field) => !quoted(field) && field.includes('\r')))
    throw bad('has a CR inside a name', 'quotes around such a name, or loneCr where a CR alone ends records');
};

const unitsOf = (text: Uint8Array, to: number): number =>
  Buffer.from(text.buffer, text.byteOffset, to).toString('utf8').length;

/** Behind so many lines, whatever they end in; `undefined` where there are not so many. */
const behindLines = (text: Uint8Array, lines: number): number | undefined => {
  let at = 0;
  for (let line = 0; line < lines; line++) {
    while (at < text.length && text[at] !== 10 && text[at] !== 13) at++;
    if (at === text.length) return undefined;
    at += text[at] === 13 && text[at + 1] === 10 ? 2 : 1;
  }
  return at;
};
