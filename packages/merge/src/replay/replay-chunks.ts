import { readCommitted } from '@pipeline/chunker';
import type { BatchLocations, ChunkManifest, ChunkRef } from '@pipeline/core';
import { committedResults } from '../committed-results.ts';
import type { MendedRows } from './mended-rows.ts';
import { type ReplayWork, replayChunk } from './replay-chunk.ts';
import { createRowsOfChunks } from './rows-of-chunks.ts';

/**
 * Makes the named chunks anew, one after the other. A chunk that an earlier call made is not made again, so the work goes on
 * where it was interrupted.
 *
 * @param chunks - indexes, ascending
 * @returns how many mended rows passed
 */
export const replayChunks = async (
  manifest: ChunkManifest,
  mended: MendedRows,
  chunks: readonly number[],
  work: ReplayWork & { readonly locations: BatchLocations },
): Promise<{ readonly rowsWritten: number }> => {
  const { store, locations, run, keys, revision, name } = work;
  const rows = createRowsOfChunks(mended.rows());
  const plan = manifest.chunks[Symbol.asyncIterator]();
  let left = chunks.length;
  let at = 0;
  let before = 0;
  let rowsWritten = 0;
  try {
    for await (const result of committedResults(manifest, { store, locations, run })) {
      if (left === 0) break;
      const chunk = (await plan.next()).value as ChunkRef;
      if (chunk.index === chunks[at]) {
        run.signal.throwIfAborted();
        const own = rows.upTo(before + result.rowsRead);
        const rowsBefore = manifest.planMode === 'sampled' ? before : 0;
        const there = await readCommitted(store, keys.amendedResult(revision, name, chunk.index), run);
        const after = there ?? (await replayChunk(chunk, result, own, rowsBefore, work));
        for await (const _ of own); // what no reject was matched with
        rowsWritten += after.rowsWritten - result.rowsWritten;
        if (there === undefined)
          run.observe({ type: 'replay.chunk', batchId: manifest.batchId, chunk: chunk.index, revision });
        at++;
        left--;
      }
      before += result.rowsRead;
    }
  } finally {
    await Promise.allSettled([rows.close(), plan.return?.()]);
  }
  return { rowsWritten };
};
