import type { RejectLine } from '@pipeline/chunker';
import type { MatchedRow } from './mended-records.ts';
import type { MendedRow } from './mended-rows.ts';

/** Joins rejects and mended rows, both in row order. */
export async function* matchRows(
  lines: AsyncIterable<RejectLine>,
  mended: AsyncIterable<MendedRow>,
  rowsBefore: number,
): AsyncGenerator<MatchedRow> {
  const rows = mended[Symbol.asyncIterator]();
  let next = await rows.next();
  for await (const line of lines) {
    const row = line.rowNumber + rowsBefore;
    while (next.done !== true && next.value.row < row) next = await rows.next();
    if (next.done === true) return;
    if (next.value.row !== row) continue;
    yield { mended: next.value.mended, line };
    next = await rows.next();
  }
}
