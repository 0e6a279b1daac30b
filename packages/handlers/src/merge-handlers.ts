import { openManifest } from '@pipeline/chunker';
import type { ObjectStore } from '@pipeline/core';
import { type MergeOptions, merge, type ResolveOptions, resolve, type SidecarReducer } from '@pipeline/merge';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { batchStepCheck } from './events/event-checks.mjs';
import type { PipelineLocations } from './locations.ts';
import { progress, type TellBatch } from './observability/batch-events.ts';
import { rejectsOf } from './process-handler.ts';
import type { RejectSink } from './reject-sink.ts';
import { type RenderPage, writePage } from './report/write-page.ts';
import { rememberRun } from './route/duration-history.ts';
import type { BatchStep, MergeOutput, ResolveOutput } from './state.ts';

/** Where the batches lie, and what is reduced beside the issues. */
export interface ResolveHandlerOptions extends HandlerOptions {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** For sidecars of your own. @default [] */
  readonly reducers?: readonly SidecarReducer<never, unknown>[];
  /** Rows that no other row of the batch may repeat; the process handler has the same rules. @default [] */
  readonly unique?: ResolveOptions['unique'];
  /** Bytes that comparing keys may take, from 64 KiB; about half of the function's memory. @default 256 MiB */
  readonly uniqueMemoryBytes?: number;
  /** Where rejects of repeated rows go beside S3, as those of the process handler do. @default nowhere */
  readonly rejectSink?: RejectSink;
  /** Puts `BatchProgress` where other teams see it, once all chunks are processed. @default nowhere */
  readonly tell?: TellBatch;
}

/**
 * The barrier before the merge: every chunk is committed, a sampled plan is proven or found wrong, what spans chunks is
 * reduced. Rows that repeat others are taken out of their chunks.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; PipelineMergeError, PipelineRejectLimitError as `resolve` does
 * @example
 * export const handler = createResolveHandler({ store: s3Store(new S3Client()), locations: oneBucket('orders') });
 */
export const createResolveHandler = (options: ResolveHandlerOptions): PipelineHandler<BatchStep, ResolveOutput> => {
  const { store, locations, reducers = [], unique = [], uniqueMemoryBytes, rejectSink, tell } = options;
  return createCheckedHandler<BatchStep, ResolveOutput>(
    {
      name: 'resolve',
      check: batchStepCheck,
      work: async ({ manifest }, run) => {
        const opened = await openManifest(store, manifest, run);
        const resolution = await resolve(opened, {
          ...{ store, locations, reducers, unique, run },
          ...(uniqueMemoryBytes === undefined ? {} : { uniqueMemoryBytes }),
          ...(rejectSink === undefined
            ? {}
            : {
                onAmended: (result, chunk) =>
                  rejectSink.write(result, rejectsOf(store, result.rejects!.object, run), run, chunk),
              }),
        });
        const { replan } = resolution;
        const { batchId, chunkCount } = opened;
        if (!replan) await tell?.({ ...progress, batchId, step: 'processed', chunkCount }, run);
        return { resolved: !replan, replan, disprovedBy: replan ? resolution.chunk : null };
      },
    },
    options,
  );
};

/** Where the batches lie, and how many rejects a batch may have. */
export interface MergeHandlerOptions extends HandlerOptions, Pick<MergeOptions, 'maxRejectRatio' | 'maxRejects'> {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** Makes `report.html`; `false` for none. @default renderReport, with the memory of this function */
  readonly page?: RenderPage | false;
  /** Remembers how long the chunks took, for a split handler with `routing`. @default false */
  readonly rememberDurations?: boolean;
}

/**
 * Merges, reconciles and reports, for machines (`report.json`) and for people (`report.html`).
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`;
 * PipelineMergeError, PipelineRejectLimitError as `merge` does
 * @example
 * export const handler = createMergeHandler({ store, locations: oneBucket('orders'), maxRejectRatio: 0.1 });
 */
export const createMergeHandler = (options: MergeHandlerOptions): PipelineHandler<BatchStep, MergeOutput> => {
  const { store, locations, maxRejectRatio, maxRejects, page, rememberDurations = false } = options;
  return createCheckedHandler<BatchStep, MergeOutput>(
    {
      name: 'merge',
      check: batchStepCheck,
      work: async ({ manifest, startedAt }, run, { memoryLimitInMB }) => {
        const report = await merge(await openManifest(store, manifest, run), {
          store,
          locations,
          run,
          ...(startedAt === undefined ? {} : { startedAt: Date.parse(startedAt) }),
          ...(maxRejectRatio === undefined ? {} : { maxRejectRatio }),
          ...(maxRejects === undefined ? {} : { maxRejects }),
        });
        // Also when the report was there already: the try that wrote it may have ended before its page.
        if (page !== false) {
          const memoryMb = Number(memoryLimitInMB) || 1024;
          await writePage(report, { store, locations, run, memoryMb, ...(page === undefined ? {} : { page }) });
        }
        if (rememberDurations) await rememberRun(report, { store, work: locations.work, run });
        const { rowsRead, rowsWritten, rowsRejected } = report;
        return { report: report.report, rowsRead, rowsWritten, rowsRejected };
      },
    },
    options,
  );
};
