import { type ByteRange, type CsvDialect, type CsvEncoding, type CsvLimits, PipelineSourceError } from '@pipeline/core';
import { bomOf } from '../encoding/bom-of.ts';
import { firstInvalid } from '../encoding/first-invalid.ts';
import { toUtf8 } from '../encoding/to-utf8.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { unquote } from '../fallback/unquote.ts';
import { quoteRules } from '../read/decode-field.ts';
import { BAD_QUOTE } from '../scan/states.ts';
import { firstRecord } from './first-record.ts';
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
  /** Column names in file order, stripped ones excluded. */
  readonly columns: readonly string[];
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
}

/** Skipped lines and comments before the header may have as many bytes as this beside it. */
const preambleBytes = 64 * 1024;

/** How many first bytes of a file `readHeader` needs. */
export const headBytes = ({ maxHeaderBytes }: Pick<CsvLimits, 'maxHeaderBytes'>): number =>
  2 * (maxHeaderBytes + 5) + preambleBytes;

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
  const { dialect, limits, object, complete, skipLines = 0, header = 'first' } = options;
  const bad: BadHeader = (reason, expected, column) =>
    new PipelineSourceError('CSV_BAD_HEADER', {
      object,
      reason,
      expected,
      ...(column === undefined ? {} : { column }),
    });
  const mark = bomOf(bytes);
  const encoding = mark?.encoding ?? options.encoding ?? 'utf-8';
  const bomBytes = mark?.bytes ?? 0;
  if (complete && bytes.length === bomBytes) throw new PipelineSourceError('SOURCE_EMPTY', { object });

  const behindBom = bytes.subarray(bomBytes);
  // A character that is cut at the end of the bytes is not the header's.
  const text = encoding === 'utf-8' ? behindBom : toUtf8(behindBom, encoding);
  const from = behindLines(text, skipLines);
  const found = firstRecord(text.subarray(from), { dialect, maxBytes: limits.maxHeaderBytes, complete });
  if (found === 'unclosed') throw bad('opens a quote that is never closed', 'a closing quote');
  if (found === 'too-long' && header === 'first')
    throw bad(
      `is longer than ${limits.maxHeaderBytes} bytes`,
      'a shorter header or a larger maxHeaderBytes; check newlines and quotes',
    );
  if (found === 'too-long' || found === 'none')
    throw found === 'none' && header === 'first' && complete
      ? new PipelineSourceError('SOURCE_EMPTY', { object })
      : bad('cannot be told from the first record, which has no end', 'a file with at least one record');

  /** Offset in the source of a position in the text behind the skipped lines. */
  const offsetOf = (position: number): number =>
    bomBytes + (encoding === 'utf-8' ? from + position : unitsOf(text, from + position) * unitBytes(encoding));
  const { start, end, next, fieldEnds, flags } = found;
  const record = text.subarray(from, from + next);
  const slice = (a: number, b: number): string => Buffer.from(record.subarray(a, b)).toString('utf8');
  const newline = newlineOf(slice(end, next));
  const quotes = quoteRules(dialect);
  const gap = Buffer.byteLength(dialect.delimiter);
  const names = fieldEnds.map((fieldEnd, i) =>
    unquote(slice(i === 0 ? start : fieldEnds[i - 1]! + gap, fieldEnd), quotes),
  );
  let kept = names.length;
  while (kept > 1 && names[kept - 1]!.startsWith(reservedPrefix)) kept--;
  // A mended rejects file always has a header, whatever the original had.
  const named = header === 'first' || kept < names.length;
  if (!named) {
    const columns = header === 'none' ? names.map((_, i) => `column_${i + 1}`) : header;
    if (columns.length > limits.maxColumns)
      throw bad(`has more than ${limits.maxColumns} columns`, 'fewer columns or a larger maxColumns');
    checkNames(columns, bad);
    const at = offsetOf(0);
    return {
      encoding,
      bom: bomBytes > 0,
      newline,
      range: { start: at, end: at },
      text: '',
      columns,
      strippedColumns: 0,
    };
  }

  if ((flags & BAD_QUOTE) !== 0) throw bad('has bytes after a closing quote', 'quotes doubled inside quoted names');
  if (names.length > limits.maxColumns)
    throw bad(`has more than ${limits.maxColumns} columns`, 'fewer columns or a larger maxColumns');
  const range = { start: offsetOf(start), end: offsetOf(next) };
  const source = bytes.subarray(range.start, offsetOf(end));
  if (firstInvalid(source, encoding) >= 0 || record.subarray(start, end).includes(0))
    throw new PipelineSourceError('CSV_BAD_ENCODING', {
      object,
      offset: range.start,
      encoding: encoding === 'utf-8' ? 'UTF-8' : encoding,
      reason: 'the header has bytes that such text does not have',
    });
  // In a file whose records end in lone CRs, all of it would be the header, and its rows would be lost without a word.
  const runsOn = names.some((_, i) => {
    const at = i === 0 ? start : fieldEnds[i - 1]! + 1;
    return !isQuoted(slice(at, fieldEnds[i]!), dialect.quote) && slice(at, fieldEnds[i]!).includes('\r');
  });
  if (runsOn) throw bad('has a CR inside a name', 'quotes around such a name, or loneCr where a CR alone ends records');
  const columns = names.slice(0, kept);
  checkNames(columns, bad);
  return {
    encoding,
    bom: bomBytes > 0,
    newline,
    range,
    text: slice(start, fieldEnds[kept - 1]!) + slice(end, next),
    columns,
    strippedColumns: names.length - kept,
  };
};

