import { type RejectLine, rejectBytes } from '@pipeline/chunker';
import {
  type CsvRecord,
  createRowBatch,
  type RowBatch,
  type RowIssue,
  type RowReject,
  type Rows,
  type SourceEntry,
} from '@pipeline/core';
import { type MatchedRow, mendedRecords } from './mended-records.ts';

/** Mended rows in batches, as the reader makes them of the source. */
export async function* mendedBatches(
  rows: AsyncIterable<MatchedRow>,
  source: SourceEntry,
  { batchRows, sameDialect }: { readonly batchRows: number; readonly sameDialect: boolean },
  onRow: (line: RejectLine) => void,
): Rows<CsvRecord> {
  let group: MatchedRow[] = [];
  const flush = (): RowBatch<CsvRecord> => {
    const batch = batchOf(group, source, sameDialect);
    group = [];
    return batch;
  };
  for await (const row of rows) {
    onRow(row.line);
    group.push(row);
    if (group.length >= batchRows) yield flush();
  }
  if (group.length > 0) yield flush();
}

const batchOf = (rows: readonly MatchedRow[], source: SourceEntry, sameDialect: boolean): RowBatch<CsvRecord> => {
  const records = mendedRecords(rows, source, { sameDialect });
  const positions: number[] = [];
  const rejects: RowReject[] = [];
  const warnings: Record<string, number> = {};
  for (const [position, { mended, line }] of rows.entries()) {
    for (const [key, count] of Object.entries(mended.warnings)) warnings[key] = (warnings[key] ?? 0) + count;
    const issues = mended.issues.length === 0 ? stillRepeated(line, records.raw(position)) : mended.issues;
    if (issues.length === 0) positions.push(position);
    else
      rejects.push({
        rowNumber: line.rowNumber,
        byteOffset: line.byteOffset,
        raw: records.raw(position),
        newline: records.newline(position),
        issues,
      });
  }
  return createRowBatch(records, positions, rejects, warnings);
};

/**
 * The issues of a row that repeats another one and was not changed: keys are compared at the barrier, which it does not pass
 * again, so it would come into the output a second time.
 */
const stillRepeated = (line: RejectLine, raw: Uint8Array): readonly RowIssue[] =>
  line.issues.some(({ code }) => code === 'ROW_DUPLICATE') && Buffer.compare(rejectBytes(line), raw) === 0
    ? line.issues
    : [];
