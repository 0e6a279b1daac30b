import {
  type CsvRecord,
  createRowBatch,
  defaultLimits,
  issueKey,
  type RowBatch,
  type RowIssue,
  type RowReject,
  type Rows,
  rejectOf,
} from '@pipeline/core';
import type { ParseRowsOptions } from '../read/parse-rows.ts';
import { isBlank, recordShape } from '../read/raw-records.ts';
import { failWhereAsked, type RowChecks, structuralIssues } from '../read/row-issues.ts';
import { STRAY_QUOTE } from '../scan/states.ts';
import { recordFlags } from './check-fields.ts';
import { type BatchPlace, rawFallbackRecords } from './raw-records.ts';
import { createRecordFeed, type FedWindow } from './record-feed.ts';
import { runsIntoDelimiter, type Tokens, tokensOf } from './tokens.ts';
import { type FallbackRecords, fallbackRecords } from './window-records.ts';

/**
 * As `parseRows`, by csv-parse. `atEnd` is not asked: a source that the scanner does not know is never planned from samples.
 *
 * @throws as `parseRows` does
 */
export async function* parseWithFallback(bytes: AsyncIterable<Uint8Array>, options: ParseRowsOptions): Rows<CsvRecord> {
  const { columns, dialect, limits = defaultLimits, encoding = 'utf-8', text = {}, records = {} } = options;
  const { sourceOffset = 0, firstRow = 1, strippedColumns = 0, batchRows = 1000 } = options;
  const pad = records.ragged === 'pad';
  const padEmpty = records.empty === 'pad';
  const shape = recordShape({ columns, strippedColumns, dialect, text, pad, padEmpty });
  const checks: RowChecks = { limits, text, records };
  const tokens = tokensOf(dialect);
  const feed = createRecordFeed({ dialect, limits, encoding, offset: sourceOffset, row: firstRow });

  function* batches(windows: Iterable<FedWindow>): Generator<RowBatch<CsvRecord>> {
    for (const window of windows) {
      const all = fallbackRecords(window, shape);
      for (let first = 0; first < window.nexts.length; first += batchRows) {
        const length = Math.min(batchRows, window.nexts.length - first);
        yield batchOf(window, all, { first, length, row: window.row + first }, tokens, checks);
      }
    }
  }
  for await (const piece of bytes) yield* batches(feed.push(piece));
  yield* batches(feed.end());
}

const batchOf = (
  window: FedWindow,
  all: FallbackRecords,
  place: BatchPlace,
  tokens: Tokens,
  checks: RowChecks,
): RowBatch<CsvRecord> => {
  const records = rawFallbackRecords(all, place);
  const positions: number[] = [];
  const rejects: RowReject[] = [];
  let strays = 0;
  for (let position = 0; position < place.length; position++) {
    const record = place.first + position;
    const flags = recordFlags(window, tokens, {
      start: all.start(record),
      first: all.firstEnd(record),
      count: all.fieldCount(record),
    });
    const issues = issuesOf(all, record, flags, tokens, checks);
    if (issues.length > 0) {
      failWhereAsked(all, record, place.row + position, issues, checks.records);
      rejects.push(rejectOf(records, position, issues));
      continue;
    }
    positions.push(position);
    if ((flags & STRAY_QUOTE) !== 0) strays++;
  }
  const warnings = strays === 0 ? {} : { [issueKey({ code: 'ROW_STRAY_QUOTE', rule: 'quotes' })]: strays };
  return createRowBatch(records, positions, rejects, warnings);
};

/** As for the scanner's records, but that some cannot be padded. */
const issuesOf = (
  all: FallbackRecords,
  record: number,
  flags: number,
  tokens: Tokens,
  { limits, text, records }: RowChecks,
): RowIssue[] =>
  structuralIssues(all, record, flags, {
    limits,
    text,
    records: canBePadded(all, record, tokens) ? records : { ...records, ragged: 'reject' },
  });

/** A field that runs into the delimiters behind it would come out as another one. */
const canBePadded = (all: FallbackRecords, record: number, { delimiter }: Tokens): boolean => {
  if (!all.shape.pad || isBlank(all, record)) return true;
  const last = all.fieldCount(record) - 1;
  const field = all.window.bytes.toString('latin1', all.fieldStart(record, last), all.fieldEnd(record, last));
  return !runsIntoDelimiter(field, delimiter);
};