type BadHeader = (reason: string, expected: string, column?: string) => PipelineSourceError;

const unitsOf = (text: Uint8Array, to: number): number =>
  Buffer.from(text.buffer, text.byteOffset, to).toString('utf8').length;

const newlineOf = (text: string): CsvDialect['newline'] => (text === '\r\n' ? 'crlf' : text === '\r' ? 'cr' : 'lf');

const isQuoted = (field: string, quote: string): boolean => quote !== '' && field.startsWith(quote);

/** Behind so many lines, whatever they end in. */
const behindLines = (text: Uint8Array, lines: number): number => {
  let at = 0;
  for (let line = 0; line < lines && at < text.length; line++) {
    while (at < text.length && text[at] !== 10 && text[at] !== 13) at++;
    at += text[at] === 13 && text[at + 1] === 10 ? 2 : 1;
  }
  return Math.min(at, text.length);
};

const checkNames = (columns: readonly string[], bad: BadHeader): void => {
  const seen = new Set<string>();
  for (const [index, name] of columns.entries()) {
    if (name.trim() === '') throw bad(`has no name for column ${index + 1}`, 'a name for every column');
    if (name.startsWith(reservedPrefix)) throw bad(`uses the reserved prefix ${reservedPrefix}`, 'another name', name);
    // Rows are plain objects and rules are run by ajv, which cannot tell these from inherited properties.
    if (name in Object.prototype) throw bad('has a name that JavaScript objects reserve', 'another name', name);
    if (seen.has(name)) throw bad('has the same name twice', 'each name once', name);
    seen.add(name);
  }
};

/**
 * Holds a header against the columns that are expected, by name and in any order.
 *
 * @throws PipelineSourceError `CSV_BAD_HEADER` naming the first missing or extra column
 * @example
 * checkColumns(header, { required: ['id', 'units'], extra: 'allow', object: 'orders.csv', delimiter: ',' });
 */
export const checkColumns = (
  header: Pick<CsvHeader, 'columns'>,
  expected: {
    readonly required: readonly string[];
    readonly extra: 'allow' | 'refuse';
    readonly object: string;
    readonly delimiter: string;
  },
): void => {
  const { object, required, delimiter } = expected;
  const missing = required.find((name) => !header.columns.includes(name));
  if (missing !== undefined) {
    const other =
      header.columns.length === 1
        ? [',', ';', '\t', '|'].find((d) => d !== delimiter && header.columns[0]!.includes(d))
        : undefined;
    const hint = other === undefined ? '' : ` (the file has one column; its delimiter may be ${JSON.stringify(other)})`;
    throw new PipelineSourceError('CSV_BAD_HEADER', {
      object,
      reason: 'lacks a column',
      column: missing,
      expected: `${required.join(', ')}${hint}`,
    });
  }
  const extra = expected.extra === 'refuse' ? header.columns.find((name) => !required.includes(name)) : undefined;
  if (extra !== undefined)
    throw new PipelineSourceError('CSV_BAD_HEADER', {
      object,
      reason: 'has a column too many',
      column: extra,
      expected: required.join(', '),
    });
};
