import { commitChunk } from '@pipeline/chunker';
import {
  type ChunkResult,
  type ObjectRef,
  type ObjectStore,
  type PartRef,
  PipelineMergeError,
  type RunContext,
} from '@pipeline/core';

/**
 * Commits the amended result of a chunk: the first one written at `target` counts, and is answered. The objects of one that
 * came later are removed, as far as the result before it does not have them too. It counts for the batch once its amendment
 * is committed.
 *
 * @param before - the result in whose place it comes
 * @param after - its `attempt` is not that of a worker, so that it can share no key with one
 * @param target - `keys.amendedResult(revision, name, index)`
 * @throws PipelineMergeError `MERGE_MISMATCH` when it does not add up, or does not fit the result before it
 * @example
 * const target = batchKeys(batchId, locations, planNumber).amendedResult(2, replayId, before.index);
 * const counts = await amendChunk(before, { ...before, ...rewritten, amendedIn: 2 }, target, { store, run });
 */
export const amendChunk = async (
  before: ChunkResult,
  after: ChunkResult,
  target: ObjectRef,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<ChunkResult> => {
  checkAmended(before, after);
  const counts = await commitChunk(store, target, after, run);
  const kept = new Set([before, counts].flatMap(partsOf).map(nameOf));
  const lost = partsOf(after).filter((part) => !kept.has(nameOf(part)));
  if (lost.length > 0) await store.deleteMany(lost.map(({ object }) => object));
  return counts;
};

type Part = Pick<PartRef, 'object'>;

const partsOf = ({ output, rejects, sidecarObjects = {} }: ChunkResult): readonly Part[] => [
  output,
  ...(rejects === undefined ? [] : [rejects]),
  ...Object.values(sidecarObjects),
];

const nameOf = ({ object }: Part): string => `${object.bucket}/${object.key}`;

/** Rows move between output and rejects; none comes or goes, and the chunk stays the same piece of the same file. */
const checkAmended = (before: ChunkResult, after: ChunkResult): void => {
  const fail = (reason: string): never => {
    throw new PipelineMergeError('MERGE_MISMATCH', { index: before.index, reason });
  };
  const same = (property: keyof ChunkResult): void => {
    if (JSON.stringify(before[property]) !== JSON.stringify(after[property]))
      fail(
        `its amended result has ${property} ${JSON.stringify(after[property])}, it had ${JSON.stringify(before[property])}`,
      );
  };
  for (const property of [
    'batchId',
    'index',
    'rowsRead',
    'bytesRead',
    'format',
    'compression',
    'columns',
    'planProof',
  ] as const)
    same(property);
  if (after.rowsRead !== after.rowsWritten + after.rowsRejected)
    fail(`${after.rowsRead} rows read are not ${after.rowsWritten} written and ${after.rowsRejected} rejected`);
  if (after.output.rows !== after.rowsWritten || (after.rejects?.rows ?? 0) !== after.rowsRejected)
    fail('the parts of its amended result have other numbers of rows than it says');
};
