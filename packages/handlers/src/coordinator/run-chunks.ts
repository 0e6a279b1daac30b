import {
  batchKeys,
  type ChunkEntry,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type PrefixRef,
  type RunContext,
  readJsonLines,
} from '@pipeline/core';
import pLimit from 'p-limit';
import type { BatchSettings, ProcessInput, ProcessOutput } from '../state.ts';
import { callTarget } from './call-target.ts';
import type { Retrier } from './next-retry.ts';
import type { Target } from './target.ts';

/** A target for every chunk, or one for each `route` that the splitter writes. */
export type ChunkTargets =
  | Target<ProcessInput, ProcessOutput>
  | { readonly lambda: Target<ProcessInput, ProcessOutput>; readonly task: Target<ProcessInput, ProcessOutput> };

/** What is done, where, and what was done before. */
export interface RunChunksOptions {
  readonly store: ObjectStore;
  readonly locations: { readonly work: PrefixRef };
  readonly targets: ChunkTargets;
  readonly retry: readonly Retrier[];
  readonly run: RunContext;
  readonly settings: BatchSettings;
  /** `manifest.json`. */
  readonly manifest: ObjectRef;
  /** `chunks.jsonl`. */
  readonly chunks: ObjectRef;
  readonly planNumber: number;
  /** Whether chunks may be committed already. */
  readonly resumed: boolean;
}

/** Chunks that wait beside those under way, so that a slow route does not hold up a fast one. */
const ahead = 500;

/**
 * Has every chunk of a plan processed, some at once, in constant memory whatever the number of chunks. Those that have a
 * committed result are left alone. After a final failure no more are begun; those under way are waited for, since what they
 * commit counts.
 *
 * @throws the first final failure
 */
export const runChunks = async (
  options: RunChunksOptions,
): Promise<{ readonly done: number; readonly kept: number }> => {
  const { store, locations, targets, retry, run, settings, manifest, chunks, planNumber, resumed } = options;
  const keys = batchKeys(run.batchId, locations, planNumber);
  const queues = queuesOf(targets);
  const most = ahead + [...queues.all].reduce((sum, { target }) => sum + target.concurrency, 0);
  const failures: unknown[] = [];
  let [open, done, kept] = [0, 0, 0];
  let room = Promise.withResolvers<void>();

  const work = async (chunk: ChunkEntry, target: Target<ProcessInput, ProcessOutput>): Promise<void> => {
    if (failures.length > 0 || run.signal.aborted) return;
    if (resumed && (await isThere(store, keys.result(chunk.index), run))) {
      kept++;
      return;
    }
    const event: ProcessInput = { batchId: run.batchId, manifest, settings, chunk };
    await callTarget(target, event, { name: `c${chunk.index}`, retry, run });
    done++;
  };

  const begin = (chunk: ChunkEntry): void => {
    const { target, limit } = queues.of(chunk);
    open++;
    void limit(async () => {
      // Noted before the next one may begin.
      await work(chunk, target).catch((error: unknown) => void failures.push(error));
      open--;
      room.resolve();
    });
  };

  const until = async (isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) {
      await room.promise;
      room = Promise.withResolvers<void>();
    }
  };

  try {
    for await (const chunk of readJsonLines<ChunkEntry>(store, chunks, { signal: run.signal })) {
      await until(() => open < most);
      if (failures.length > 0 || run.signal.aborted) break;
      begin(chunk);
    }
  } catch (error) {
    failures.push(error);
  }
  await until(() => open === 0);
  run.signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return { done, kept };
};

const queuesOf = (targets: ChunkTargets) => {
  const queue = (target: Target<ProcessInput, ProcessOutput>) => ({ target, limit: pLimit(target.concurrency) });
  if ('run' in targets) {
    const only = queue(targets);
    return { all: new Set([only]), of: (_: ChunkEntry) => only };
  }
  const [lambda, task] = [queue(targets.lambda), queue(targets.task)];
  return { all: new Set([lambda, task]), of: ({ route }: ChunkEntry) => (route === 'task' ? task : lambda) };
};

/** Whether an object is there; its content does not matter here. */
export const isThere = async (store: ObjectStore, ref: ObjectRef, { signal }: RunContext): Promise<boolean> => {
  try {
    await store.head(ref, { signal });
    return true;
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return false;
    throw error;
  }
};
