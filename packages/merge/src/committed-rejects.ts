import type { RejectLine } from '@pipeline/chunker';
import {
  type ChunkRef,
  type ChunkResult,
  type ObjectStore,
  type PartRef,
  parseJsonLines,
  type RunContext,
} from '@pipeline/core';
import { altered } from './altered-piece.ts';
import { committedBytes } from './committed-bytes.ts';

interface Where {
  readonly store: ObjectStore;
  readonly run: RunContext;
}

/**
 * The rejects of a committed chunk, in row order; proven at their end to be those that were committed.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when they are gone or others
 */
export async function* committedRejects(
  { index }: Pick<ChunkRef, 'index'>,
  { rejects }: ChunkResult,
  where: Where,
): AsyncGenerator<RejectLine> {
  if (rejects !== undefined) yield* rejectLines(rejects, index, where);
}

/** The same of a part; `index` is that of its chunk, where it is known. */
export async function* rejectLines(
  part: PartRef,
  index: number | undefined,
  { store, run }: Where,
): AsyncGenerator<RejectLine> {
  try {
    yield* parseJsonLines<RejectLine>(committedBytes(part, index, { store, run }));
  } catch (error) {
    throw error instanceof SyntaxError ? altered(part, index) : error;
  }
}
