import { processChunk, type RejectLine } from '@pipeline/chunker';
import {
  type ChunkResult,
  type CsvRecord,
  chunkRef,
  type ManifestFile,
  type ObjectRef,
  type ObjectStore,
  type RunContext,
  readJson,
  readJsonLines,
  type SidecarCollector,
  type Stage,
  type UniqueRule,
} from '@pipeline/core';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { processCheck } from './events/event-checks.mjs';
import type { PipelineLocations } from './locations.ts';
import { isTold, progress, type TellBatch } from './observability/batch-events.ts';
import type { RejectSink } from './reject-sink.ts';
import { outputSettings } from './settings.ts';
import type { ProcessInput, ProcessOutput } from './state.ts';

/** What happens to rows, where they go, and when a chunk fails. */
export interface ProcessHandlerOptions extends HandlerOptions {
  /** What happens to the rows between reading and writing. */
  readonly stage: Stage<CsvRecord, unknown>;
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
  /** Where rejects go beside S3, after their chunk is committed. @default nowhere */
  readonly rejectSink?: RejectSink;
  /** Fails a chunk when more than this share of its rows is rejected, `[0, 1]`. @default 1 */
  readonly maxRejectRatio?: number;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
  /** Gather what spans chunks, for the reducers of the resolve handler. @default [] */
  readonly sidecars?: readonly SidecarCollector[];
  /** Gather the keys of rows that no other row may repeat, for the same rules of the resolve handler. @default [] */
  readonly unique?: readonly UniqueRule[];
  /** Puts `BatchProgress` where other teams see it, for about 20 chunks of a batch. @default nowhere */
  readonly tell?: TellBatch;
}

/**
 * The worker: reads, validates, enriches and writes one chunk, and commits it.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; as `processChunk` does;
 * PipelineDeliveryError `DELIVERY_FAILED` of the reject sink
 * @example
 * export const handler = createProcessHandler({ stage: order, store: s3Store(new S3Client()), locations })
 *   .use(requireTenant()); // any middy middleware
 */
export const createProcessHandler = (options: ProcessHandlerOptions): PipelineHandler<ProcessInput, ProcessOutput> => {
  const { stage, store, locations, rejectSink, maxRejectRatio, batchRows, sidecars = [], unique = [], tell } = options;
  const manifestOf = rememberManifests(store);
  return createCheckedHandler<ProcessInput, ProcessOutput>(
    {
      name: 'process',
      check: processCheck,
      work: async ({ manifest, chunk: entry, settings = {} }, run) => {
        const plan = await manifestOf(manifest, run);
        const chunk = chunkRef(plan, entry);
        const result = await processChunk(chunk, stage, {
          ...outputSettings(settings),
          store,
          locations,
          run,
          sidecars: [...sidecars, ...unique],
          ...(maxRejectRatio === undefined ? {} : { maxRejectRatio }),
          ...(batchRows === undefined ? {} : { batchRows }),
        });
        // From the committed rejects, also when another attempt won: so the sink has what counts, and a retry fills gaps.
        if (rejectSink !== undefined && result.rejects !== undefined)
          await rejectSink.write(result, rejectsOf(store, result.rejects.object, run), run, chunk);
        const { index, batchId } = chunk;
        if (tell !== undefined && isTold(index, plan.chunkCount))
          await tell({ ...progress, batchId, step: 'chunk', chunk: index, chunkCount: plan.chunkCount }, run);
        return summary(result);
      },
    },
    options,
  );
};

const summary = ({ index, rowsRead, rowsRejected }: ChunkResult): ProcessOutput => ({ index, rowsRead, rowsRejected });

/** The rejects of a chunk, as a sink takes them. */
export const rejectsOf = (store: ObjectStore, object: ObjectRef, run: RunContext): AsyncIterable<RejectLine> =>
  readJsonLines<RejectLine>(store, object, { signal: run.signal });

/** A warm worker serves many chunks of few batches: their manifests are read once. */
const rememberManifests = (
  store: ObjectStore,
  most = 4,
): ((ref: ObjectRef, run: RunContext) => Promise<ManifestFile>) => {
  const known = new Map<string, ManifestFile>();
  return async (ref, run) => {
    const id = `${ref.bucket}/${ref.key}`;
    const found = known.get(id) ?? (await readJson<ManifestFile>(store, ref, { signal: run.signal }));
    known.delete(id);
    known.set(id, found);
    if (known.size > most) known.delete(known.keys().next().value!);
    return found;
  };
};
