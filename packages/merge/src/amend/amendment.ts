import {
  type AmendedChunk,
  type Amendment,
  batchKeys,
  type ChunkManifest,
  checkFormat,
  formatVersion,
  type ObjectRef,
  openWriter,
  PipelineConfigError,
  PipelineError,
  PipelineMergeError,
  readJson,
  writeJson,
} from '@pipeline/core';
import type { CommittedResultsOptions } from '../committed-results.ts';

type Where = Pick<CommittedResultsOptions, 'store' | 'locations' | 'run'>;

/** Which change to a batch an amendment is. */
export interface AmendmentClaim {
  /** The first revision of the output that has the change, from 1. */
  readonly revision: number;
  /** A hash of all that the change follows from: letters, digits, `.`, `_`, `-`. The same change made again has the same name. */
  readonly name: string;
  /** What makes the change, such as `unique` or `replay`. */
  readonly reason: string;
}

/**
 * The amendment of a revision, if it has one.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when it is of another batch or no JSON; PipelineConfigError for one of another
 * major version
 * @example
 * const amendment = await readAmendment(manifest, 2, { store, locations, run });
 * console.log(amendment === undefined ? 'nothing changed' : `${amendment.chunkCount} chunks by ${amendment.reason}`);
 */
export const readAmendment = async (
  manifest: Pick<ChunkManifest, 'batchId' | 'planNumber'>,
  revision: number,
  { store, locations, run }: Where,
): Promise<Amendment | undefined> => {
  const fail = (reason: string, cause?: unknown): never => {
    throw new PipelineMergeError(
      'MERGE_MISMATCH',
      { reason: `the amendment of revision ${revision} ${reason}` },
      { cause },
    );
  };
  const object = batchKeys(manifest.batchId, locations, manifest.planNumber).amendment(revision);
  let found: Amendment;
  try {
    found = checkFormat('amendment', await readJson<Amendment>(store, object, { signal: run.signal }));
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
    if (error instanceof SyntaxError) return fail('is no JSON', error);
    throw error;
  }
  if (found.batchId !== manifest.batchId || found.revision !== revision)
    fail(`is of revision ${found.revision} of batch ${found.batchId}`);
  return found;
};

/**
 * Makes amended results count, all at once, by one conditional write; the results must be there before, at
 * `keys.amendedResult`. Answers the amendment that counts, which has another name when another change took the revision
 * first. Made again, it changes nothing.
 *
 * @param indexes - of the amended chunks, in ascending order
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const claim = { revision: 2, name: replayId, reason: 'replay' };
 * const counts = await commitAmendment(manifest, claim, [3, 7], { store, locations, run });
 * if (counts.name !== replayId) console.log('revision 2 is taken');
 */
export const commitAmendment = async (
  manifest: Pick<ChunkManifest, 'batchId' | 'planNumber'>,
  claim: AmendmentClaim,
  indexes: Iterable<number> | AsyncIterable<number>,
  where: Where,
): Promise<Amendment> => {
  const { store, locations, run } = where;
  const { revision, name } = checkClaim(claim);
  const found = await readAmendment(manifest, revision, where);
  if (found !== undefined) return found;
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const { object, rows } = await writeIndexes(keys.amendedChunks(revision, name), indexes, where);
  const mine: Amendment = {
    formatVersion,
    batchId: manifest.batchId,
    ...claim,
    chunkCount: rows,
    chunks: object,
    createdAt: new Date(run.clock.now()).toISOString(),
  };
  const first = await writeJson(store, keys.amendment(revision), mine, { ifAbsent: true, signal: run.signal });
  if (first !== undefined) return mine;
  const winner = await readAmendment(manifest, revision, where);
  if (winner !== undefined) return winner;
  throw new PipelineMergeError('MERGE_MISMATCH', { reason: `the amendment of revision ${revision} was removed` });
};

/** The list of one name says the same whoever writes it, so the first one written counts. */
const writeIndexes = async (
  target: ObjectRef,
  indexes: Iterable<number> | AsyncIterable<number>,
  { store, run: { signal } }: Where,
): Promise<{ readonly object: ObjectRef; readonly rows: number }> => {
  const writer = openWriter(store, target, { contentType: 'application/x-ndjson', ifAbsent: true, signal });
  let rows = 0;
  let last = -1;
  try {
    for await (const index of indexes) {
      if (!Number.isSafeInteger(index) || index <= last)
        throw new PipelineConfigError('CONFIG_INVALID', {
          option: 'indexes',
          expected: 'indexes of chunks, each larger than the one before',
          got: `${index} behind ${last}`,
        });
      last = index;
      rows++;
      await writer.write(Buffer.from(`${JSON.stringify({ index } satisfies AmendedChunk)}\n`));
    }
    const written = await writer.close(rows);
    return { object: written?.object ?? (await store.head(target, { signal })).ref, rows };
  } catch (error) {
    await writer.abort();
    throw error;
  }
};

const checkClaim = (claim: AmendmentClaim): AmendmentClaim => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) ?? String(got) });
  };
  if (!Number.isSafeInteger(claim.revision) || claim.revision < 1)
    fail('revision', 'a whole number of at least 1', claim.revision);
  if (!/^[A-Za-z0-9._-]+$/.test(claim.name)) fail('name', 'letters, digits, ".", "_" and "-"', claim.name);
  if (typeof claim.reason !== 'string' || claim.reason === '') fail('reason', 'a text', claim.reason);
  return claim;
};
