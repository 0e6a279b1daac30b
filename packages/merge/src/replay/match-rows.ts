import type { RejectLine } from '@pipeline/chunker';
import { type ChunkRef, type ChunkResult, type ObjectStore, type RunContext, readJsonLines } from '@pipeline/core';
import { ofPiece } from '../altered-piece.ts';
import type { MatchedRow } from './mended-records.ts';
import type { MendedRow } from './mended-rows.ts';

/** The rejects of a chunk, in row order. */
export async function* rejectLines(
  chunk: Pick<ChunkRef, 'index'>,
  { rejects }: ChunkResult,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): AsyncGenerator<RejectLine> {
  if (rejects === undefined) return;
  const lines = readJsonLines<RejectLine>(store, rejects.object, { signal: run.signal });
  try {
    for (;;) {
      const { done, value } = await ofPiece(rejects, chunk.index, () => lines.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await lines.return(undefined);
  }
}

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
