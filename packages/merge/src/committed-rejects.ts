import type { RejectLine } from '@pipeline/chunker';
import { type ChunkRef, type ChunkResult, type ObjectStore, type RunContext, readJsonLines } from '@pipeline/core';
import { ofPiece } from './altered-piece.ts';

/**
 * The rejects of a committed chunk, in row order.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when they are gone or not those that were committed
 */
export async function* committedRejects(
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
