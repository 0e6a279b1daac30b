import type { RejectLine } from '@pipeline/chunker';
import {
  type CsvRecord,
  createRowBatch,
  type RowBatch,
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
    if (mended.issues.length === 0) positions.push(position);
    else
      rejects.push({
        rowNumber: line.rowNumber,
        byteOffset: line.byteOffset,
        raw: records.raw(position),
        newline: records.newline(position),
        issues: mended.issues,
      });
  }
  return createRowBatch(records, positions, rejects, warnings);
};
