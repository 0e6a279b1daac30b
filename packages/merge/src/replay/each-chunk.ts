import type { BatchLocations, ChunkManifest, ChunkRef, ChunkResult, ObjectStore, RunContext } from '@pipeline/core';
import { committedResults } from '../committed-results.ts';
import type { MendedRow, MendedRows } from './mended-rows.ts';
import { createRowsOfChunks } from './rows-of-chunks.ts';

/** A chunk that has mended rows. */
export interface MendedChunk {
  readonly chunk: ChunkRef;
  /** What it is before the replay. */
  readonly result: ChunkResult;
  /** Its mended rows, in order; what is not read of them is passed over. */
  readonly mended: AsyncIterable<MendedRow>;
  /** Data rows of the chunks before it, where its rejects count within it, as in a sampled plan; else 0. */
  readonly rowsBefore: number;
  /** Data row of its first record, from 1. */
  readonly firstRow: number;
}

/**
 * Goes through the named chunks with their mended rows, one after the other.
 *
 * @param chunks - indexes, ascending
 */
export const eachMendedChunk = async (
  manifest: ChunkManifest,
  mended: MendedRows,
  chunks: readonly number[],
  work: (chunk: MendedChunk) => Promise<void>,
  where: { readonly store: ObjectStore; readonly locations: BatchLocations; readonly run: RunContext },
): Promise<void> => {
  const rows = createRowsOfChunks(mended.rows());
  const plan = manifest.chunks[Symbol.asyncIterator]();
  let at = 0;
  let before = 0;
  try {
    for await (const result of committedResults(manifest, where)) {
      if (at === chunks.length) break;
      const chunk = (await plan.next()).value as ChunkRef;
      if (chunk.index === chunks[at]) {
        where.run.signal.throwIfAborted();
        const own = rows.upTo(before + result.rowsRead);
        const rowsBefore = manifest.planMode === 'sampled' ? before : 0;
        await work({ chunk, result, mended: own, rowsBefore, firstRow: before + 1 });
        for await (const _ of own); // what no reject was matched with
        at++;
      }
      before += result.rowsRead;
    }
  } finally {
    await Promise.allSettled([rows.close(), plan.return?.()]);
  }
};
