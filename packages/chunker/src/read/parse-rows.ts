import {
  type CsvDialect,
  type CsvEncoding,
  type CsvLimits,
  type CsvRecord,
  createRowBatch,
  defaultLimits,
  issueKey,
  type RecordPolicy,
  type RowBatch,
  type RowReject,
  type Rows,
  rejectOf,
  type TextPolicy,
} from '@pipeline/core';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { parseWithFallback } from '../fallback/parse-rows.ts';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { COMMENT_LINE, STRAY_QUOTE } from '../scan/states.ts';
import { type RecordShape, rawRecords, recordShape, type WindowRecords, windowRecords } from './raw-records.ts';
import { type BytesEnd, type RecordWindow, readWindows } from './record-window.ts';
import { failWhereAsked, type RowChecks, structuralIssues } from './row-issues.ts';

/** What `parseRows` must know of the bytes, which carry no header. */
export interface ParseRowsOptions {
  /** Column names in file order; a record with another number of fields is a reject. */
  readonly columns: readonly string[];
  /** Where one of its special characters is not a single byte, csv-parse reads the records, many times as slowly. */
  readonly dialect: Omit<CsvDialect, 'newline'>;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Of the bytes; rows are UTF-8 whatever it is. @default 'utf-8' */
  readonly encoding?: CsvEncoding;
  /** Text that the encoding does not allow. @default all of it rejects its row */
  readonly text?: TextPolicy;
  /** Records that are not as they should be. @default all of them are rejects */
  readonly records?: RecordPolicy;
  /** Offset in the source of the first byte. @default 0 */
  readonly sourceOffset?: number;
  /** Data row of the first record. @default 1 */
  readonly firstRow?: number;
  /** Trailing fields of every record that are cut off. @default 0 */
  readonly strippedColumns?: number;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
  /** Told what the bytes end in; answering false leaves out a record that has not ended. @default it ends there */
  readonly atEnd?: (end: BytesEnd) => boolean;
}

/**
 * Records of CSV bytes, without header, as batches of rows: raw slices, decoded only when asked. However the bytes are
 * sliced, the rows are the same. A record that is not well-formed, has another number of fields than there are columns,
 * or is no text in its encoding is a reject, unless a policy says otherwise; a stray quote is a warning.
 * Quoting: https://www.rfc-editor.org/rfc/rfc4180
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`, and `CSV_BAD_RECORD` where a policy asks for it
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
    encoding = 'utf-8',
    text = {},
    records = {},
    sourceOffset = 0,
    firstRow = 1,
    strippedColumns = 0,
    batchRows = 1000,
    atEnd,
  } = options;
  if (!knownToScanner(dialect)) {
    yield* parseWithFallback(bytes, options);
    return;
  }
  const pad = records.ragged === 'pad';
  const padEmpty = records.empty === 'pad';
  const shape = recordShape({ columns, strippedColumns, dialect, text, pad, padEmpty });
  const checks: RowChecks = { limits, text, records };
  const windows = readWindows(bytes, {
    dialect,
    limits,
    encoding,
    offset: sourceOffset,
    row: firstRow,
    ...(atEnd === undefined ? {} : { atEnd }),
  });
  let row = firstRow;
  for await (const window of windows) {
    for (const batch of batchesOf(window, shape, checks, row, batchRows)) {
      yield batch;
      row += batch.records.length;
    }
  }
}

/** The batches of one window; a batch never spans two. */
function* batchesOf(
  window: RecordWindow,
  shape: RecordShape,
  checks: RowChecks,
  firstRow: number,
  batchRows: number,
): Generator<RowBatch<CsvRecord>> {
  const all = windowRecords(window, shape);
  const flags = new Map<number, number>();
  for (let i = 0; i < window.flagged.length; i += 2) flags.set(window.flagged[i]!, window.flagged[i + 1]!);
  const data = dataRecords(window.records.length, flags);
  const count = data?.length ?? window.records.length;
  for (let from = 0; from < count; from += batchRows) {
    const length = Math.min(batchRows, count - from);
    const at =
      data === undefined ? (position: number) => from + position : (position: number) => data[from + position]!;
    yield batchOf(all, { length, at, row: firstRow + from }, flags, checks);
  }
}

/** Which records are data, or `undefined` where all are: a line of comment is none. */
const dataRecords = (count: number, flags: ReadonlyMap<number, number>): number[] | undefined => {
  let comments = false;
  for (const flag of flags.values()) comments ||= (flag & COMMENT_LINE) !== 0;
  if (!comments) return undefined;
  const data: number[] = [];
  for (let record = 0; record < count; record++) if (((flags.get(record) ?? 0) & COMMENT_LINE) === 0) data.push(record);
  return data;
};

interface BatchPlace {
  readonly length: number;
  readonly at: (position: number) => number;
  /** Data row of the first record. */
  readonly row: number;
}

const batchOf = (
  all: WindowRecords,
  place: BatchPlace,
  flags: ReadonlyMap<number, number>,
  checks: RowChecks,
): RowBatch<CsvRecord> => {
  const records = rawRecords(all, place);
  if (flags.size === 0 && allSound(all, place, checks)) return createRowBatch(records, positionsTo(place.length));
  const positions: number[] = [];
  const rejects: RowReject[] = [];
  let strays = 0;
  for (let position = 0; position < place.length; position++) {
    const record = place.at(position);
    const flag = flags.get(record) ?? 0;
    const issues = structuralIssues(all, record, flag, checks);
    if (issues.length > 0) {
      failWhereAsked(all, record, place.row + position, issues, checks.records);
      rejects.push(rejectOf(records, position, issues));
      continue;
    }
    positions.push(position);
    if ((flag & STRAY_QUOTE) !== 0) strays++;
  }
  const warnings = strays === 0 ? {} : { [issueKey({ code: 'ROW_STRAY_QUOTE', rule: 'quotes' })]: strays };
  return createRowBatch(records, positions, rejects, warnings);
};

/** Whether every record of a batch is as it should be, which is the rule; looking no closer than that needs. */
const allSound = (all: WindowRecords, place: BatchPlace, { limits }: RowChecks): boolean => {
  const { window, shape } = all;
  if (!window.valid || window.nul) return false;
  const expected = shape.columns.length + shape.strippedColumns;
  if (expected > limits.maxColumns) return false;
  const first = place.at(0);
  const { records, ends, source } = window;
  const mostBytes = limits.maxFieldBytes / (source === undefined ? 1 : unitBytes(source.encoding));
  let before = all.firstEnd(first);
  let start = all.start(first);
  for (let record = first; record < first + place.length; record++) {
    const next = records[record]!;
    if (next - before !== expected) return false;
    const end = ends[next - 1]!;
    if (end - start > mostBytes) return false;
    before = next;
    start = end + 1;
  }
  return true;
};

/** `[0, 1, …, length - 1]`: a copy of a longer one, which is several times as fast as counting. */
const positionsTo = (length: number): number[] => {
  while (counted.length < length) counted.push(counted.length);
  return counted.slice(0, length);
};
const counted: number[] = [];
