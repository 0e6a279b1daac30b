import { isUtf8 } from 'node:buffer';
import {
  type CsvDialect,
  type CsvLimits,
  type CsvRecord,
  createRowBatch,
  defaultLimits,
  formatMessage,
  type IssueCode,
  issueKey,
  type MessageParams,
  type RawRecords,
  type RowIssue,
  type RowReject,
  type Rows,
  rejectOf,
} from '@pipeline/core';
import { decodeField } from './decode-field.ts';
import {
  BAD_QUOTE,
  createRecordIndex,
  createRecordScanner,
  FIELD_TOO_LARGE,
  type RecordIndex,
  STRAY_QUOTE,
  TOO_MANY_FIELDS,
} from './scan-records.ts';

/** What `parseRows` must know of the bytes, which carry no header. */
export interface ParseRowsOptions {
  /** Column names in file order; a record with another number of fields is a reject. */
  readonly columns: readonly string[];
  /** Delimiter and quote, which are single bytes. */
  readonly dialect: Pick<CsvDialect, 'delimiter' | 'quote'>;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Offset in the source of the first byte. @default 0 */
  readonly sourceOffset?: number;
  /** Data row of the first record. @default 1 */
  readonly firstRow?: number;
  /** Trailing fields of every record that are cut off. @default 0 */
  readonly strippedColumns?: number;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
}

/** Bytes are gathered to blocks of this size before they are scanned; a batch never spans two blocks. */
const blockBytes = 256 * 1024;

/**
 * Records of CSV bytes, without header, as batches of rows: raw slices, decoded only when asked. However the bytes are
 * sliced, the rows are the same. A record that is not well-formed, has another number of fields than there are columns,
 * or is not UTF-8 is a reject; a stray quote is a warning.
 * Quoting: https://www.rfc-editor.org/rfc/rfc4180
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 * @example
 * const body = [Buffer.from('1,3\n2,5\n')];
 * const options = { columns: ['id', 'units'], dialect: { delimiter: ',', quote: '"' } };
 * for await (const { rows } of parseRows(Readable.from(body), options)) console.log(rows);
 * // [{ id: '1', units: '3' }, { id: '2', units: '5' }]
 */
export async function* parseRows(bytes: AsyncIterable<Uint8Array>, options: ParseRowsOptions): Rows<CsvRecord> {
  const {
    columns,
    dialect,
    limits = defaultLimits,
    sourceOffset = 0,
    firstRow = 1,
    strippedColumns = 0,
    batchRows = 1000,
  } = options;
  const scanner = createRecordScanner({ dialect, limits, offset: sourceOffset, row: firstRow });
  let carry: Buffer = Buffer.alloc(0);
  let row = firstRow;
  for await (const block of blocks(bytes)) {
    const index = createRecordIndex();
    const base = scanner.recordStart;
    const window = carry.length === 0 ? block.bytes : Buffer.concat([carry, block.bytes]);
    scanner.scan(block.bytes, index);
    if (block.last) scanner.end(index);
    carry = window.subarray(scanner.recordStart - base);
    const valid = isUtf8(window.subarray(0, window.length - carry.length));
    for (let from = 0; from < index.count; from += batchRows) {
      const to = Math.min(index.count, from + batchRows);
      yield batchOf({
        window,
        base,
        index,
        from,
        to,
        row,
        columns,
        strippedColumns,
        quote: dialect.quote,
        limits,
        valid,
      });
      row += to - from;
    }
  }
}

async function* blocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let held: Buffer | undefined;
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const piece of bytes) {
    for (let from = 0; from < piece.length; ) {
      const take = Math.min(piece.length - from, blockBytes - filled);
      block.set(piece.subarray(from, from + take), filled);
      filled += take;
      from += take;
      if (filled < blockBytes) break;
      if (held !== undefined) yield { bytes: held, last: false };
      held = block;
      block = Buffer.allocUnsafe(blockBytes);
      filled = 0;
    }
  }
  if (held !== undefined) yield { bytes: held, last: filled === 0 };
  if (filled > 0) yield { bytes: block.subarray(0, filled), last: true };
}

interface BatchSlice {
  readonly window: Buffer;
  /** Source offset of the window's first byte. */
  readonly base: number;
  readonly index: RecordIndex;
  readonly from: number;
  readonly to: number;
  /** Data row of record `from`. */
  readonly row: number;
  readonly columns: readonly string[];
  readonly strippedColumns: number;
  readonly quote: string;
  readonly limits: CsvLimits;
  /** All records of the window are UTF-8. */
  readonly valid: boolean;
}

const batchOf = (slice: BatchSlice) => {
  const { index, from, to, columns, strippedColumns } = slice;
  const records = rawRecords(slice);
  const expected = columns.length + strippedColumns;
  const positions: number[] = [];
  const rejects: RowReject[] = [];
  const warnings: Record<string, number> = {};
  for (let record = from; record < to; record++) {
    const flags = index.flags[record]!;
    const got = index.fieldsFrom[record + 1]! - index.fieldsFrom[record]!;
    const position = record - from;
    const sound = (flags & ~STRAY_QUOTE) === 0 && got === expected && (slice.valid || isUtf8(records.bytes(position)));
    if (sound) positions.push(position);
    else rejects.push(rejectOf(records, position, structuralIssues(slice, record, got, expected)));
    if (sound && (flags & STRAY_QUOTE) !== 0) {
      const key = issueKey({ code: 'ROW_STRAY_QUOTE', rule: 'quotes' });
      warnings[key] = (warnings[key] ?? 0) + 1;
    }
  }
  return createRowBatch(records, positions, rejects, warnings);
};

