import {
  type BatchKeys,
  type BatchLocations,
  batchKeys,
  type ChunkEntry,
  type ChunkManifest,
  type CsvLimits,
  createRunContext,
  defaultLimits,
  formatRef,
  formatVersion,
  type ManifestFile,
  type ObjectRef,
  type ObjectStore,
  PipelineDeadlineError,
  PipelineError,
  type PlanMode,
  type RunContext,
} from '@pipeline/core';
import { choosePlan } from './plan/choose-plan.ts';
import { type ChunkSizeOptions, chunkBounds } from './plan/chunk-bounds.ts';
import { openManifest, readManifest } from './plan/manifest-reader.ts';
import { planEntries } from './plan/plan-entries.ts';
import { createPlanWriter } from './plan/plan-writer.ts';
import type { RangeScan } from './plan/range-scan.ts';
import { checkColumns } from './source/check-columns.ts';
import type { DialectOptions } from './source/dialect-options.ts';
import { type OpenedSource, openCsv } from './source/open-source.ts';
import type { SourceOptions } from './source/source-options.ts';

/** Where an interrupted split goes on: behind the last whole chunk. */
export interface SplitCursor {
  readonly batchId: string;
  /** Of the source: other bytes are split from the beginning. */
  readonly etag: string;
  /** Byte of the source behind the last planned chunk. */
  readonly offset: number;
  /** 1-based data row of the next chunk. */
  readonly nextRow: number;
  /** Index of the next chunk. */
  readonly nextIndex: number;
  /** Names of the plan's segments that are written so far, in order. */
  readonly segments: readonly string[];
  /** The source's ranges are scanned by tasks (`splitOrScan`), so what follows is made of their scans. @default false */
  readonly scanned?: boolean;
}

