import { readCommitted } from '@pipeline/chunker';
import {
  type BatchLocations,
  type ChunkManifest,
  type ChunkRef,
  type ChunkResult,
  type ObjectRef,
  type ObjectStore,
  PipelineMergeError,
  type RunContext,
} from '@pipeline/core';
import pLimit from 'p-limit';
import { openOverlay } from './amend/overlay.ts';

/** Where the results lie, and how many are read at once. */
export interface CommittedResultsOptions {
  /** Where the batch lies. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Its signal ends the work. */
  readonly run: RunContext;
  /** Results read at once. @default 32 */
  readonly concurrency?: number;
  /** With the amendments up to this revision; 0 for what the workers committed. @default manifest.revision */
  readonly revision?: number;
}

/**
 * The result of every chunk in the plan, in its order, that counts in a revision: the one that its worker committed, or that
 * of the last amendment which names it. Nothing is listed: the plan says which results there must be, and one that is
 * missing fails the batch.
 *
 * @throws PipelineMergeError `MERGE_INCOMPLETE`, `MERGE_MISMATCH`
 * @example
 * let rows = 0;
 * for await (const result of committedResults(manifest, { store, locations, run })) rows += result.rowsWritten;
 */
export async function* committedResults(
  manifest: ChunkManifest,
  { store, locations, run, concurrency = 32, revision = manifest.revision }: CommittedResultsOptions,
): AsyncGenerator<ChunkResult> {
  const limit = pLimit(concurrency);
  const stop = new AbortController();
  const reading = { ...run, signal: AbortSignal.any([run.signal, stop.signal]) };
  const ahead: Promise<readonly [ChunkRef, ChunkResult | undefined]>[] = [];
  const overlay = await openOverlay(manifest, revision, { store, locations, run: reading });

  const next = async (): Promise<ChunkResult> => {
    const [chunk, result] = await ahead.shift()!;
    if (result === undefined) throw new PipelineMergeError('MERGE_INCOMPLETE', { index: chunk.index });
    checkResult(chunk, result);
    return result;
  };
  try {
    for await (const chunk of manifest.chunks) {
      const object = await overlay.resultOf(chunk.index);
      const read = limit(async () => [chunk, await readResult(store, object, chunk, reading)] as const);
      read.catch(() => {}); // reported when its turn comes
      ahead.push(read);
      if (ahead.length >= concurrency * 2) yield await next();
    }
    await overlay.finish();
    while (ahead.length > 0) yield await next();
  } finally {
    stop.abort();
    await Promise.allSettled([...ahead, overlay.close()]);
  }
}

const readResult = async (
  store: ObjectStore,
  object: ObjectRef,
  { index }: ChunkRef,
  run: RunContext,
): Promise<ChunkResult | undefined> => {
  try {
    return await readCommitted(store, object, run);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new PipelineMergeError('MERGE_MISMATCH', { index, reason: 'its result is no JSON' }, { cause });
  }
};

/**
 * Holds a result against its chunk. How many rows there must be is not known in a sampled plan; see `disproofOf`.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` naming the chunk
 * @example
 * for await (const chunk of manifest.chunks)
 *   checkResult(chunk, await readJson<ChunkResult>(store, batchKeys(manifest.batchId, locations).result(chunk.index)));
 */
export const checkResult = (chunk: Pick<ChunkRef, 'batchId' | 'index' | 'rowCount'>, result: ChunkResult): void => {
  const fail = (reason: string): never => {
    throw new PipelineMergeError('MERGE_MISMATCH', { index: chunk.index, reason });
  };
  if (result.batchId !== chunk.batchId || result.index !== chunk.index)
    fail(`the result is of chunk ${result.index} of batch ${result.batchId}`);
  if (chunk.rowCount !== null && result.rowsRead !== chunk.rowCount)
    fail(`${result.rowsRead} rows were read, the plan has ${chunk.rowCount}`);
  if (result.rowsRead !== result.rowsWritten + result.rowsRejected)
    fail(`${result.rowsRead} rows read are not ${result.rowsWritten} written and ${result.rowsRejected} rejected`);
  if (result.output.rows !== result.rowsWritten)
    fail(`the output has ${result.output.rows} rows, ${result.rowsWritten} were written`);
  if ((result.rejects?.rows ?? 0) !== result.rowsRejected)
    fail(`the rejects have ${result.rejects?.rows ?? 0} rows, ${result.rowsRejected} were rejected`);
};
