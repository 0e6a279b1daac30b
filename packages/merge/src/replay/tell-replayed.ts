import type { BatchLocations, ChunkManifest, ChunkRef, ChunkResult, ObjectStore, RunContext } from '@pipeline/core';
import { readAmendment } from '../amend/amendment.ts';
import { committedResults } from '../committed-results.ts';

/** A chunk that replays have changed. */
export interface ReplayedChunk {
  readonly chunk: ChunkRef;
  /** Its result in the first revision. */
  readonly before: ChunkResult;
  /** Its result now. */
  readonly after: ChunkResult;
}

/**
 * Tells of every chunk that replays have changed up to a revision, also of those that an earlier one changed, whose teller may
 * have ended half-way. Behind a newer revision nothing is told: whoever made that one tells what counts.
 */
export const tellReplayed = async (
  manifest: ChunkManifest,
  revision: number,
  tell: (changed: ReplayedChunk) => Promise<void>,
  where: { readonly store: ObjectStore; readonly locations: BatchLocations; readonly run: RunContext },
): Promise<void> => {
  if ((await readAmendment(manifest, revision + 1, where)) !== undefined) return;
  const befores = committedResults(manifest, where);
  const afters = committedResults(manifest, { ...where, revision });
  try {
    for await (const chunk of manifest.chunks) {
      const [before, after] = [await befores.next(), await afters.next()];
      if (before.done === true || after.done === true) return;
      if ((after.value.amendedIn ?? 0) > manifest.revision)
        await tell({ chunk, before: before.value, after: after.value });
    }
  } finally {
    await Promise.allSettled([befores.return(undefined), afters.return(undefined)]);
  }
};
