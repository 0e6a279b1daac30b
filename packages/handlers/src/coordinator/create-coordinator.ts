import { randomUUID } from 'node:crypto';
import {
  batchIdOf,
  batchKeys,
  createRunContext,
  type ManifestFile,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  PipelineMergeError,
  type RunContext,
  readJson,
} from '@pipeline/core';
import type { PipelineLocations } from '../locations.ts';
import { checkSettings } from '../settings.ts';
import type {
  ArchiveInput,
  ArchiveOutput,
  BatchSettings,
  BatchStep,
  MergeOutput,
  NotifyInput,
  NotifyOutput,
  ResolveOutput,
  SplitInput,
  SplitOutput,
} from '../state.ts';
import { taskRetry } from '../transient-retry.ts';
import { callTarget } from './call-target.ts';
import { type FailureNotice, tellCoordinatedFailure } from './coordinated-failure.ts';
import type { Retrier } from './next-retry.ts';
import { type ChunkTargets, runChunks } from './run-chunks.ts';
import type { Target } from './target.ts';

/** Where the work of each step is done, and where the batch lies. */
export interface CoordinatorOptions {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  readonly split: Target<SplitInput, SplitOutput>;
  /** One target for all chunks, or one for each `route` that the splitter wrote. */
  readonly process: ChunkTargets;
  readonly resolve: Target<BatchStep, ResolveOutput>;
  readonly merge: Target<BatchStep, MergeOutput>;
  /** @default the upload stays where it is */
  readonly archive?: Target<ArchiveInput, ArchiveOutput>;
  /** @default nobody is told */
  readonly notify?: Target<NotifyInput, NotifyOutput>;
  /** Who is told of a batch that failed for good; the original is copied under `failed/` then. @default nobody */
  readonly failure?: FailureNotice;
  /** What is tried again, by the names of errors. @default taskRetry, as in the state machine */
  readonly retry?: readonly Retrier[];
}

/** An upload to make a batch of. */
export interface CoordinatedBatch {
  /** The upload; pinned to what is there now unless it is already. */
  readonly source: ObjectRef;
  /** Settings of the batch, part of its identity. @default {} */
  readonly settings?: BatchSettings;
  /** @default what `batchIdOf` says of source and settings, so that another start goes on with the same batch */
  readonly batchId?: string;
}

/** What became of a batch. */
export interface CoordinatedResult extends MergeOutput {
  readonly batchId: string;
  /** Chunks that this start had processed. */
  readonly chunksDone: number;
  /** Chunks that an earlier start had committed. */
  readonly chunksKept: number;
  /** Status of the mail; absent where nobody is told. */
  readonly mail?: NotifyOutput['status'];
}

/** Runs batches from split to mail. */
export interface Coordinator {
  /**
   * Runs one batch, or goes on with it: all that is done lies in S3, nothing in the coordinator.
   *
   * @throws the first failure that is not tried again; `run.signal`'s reason
   */
  run(batch: CoordinatedBatch, run?: Partial<RunContext>): Promise<CoordinatedResult>;
}

/**
 * Runs batches without Step Functions: bounded fan-out over workers in this process, Lambda functions or container tasks.
 * Plan, results, merge, report and mail record are those of the state machine, so either can go on with what the other
 * began. One that was killed is started again with the same upload, and does only what no result is committed of.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when made, for a concurrency below 1
 * @example
 * const coordinator = createCoordinator({
 *   store,
 *   locations,
 *   split: inProcess(createSplitHandler({ store, locations })),
 *   process: lambdaFunction({ client: new LambdaClient(), functionName: 'orders-process', concurrency: 20 }),
 *   resolve: inProcess(createResolveHandler({ store, locations })),
 *   merge: inProcess(createMergeHandler({ store, locations })),
 * });
 * const { report } = await coordinator.run({ source: { bucket: 'orders', key: 'input/may.csv' } });
 */