/**
 * How many reserved fields a record ends with. In a record with a field too few or too many they still stand behind what was
 * there, so they are cut off all the same, unless the record has nothing beside them.
 */
const strippedOf = (index: RecordIndex, record: number, strippedColumns: number): number => {
  const fields = index.fieldsFrom[record + 1]! - index.fieldsFrom[record]!;
  const known = (index.flags[record]! & TOO_MANY_FIELDS) === 0;
  return known && fields > strippedColumns ? strippedColumns : 0;
};

const structuralIssues = (
  { index, limits, window, base, strippedColumns }: BatchSlice,
  record: number,
  found: number,
  wanted: number,
): RowIssue[] => {
  const flags = index.flags[record]!;
  const stripped = strippedOf(index, record, strippedColumns);
  const got = found - stripped;
  const expected = wanted - stripped;
  const issues: RowIssue[] = [];
  const add = (code: IssueCode, rule: string, params: MessageParams = {}): void => {
    issues.push({ code, rule, message: formatMessage(code, params), severity: 'error' });
  };
  if ((flags & BAD_QUOTE) !== 0) add('ROW_BAD_QUOTE', 'quotes');
  if ((flags & TOO_MANY_FIELDS) !== 0) add('ROW_TOO_MANY_FIELDS', 'fields', { max: limits.maxColumns });
  else if (got !== expected) add('ROW_FIELD_COUNT', 'fields', { got, expected });
  if ((flags & FIELD_TOO_LARGE) !== 0)
    add('ROW_FIELD_TOO_LARGE', 'fieldBytes', { got: longestField(index, record), max: limits.maxFieldBytes });
  const bytes = window.subarray(index.starts[record]! - base, index.ends[record]! - base);
  if (!isUtf8(bytes)) add('ROW_ENCODING', 'encoding', { offset: index.starts[record]! + firstInvalid(bytes) });
  return issues;
};

/** Bytes of the longest field of a record that is indexed, quotes included. */
const longestField = (index: RecordIndex, record: number): number => {
  let longest = 0;
  let start = index.starts[record]!;
  for (let field = index.fieldsFrom[record]!; field < index.fieldsFrom[record + 1]!; field++) {
    longest = Math.max(longest, index.fieldEnds[field]! - start);
    start = index.fieldEnds[field]! + 1;
  }
  return longest;
};

/** Index of the first byte of the first sequence that is not UTF-8. */
const firstInvalid = (bytes: Uint8Array): number => {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    // A prefix may be cut inside a character: up to three bytes more or less decide nothing.
    const sound = [0, 1, 2, 3].some(
      (cut) =>
        middle - cut >= 0 &&
        isUtf8(bytes.subarray(0, middle - cut)) &&
        couldContinue(bytes.subarray(middle - cut, middle)),
    );
    if (sound) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && !isUtf8(bytes.subarray(0, low))) low--;
  return low;
};

/** Whether up to three bytes may be the beginning of one character. */
const couldContinue = (bytes: Uint8Array): boolean => {
  const [lead] = bytes;
  if (lead === undefined) return true;
  const size = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  return bytes.length < size && bytes.subarray(1).every((byte) => byte >= 0x80 && byte < 0xc0);
};

const rawRecords = ({
  window,
  base,
  index,
  from,
  to,
  row,
  columns,
  strippedColumns,
  quote,
}: BatchSlice): RawRecords => {
  const fieldStart = (record: number, column: number): number =>
    (column === 0 ? index.starts[record]! : index.fieldEnds[index.fieldsFrom[record]! + column - 1]! + 1) - base;
  const fieldEnd = (record: number, column: number): number =>
    index.fieldEnds[index.fieldsFrom[record]! + column]! - base;
  const contentEnd = (record: number): number => {
    const stripped = strippedOf(index, record, strippedColumns);
    const fields = index.fieldsFrom[record + 1]! - index.fieldsFrom[record]!;
    return stripped === 0 ? index.ends[record]! - base : fieldEnd(record, fields - stripped - 1);
  };
  const field = (position: number, column: number): string => {
    const record = from + position;
    const start = fieldStart(record, column);
    const text = window.toString('utf8', start, fieldEnd(record, column));
    return window[start] === quote.charCodeAt(0) ? decodeField(text, quote) : text;
  };
  return {
    length: to - from,
    columns,
    rowNumber: (position) => row + position,
    byteOffset: (position) => index.starts[from + position]!,
    bytes: (position) => window.subarray(index.starts[from + position]! - base, contentEnd(from + position)),
    newline: (position) => window.subarray(index.ends[from + position]! - base, index.nexts[from + position]! - base),
    fieldBytes: (position, column) =>
      window.subarray(fieldStart(from + position, column), fieldEnd(from + position, column)),
    field,
    record: (position) => {
      const row: Record<string, string> = {};
      for (let column = 0; column < columns.length; column++) row[columns[column]!] = field(position, column);
      return row;
    },
  };
};
