import { type RowBatch, type Rows, rejectRows } from '@pipeline/core';
import { repeatIssue } from '../unique/reject-repeats.ts';
import type { MendedRepeats } from './repeats-of-mended.ts';

/** Rejects the mended rows that repeat others; `rowsBefore` as of the chunk. */
export async function* rejectRepeated(
  rows: Rows<unknown>,
  repeats: MendedRepeats,
  rowsBefore: number,
): AsyncGenerator<RowBatch<unknown>> {
  for await (const batch of rows) {
    const { records, positions } = batch;
    yield rejectRows(batch, (index) => {
      const position = positions[index]!;
      return repeats
        .get(records.rowNumber(position) + rowsBefore)
        ?.map(({ rule, first }) => repeatIssue(records, position, rule, first));
    });
  }
}