/** Where the batch lies, how large its chunks may be, and what the header must have. */
export interface SplitOptions extends ChunkSizeOptions, SourceOptions {
  /** Where the upload lies, and the batch. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Special characters; see `CsvDialect`. @default { delimiter: ',', quote: '"' } */
  readonly dialect?: DialectOptions;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /**
   * How borders are found. A sampled plan is a guess until `resolve` has seen the proofs of all chunks; it says when to split
   * again with `planNumber: 2`. @default by size: in one pass, from 512 MiB on from samples
   */
  readonly plan?: PlanMode;
  /** False where nobody could plan again after a sampled plan that was wrong. @default true */
  readonly sampling?: boolean;
  /** Ranges or samples that are read at once, from 1. @default 8 */
  readonly concurrency?: number;
  /** 2 makes the plan that takes the place of a sampled one that was wrong. @default 1 */
  readonly planNumber?: number;
  /**
   * Write each chunk as an object with a header of its own, instead of naming a byte range.
   * @default false, but true for a packed source, which has no ranges
   */
  readonly materialize?: boolean;
  /** Columns that the header must have, by name, and whether it may have others. @default whatever the header says */
  readonly columns?: { readonly required: readonly string[]; readonly extra?: 'allow' | 'refuse' };
  /** Says where a chunk is processed, which its line of the plan tells then. @default nothing is said */
  readonly route?: (chunk: ChunkEntry) => ChunkEntry['route'];
  /** From `PipelineDeadlineError.details.cursor`, when one invocation was not enough. @default the beginning */
  readonly resume?: SplitCursor;
  /** `run.batchId` names the batch. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * Splits an object into a manifest of chunks, in constant memory: in one pass over its bytes, from samples, or by ranges
 * side by side. A batch that has a manifest keeps it, so that a repeated or redriven split can never change the plan under
 * results that are already committed.
 *
 * @throws PipelineSourceError when the object is missing, empty, changed or not readable as CSV; PipelineConfigError
 * `CONFIG_INVALID`; PipelineDeadlineError with `details.cursor` when the run's signal aborts with one after at least one chunk
 * @example
 * const manifest = await split({ bucket: 'inbox', key: 'orders.csv' }, { store, locations });
 */
export const split = async (object: ObjectRef, options: SplitOptions): Promise<ChunkManifest> => {
  const opened = await openSplit(object, options);
  return 'planned' in opened ? opened.planned : writePlan(opened, options);
};

/** A source that is open, and how it will be planned. */
export interface OpenedSplit {
  readonly source: OpenedSource;
  readonly keys: BatchKeys;
  readonly planMode: PlanMode;
  /** Length of the source behind its header. */
  readonly dataBytes: number;
  /** Where to go on: a cursor of this batch and these bytes. */
  readonly resume: SplitCursor | undefined;
}

/** Everything of a split before its first chunk; a batch that has a manifest keeps it. */
export const openSplit = async (
  object: ObjectRef,
  options: SplitOptions,
): Promise<OpenedSplit | { readonly planned: ChunkManifest }> => {
  const { store, locations, run = createRunContext(), limits = defaultLimits, planNumber = 1, resume } = options;
  const keys = batchKeys(run.batchId, locations, planNumber);
  const planned = await readManifest(store, keys.manifest, run);
  if (planned !== undefined) return { planned };

  const source = await openCsv(object, { ...options, store, run, limits, ...options.dialect });
  const { required = [], extra = 'allow' } = options.columns ?? {};
  checkColumns(source, { required, extra, object: formatRef(object), delimiter: source.dialect.delimiter });
  const dataBytes = source.sizeBytes - source.header.end;
  const bounds = chunkBounds(options, { dataBytes, maxRecordBytes: limits.maxRecordBytes });
  const planMode = choosePlan({
    plan: options.plan,
    dataBytes,
    byRows: bounds.by === 'rows',
    fromFront: source.compression !== undefined || source.reader === 'csv-parse' || options.materialize === true,
    again: planNumber > 1 || options.sampling === false,
  });
  const usable = resume !== undefined && resume.batchId === run.batchId && resume.etag === source.object.etag;
  return { source, keys, planMode, dataBytes, resume: usable ? resume : undefined };
};

/**
 * Plans an opened source and writes the plan, then the manifest.
 *
 * @param options - with `scans`, those of all ranges of the source, in order, which a parallel plan is then made of
 */
export const writePlan = async (
  { source, keys, planMode, resume }: OpenedSplit,
  options: SplitOptions & { readonly scans?: AsyncIterable<RangeScan> },
): Promise<ChunkManifest> => {
  const { store, run = createRunContext(), limits = defaultLimits, planNumber = 1 } = options;
  const start = resume?.offset ?? source.header.end;
  const plan = createPlanWriter(store, keys, resume?.segments ?? [], run);
  let next = { offset: start, nextRow: resume?.nextRow ?? 1, nextIndex: resume?.nextIndex ?? 0 };

  const add = async (entry: ChunkEntry): Promise<void> => {
    const route = options.route?.(entry);
    await plan.add(route === undefined ? entry : { ...entry, route });
    next = { offset: entry.end, nextRow: next.nextRow + (entry.rowCount ?? 0), nextIndex: entry.index + 1 };
  };
  try {
    for await (const entry of planEntries(source, { ...options, limits, run, keys, planMode, from: next })) {
      run.signal.throwIfAborted();
      await add(entry);
    }
    // A file without rows has one empty chunk, which carries the header to the output.
    if (next.nextIndex === 0)
      await add({ index: 0, kind: 'csv-range', source: 0, start, end: start, firstRow: 1, rowCount: 0 });
  } catch (error) {
    throw await withCursor(
      error,
      async () => ({
        batchId: run.batchId,
        etag: source.object.etag ?? '',
        ...next,
        segments: await plan.flush(),
        ...(resume?.scanned === true ? { scanned: true } : {}),
      }),
      next.offset > start,
    );
  }

  const rowCount = planMode === 'sampled' ? null : next.nextRow - 1;
  // Only now is it known how much a packed source unpacks to.
  const sizeBytes = source.compression === undefined ? source.sizeBytes : next.offset;
  const manifest: ManifestFile = {
    formatVersion,
    batchId: run.batchId,
    revision: 1,
    createdAt: new Date(run.clock.now()).toISOString(),
    sources: [{ ...source, sizeBytes, rowCount }],
    limits,
    planMode,
    ...(planNumber === 1 ? {} : { planNumber }),
    chunkCount: next.nextIndex,
    rowCount,
    bytes: sizeBytes,
    chunks: await plan.close(),
  };
  await store.write(keys.manifest, Buffer.from(`${JSON.stringify(manifest)}\n`), {
    ifAbsent: true,
    contentType: 'application/json',
    signal: run.signal,
  });
  await plan.clean();
  run.observe({
    type: 'split.done',
    batchId: run.batchId,
    chunks: manifest.chunkCount,
    rows: manifest.rowCount,
    plan: planMode,
  });
  return openManifest(store, keys.manifest, run);
};

/** Turns a deadline into one that says where to go on. Without progress there is nothing to go on from. */
const withCursor = async (
  error: unknown,
  cursorOf: () => Promise<SplitCursor>,
  progress: boolean,
): Promise<unknown> => {
  if (!progress || !PipelineError.is(error) || error.code !== 'DEADLINE') return error;
  return new PipelineDeadlineError('DEADLINE', { work: 'split', cursor: await cursorOf() }, { cause: error });
};
