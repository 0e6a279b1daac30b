import { isUtf8 } from 'node:buffer';
import { type ByteRange, type CsvDialect, type CsvLimits, PipelineSourceError } from '@pipeline/core';
import { decodeField } from './decode-field.ts';
import { reservedPrefix } from './reserved-columns.ts';
import { BAD_QUOTE, createRecordIndex, createRecordScanner, TOO_MANY_FIELDS } from './scan-records.ts';

/** What the first record of a file says. */
export interface CsvHeader {
  /** The file begins with a UTF-8 byte order mark. */
  readonly bom: boolean;
  readonly newline: CsvDialect['newline'];
  /** The header record, BOM excluded, newline included. */
  readonly range: ByteRange;
  /** The record as it stands, newline included, stripped columns excluded. */
  readonly text: string;
  /** Column names in file order, stripped ones excluded. */
  readonly columns: readonly string[];
  /** How many trailing `__pipeline_*` columns are stripped. */
  readonly strippedColumns: number;
}

/** How `readHeader` reads, and how it names the file in errors. */
export interface ReadHeaderOptions {
  /** Delimiter and quote, which are single bytes. */
  readonly dialect: Pick<CsvDialect, 'delimiter' | 'quote'>;
  /** Caps, of which `maxHeaderBytes` and `maxColumns` hold here. */
  readonly limits: CsvLimits;
  /** Named in errors. */
  readonly object: string;
  /** The bytes are the whole file. */
  readonly complete: boolean;
}

const bomOf = (bytes: Uint8Array, object: string): boolean => {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw new PipelineSourceError('CSV_BAD_ENCODING', {
      object,
      offset: 0,
      reason: 'it begins with the byte order mark of UTF-16',
    });
  return a === 0xef && b === 0xbb && c === 0xbf;
};

/**
 * Reads the header from the first bytes of a file (at least `maxHeaderBytes + 5` of them, or all).
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
export const readHeader = (bytes: Uint8Array, { dialect, limits, object, complete }: ReadHeaderOptions): CsvHeader => {
  const bad = (reason: string, expected: string, column?: string): PipelineSourceError =>
    new PipelineSourceError('CSV_BAD_HEADER', {
      object,
      reason,
      expected,
      ...(column === undefined ? {} : { column }),
    });
  const bom = bomOf(bytes, object);
  const start = bom ? 3 : 0;
  if (complete && bytes.length === start) throw new PipelineSourceError('SOURCE_EMPTY', { object });

  const scanner = createRecordScanner({
    dialect,
    limits: { ...limits, maxRecordBytes: Number.MAX_SAFE_INTEGER, maxFieldBytes: limits.maxHeaderBytes },
    offset: start,
  });
  const index = createRecordIndex();
  // One LF-terminated stretch at a time, so that records after the header are not scanned.
  let position = start;
  while (index.count === 0 && position < bytes.length && position - start <= limits.maxHeaderBytes + 2) {
    const lf = bytes.indexOf(10, position);
    const next = lf < 0 ? bytes.length : lf + 1;
    scanner.scan(bytes.subarray(position, next), index);
    position = next;
  }
  if (index.count === 0 && complete && position === bytes.length) {
    try {
      scanner.end(index);
    } catch (cause) {
      throw new PipelineSourceError(
        'CSV_BAD_HEADER',
        { object, reason: 'opens a quote that is never closed', expected: 'a closing quote' },
        { cause },
      );
    }
  }
  if (index.count === 0 || index.ends[0]! - start > limits.maxHeaderBytes)
    throw bad(
      `is longer than ${limits.maxHeaderBytes} bytes`,
      'a shorter header or a larger maxHeaderBytes; check newlines and quotes',
    );
  if ((index.flags[0]! & BAD_QUOTE) !== 0)
    throw bad('has bytes after a closing quote', 'quotes doubled inside quoted names');
  if ((index.flags[0]! & TOO_MANY_FIELDS) !== 0)
    throw bad(`has more than ${limits.maxColumns} columns`, 'fewer columns or a larger maxColumns');

  const end = index.ends[0]!;
  const next = index.nexts[0]!;
  if (!isUtf8(bytes.subarray(start, end)) || bytes.subarray(start, end).includes(0))
    throw new PipelineSourceError('CSV_BAD_ENCODING', {
      object,
      offset: start,
      reason: 'the header has bytes that UTF-8 text does not have',
    });

  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('utf8');
  const names: string[] = [];
  let from = start;
  for (const fieldEnd of index.fieldEnds) {
    names.push(decodeField(text(from, fieldEnd), dialect.quote));
    from = fieldEnd + 1;
  }
  let kept = names.length;
  while (kept > 1 && names[kept - 1]!.startsWith(reservedPrefix)) kept--;
  const columns = names.slice(0, kept);
  checkNames(columns, bad);
  return {
    bom,
    newline: next - end === 2 ? 'crlf' : 'lf',
    range: { start, end: next },
    text: text(start, index.fieldEnds[kept - 1]!) + text(end, next),
    columns,
    strippedColumns: names.length - kept,
  };
};

const checkNames = (
  columns: readonly string[],
  bad: (reason: string, expected: string, column?: string) => Error,
): void => {
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
