import { readCommitted } from '@pipeline/chunker';
import type { BatchLocations, ChunkManifest } from '@pipeline/core';
import { eachMendedChunk } from './each-chunk.ts';
import type { MendedRows } from './mended-rows.ts';
import { type ReplayWork, replayChunk } from './replay-chunk.ts';

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
  const { store, run, keys, revision, name } = work;
  let rowsWritten = 0;
  await eachMendedChunk(
    manifest,
    mended,
    chunks,
    async (own) => {
      const { chunk, result } = own;
      const there = await readCommitted(store, keys.amendedResult(revision, name, chunk.index), run);
      const after = there ?? (await replayChunk(own, work));
      rowsWritten += after.rowsWritten - result.rowsWritten;
      if (there === undefined)
        run.observe({ type: 'replay.chunk', batchId: manifest.batchId, chunk: chunk.index, revision });
    },
    work,
  );
  return { rowsWritten };
};