export const createCoordinator = (options: CoordinatorOptions): Coordinator => {
  const { store, locations, split, process, resolve, merge, archive, notify, failure, retry = taskRetry } = options;
  for (const { name, concurrency } of 'run' in process ? [process] : [process.lambda, process.task])
    if (!Number.isSafeInteger(concurrency) || concurrency < 1)
      throw new PipelineConfigError('CONFIG_INVALID', {
        option: `concurrency of ${name}`,
        expected: 'a whole number from 1',
        got: String(concurrency),
      });

  /** The plan of a batch: the one that is there, or a new one, in as many calls as it takes. */
  const planOf = async (input: SplitInput, planNumber: number, run: RunContext): Promise<Planned> => {
    const { manifest } = batchKeys(run.batchId, locations, planNumber);
    const there = await orUndefined(readJson<ManifestFile>(store, manifest, { signal: run.signal }));
    if (there !== undefined) return { manifest, chunks: there.chunks, resumed: true };
    const retried = { name: `s${planNumber}`, retry, run };
    let answer = await callTarget(split, { ...input, planNumber }, retried);
    while (!answer.done) {
      const { cursor } = answer;
      answer = await callTarget(split, { ...input, planNumber, cursor }, retried);
    }
    return { manifest: answer.manifest!, chunks: answer.chunks!, resumed: false };
  };

  const runBatch = async (
    { batchId, source, settings }: Required<CoordinatedBatch>,
    run: RunContext,
  ): Promise<CoordinatedResult> => {
    const startedAt = new Date(run.clock.now()).toISOString();
    const step = <Event, Result>(name: string, target: Target<Event, Result>, event: Event): Promise<Result> =>
      callTarget(target, event, { name, retry, run });

    let [chunksDone, chunksKept] = [0, 0];
    for (let planNumber = 1; ; planNumber++) {
      const { manifest, chunks, resumed } = await planOf({ batchId, source, settings }, planNumber, run);
      const where = { store, locations, targets: process, retry, run, settings, manifest, chunks };
      const { done, kept } = await runChunks({ ...where, planNumber, resumed });
      chunksDone += done;
      chunksKept += kept;
      const { replan } = await step(`r${planNumber}`, resolve, { batchId, manifest });
      if (replan) {
        if (planNumber === 1) continue;
        throw new PipelineMergeError('MERGE_MISMATCH', { reason: 'a plan by full scan was found wrong' });
      }
      // A start that goes on with a batch does not know when that began; its manifest does.
      const begun = resumed || planNumber > 1 ? {} : { startedAt };
      const merged = await step('m', merge, { batchId, manifest, ...begun });
      if (archive !== undefined) await step('a', archive, { batchId, source });
      const told = notify === undefined ? undefined : await step('n', notify, { batchId, report: merged.report });
      run.observe({ type: 'coordinator.done', batchId, chunksDone, chunksKept });
      return { batchId, ...merged, chunksDone, chunksKept, ...(told === undefined ? {} : { mail: told.status }) };
    }
  };

  return {
    async run({ source: given, settings: asked = {}, batchId: named }, parts = {}) {
      const settings = checkSettings(asked);
      const unnamed = createRunContext({ attempt: randomUUID().slice(0, 8), ...parts });
      const source = await pinned(store, given, unnamed);
      const batchId = named ?? batchIdOf({ ...source, config: { settings } });
      const run = { ...unnamed, batchId };
      try {
        return await runBatch({ batchId, source, settings }, run);
      } catch (error) {
        // One that was stopped is started again; it is no failure of the batch.
        if (failure !== undefined && !run.signal.aborted)
          await tellCoordinatedFailure(error, { batchId, source }, { notice: failure, store, locations, run });
        throw error;
      }
    },
  };
};

interface Planned {
  readonly manifest: ObjectRef;
  readonly chunks: ObjectRef;
  /** The plan was there: so may be results. */
  readonly resumed: boolean;
}

const pinned = async (store: ObjectStore, source: ObjectRef, { signal }: RunContext): Promise<ObjectRef> =>
  source.versionId === undefined && source.etag === undefined ? (await store.head(source, { signal })).ref : source;

const orUndefined = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
    throw error;
  }
};
