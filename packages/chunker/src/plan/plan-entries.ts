import {
  type BatchKeys,
  type ChunkEntry,
  type CsvLimits,
  type ObjectStore,
  type PlanMode,
  type RunContext,
  readBytes,
} from '@pipeline/core';
import type { UnpackLimits } from '../compression/unpack-limits.ts';
import type { OpenedSource } from '../source/open-source.ts';
import { sourceBytes } from '../source/source-bytes.ts';
import type { ChunkSizeOptions } from './chunk-bounds.ts';
import type { PlannedChunk } from './chunk-cutter.ts';
import { headOf, objectEntry, writeChunkObjects } from './chunk-objects.ts';
import { planChunks } from './plan-chunks.ts';
import { type OpenRange, planParallel, planRanges, type RangePlan } from './plan-parallel.ts';
import { planSampled } from './plan-sampled.ts';
import type { RangeScan } from './range-scan.ts';

/** How the lines of a plan come about. */
export interface PlanEntriesOptions extends ChunkSizeOptions {
  readonly store: ObjectStore;
  readonly keys: BatchKeys;
  readonly limits: CsvLimits;
  readonly run: RunContext;
  readonly planMode: PlanMode;
  readonly materialize?: boolean;
  readonly unpack?: UnpackLimits;
  readonly concurrency?: number;
  /** Of all ranges, in order, in place of scanning them here. */
  readonly scans?: AsyncIterable<RangeScan>;
  /** The first chunk: where it begins, its data row and its index. */
  readonly from: { readonly offset: number; readonly nextRow: number; readonly nextIndex: number };
}

/** The lines of a plan, in order, from a place in the source on. */
export async function* planEntries(source: OpenedSource, options: PlanEntriesOptions): AsyncGenerator<ChunkEntry> {
  const { from, planMode, materialize = source.compression !== undefined } = options;
  let index = from.nextIndex;
  if (materialize) {
    for await (const chunk of chunkObjects(source, options)) yield objectEntry(chunk, index++);
    return;
  }
  if (from.offset >= source.sizeBytes) return;
  const range = { kind: 'csv-range', source: 0 } as const;
  if (planMode === 'sampled') {
    for await (const chunk of sampledChunks(source, options))
      yield { index: index++, ...range, ...chunk, firstRow: null, rowCount: null };
    return;
  }
  for await (const chunk of fullScan(source, options)) yield { index: index++, ...range, ...chunk };
}

const fullScan = (source: OpenedSource, options: PlanEntriesOptions): AsyncIterable<PlannedChunk> => {
  const { planMode, scans } = options;
  if (planMode !== 'parallel') return passChunks(source, options);
  return scans === undefined ? parallelChunks(source, options) : scannedChunks(source, scans, options);
};

/** What all ways of planning are told. */
const planOptions = (
  source: OpenedSource,
  { limits, from, ...sizes }: Pick<PlanEntriesOptions, 'limits' | 'from' | keyof ChunkSizeOptions>,
) => ({
  chunkBytes: sizes.chunkBytes,
  chunkRows: sizes.chunkRows,
  chunkCount: sizes.chunkCount,
  auto: sizes.auto,
  dialect: source.dialect,
  limits,
  encoding: source.encoding,
  offset: from.offset,
  gridStart: source.header.end,
  sourceEnd: source.sizeBytes,
  firstRow: from.nextRow,
});

const passChunks = (source: OpenedSource, options: PlanEntriesOptions) => {
  const range = { start: options.from.offset, end: source.sizeBytes };
  return planChunks(sourceBytes(options.store, source, range, options), planOptions(source, options));
};

const opener =
  (source: OpenedSource, { store, run }: Pick<PlanEntriesOptions, 'store' | 'run'>): OpenRange =>
  (start, end) =>
    store.read(source.object, { range: { start, end }, signal: run.signal });

const parallelChunks = (source: OpenedSource, options: PlanEntriesOptions) => {
  const { concurrency } = options;
  return planParallel(opener(source, options), {
    ...planOptions(source, options),
    ...(concurrency === undefined ? {} : { concurrency }),
  });
};

/** The ranges of a whole source, and what makes the plan of their scans. */
export const sourceRanges = (
  source: OpenedSource,
  options: Pick<PlanEntriesOptions, 'store' | 'run' | 'limits' | keyof ChunkSizeOptions>,
): RangePlan => {
  const from = { offset: source.header.end, nextRow: 1, nextIndex: 0 };
  return planRanges(opener(source, options), planOptions(source, { ...options, from }));
};

/** Scans know nothing of where an earlier call stopped, but they are soon read: its chunks are passed over. */
async function* scannedChunks(source: OpenedSource, scans: AsyncIterable<RangeScan>, options: PlanEntriesOptions) {
  let index = 0;
  for await (const chunk of sourceRanges(source, options).reduce(scans))
    if (index++ >= options.from.nextIndex) yield chunk;
}

const sampledChunks = (source: OpenedSource, options: PlanEntriesOptions) => {
  const { store, run, concurrency, from } = options;
  return planSampled((start, end) => readBytes(store, source.object, { range: { start, end }, signal: run.signal }), {
    ...planOptions(source, options),
    fields: source.columns.length + source.strippedColumns,
    start: from.offset,
    ...(concurrency === undefined ? {} : { concurrency }),
  });
};

async function* chunkObjects(source: OpenedSource, options: PlanEntriesOptions) {
  const { store, keys, run, from } = options;
  const bytes = (offset: number): AsyncIterable<Uint8Array> =>
    sourceBytes(store, source, { start: offset, end: source.sizeBytes }, options);
  const head = await headOf(store, source, () => bytes(0), run);
  // S3 knows no empty range.
  const rest = source.compression === undefined && from.offset >= source.sizeBytes ? nothing() : bytes(from.offset);
  yield* writeChunkObjects(rest, head, {
    store,
    keys,
    firstIndex: from.nextIndex,
    plan: planOptions(source, options),
    run,
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
