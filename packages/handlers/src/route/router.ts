import { batchKeys, type ChunkEntry, type ObjectStore, type PrefixRef, type RunContext } from '@pipeline/core';
import type { ProcessInput, SplitInput } from '../state.ts';
import { encodeEvent } from '../task/task-protocol.ts';
import { readHistory } from './duration-history.ts';
import { type RouteLimits, routeOf, secondsPerMb } from './estimate.ts';

/**
 * Says of each chunk of a batch where it is processed. What does not fit the environment of a task, because the settings of
 * the batch are large, stays with Lambda even when it takes too long: the state machine has no other way to hand it over.
 */
export const createRouter = async (
  { batchId, settings, planNumber = 1 }: SplitInput,
  limits: RouteLimits,
  { store, work, run }: { readonly store: ObjectStore; readonly work: PrefixRef; readonly run: RunContext },
): Promise<(chunk: ChunkEntry) => ChunkEntry['route']> => {
  const rate = secondsPerMb(await readHistory(store, work, run));
  const { manifest } = batchKeys(batchId, { work }, planNumber);
  // The manifest will be pinned once it is written.
  const pinned = { ...manifest, etag: 'x'.repeat(64), versionId: 'x'.repeat(64) };
  return (chunk) => {
    const route = routeOf(chunk.end - chunk.start, rate, limits);
    const event: ProcessInput = { batchId, manifest: pinned, settings, chunk: { ...chunk, route } };
    return encodeEvent(event, manifest).object === undefined ? route : 'lambdaOnly';
  };
};
