import { type SplitCursor, type SplitOptions, type SplitOrScan, splitOrScan } from '@pipeline/chunker';
import { type ChunkEntry, type ObjectStore, PipelineError, readJsonLines } from '@pipeline/core';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { splitCheck } from './events/event-checks.mjs';
import type { PipelineLocations } from './locations.ts';
import { progress, type TellBatch } from './observability/batch-events.ts';
import type { RouteLimits } from './route/estimate.ts';
import { createRouter } from './route/router.ts';
import { splitSettings } from './settings.ts';
import type { SplitInput, SplitOutput } from './state.ts';

/** Where the batches lie, and what every split keeps to; settings of a batch go before it. */
export interface SplitHandlerOptions
  extends HandlerOptions,
    Pick<SplitOptions, 'limits' | 'materialize' | 'columns' | 'concurrency' | 'unpack' | 'text' | 'records'> {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /**
   * Writes on each chunk whether a Lambda function or a container task processes it, by how long earlier runs took; for a
   * state machine with `Task`, and a merge handler with `rememberDurations`.
   * @default nothing is written: all chunks go to Lambda
   */
  readonly routing?: RouteLimits;
  /** Puts `BatchProgress` where other teams see it, once the plan is written. @default nowhere */
  readonly tell?: TellBatch;
}

/**
 * The splitter. When time runs short it answers `{ done: false, cursor }`, and the state machine calls it again; for a very
 * large upload that takes a full scan, `{ done: false, scan, cursor }`, and the state machine has its ranges scanned before.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`, PipelineConfigError `CONFIG_INVALID`;
 * PipelineSourceError as `split` does; PipelineDeadlineError `DEADLINE` when time ended before the first chunk
 * @example
 * export const handler = createSplitHandler({ store, locations, columns: { required: ['uuid', 'Country'] } });
 */
export const createSplitHandler = (options: SplitHandlerOptions): PipelineHandler<SplitInput, SplitOutput> => {
  const { log: _, reserveMs: __, run: ___, metrics: ____, tracer: _____, routing, tell, ...always } = options;
  const {
    store,
    locations: { work },
  } = options;
  return createCheckedHandler<SplitInput, SplitOutput>(
    {
      name: 'split',
      check: splitCheck,
      work: async (input, run) => {
        const { source, settings, cursor, planNumber, scanTasks = false } = input;
        const planned = planNumber ?? 1;
        const given = splitSettings(settings);
        try {
          const step = await splitOrScan(source, {
            ...always,
            ...given,
            run,
            planNumber: planned,
            ...(routing === undefined ? {} : { route: await createRouter(input, routing, { store, work, run }) }),
            // An execution whose state machine is older than this can do neither.
            sampling: planNumber !== undefined,
            ...(scanTasks ? {} : { scanTasksFromBytes: Number.POSITIVE_INFINITY }),
            ...(cursor === undefined || cursor === null ? {} : { resume: cursor }),
          });
          const answer = await answerOf(step, planned, options.store, run.signal);
          const { batchId } = input;
          if (answer.done) await tell?.({ ...progress, batchId, step: 'planned', chunkCount: answer.chunkCount }, run);
          return answer;
        } catch (error) {
          const resume =
            PipelineError.is(error) && error.code === 'DEADLINE'
              ? (error.details.cursor as SplitCursor | undefined)
              : undefined;
          if (resume === undefined) throw error;
          return notDone(resume, planned, null);
        }
      },
    },
    options,
  );
};

const answerOf = async (
  step: SplitOrScan,
  planNumber: number,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<SplitOutput> => {
  if ('scan' in step) return notDone(step.cursor, planNumber, step.scan);
  const { object, plan, chunkCount, rowCount } = step.manifest;
  return {
    done: true,
    cursor: null,
    scan: null,
    planNumber,
    manifest: object,
    chunks: plan,
    chunkCount,
    rowCount,
    emptyChunk: rowCount === 0 ? await firstEntry(store, plan, signal) : null,
  };
};

const notDone = (cursor: SplitCursor, planNumber: number, scan: SplitOutput['scan']): SplitOutput => ({
  done: false,
  cursor,
  scan,
  planNumber,
  manifest: null,
  chunks: null,
  chunkCount: cursor.nextIndex,
  rowCount: cursor.nextRow - 1,
  emptyChunk: null,
});

const firstEntry = async (
  store: ObjectStore,
  plan: Parameters<ObjectStore['head']>[0],
  signal: AbortSignal,
): Promise<ChunkEntry | null> => {
  for await (const entry of readJsonLines<ChunkEntry>(store, plan, { signal })) return entry;
  return null;
};
