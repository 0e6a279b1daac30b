import {
  type BatchKeys,
  type BatchLocations,
  type ByteRange,
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
  type RunContext,
  readBytes,
  type SourceEntry,
} from '@pipeline/core';
import type { DialectOptions } from './dialect-options.ts';
import { openManifest, readManifest } from './manifest-reader.ts';
import { planChunks } from './plan-chunks.ts';
import { createPlanWriter } from './plan-writer.ts';
import { checkColumns } from './read-header.ts';
import { openCsv } from './read-object-rows.ts';

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
}

/** Where the batch lies, how large its chunks may be, and what the header must have. */
export interface SplitOptions {
  /** Where the upload lies, and the batch. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Delimiter and quote, which are single bytes. @default { delimiter: ',', quote: '"' } */
  readonly dialect?: DialectOptions;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Most bytes in a chunk, from 1; a longer record stands alone. @default 64 MiB */
  readonly chunkBytes?: number;
  /** Most rows in a chunk, from 1. @default Infinity */
  readonly chunkRows?: number;
  /** Write each chunk as an object with a header of its own, instead of naming a byte range. @default false */
  readonly materialize?: boolean;
  /** Columns that the header must have, by name, and whether it may have others. @default whatever the header says */
  readonly columns?: { readonly required: readonly string[]; readonly extra?: 'allow' | 'refuse' };
  /** From `PipelineDeadlineError.details.cursor`, when one invocation was not enough. @default the beginning */
  readonly resume?: SplitCursor;
  /** `run.batchId` names the batch. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * Splits an object into a manifest of chunks: one pass over its bytes, in constant memory. A batch that has a manifest
 * keeps it, so that a repeated or redriven split can never change the plan under results that are already committed.
 *
 * @throws PipelineSourceError when the object is missing, empty, changed or not readable as CSV;
 * PipelineDeadlineError with `details.cursor` when the run's signal aborts with one after at least one chunk
 * @example
 * const manifest = await split({ bucket: 'inbox', key: 'orders.csv' }, { store, locations });
 */
export const split = async (object: ObjectRef, options: SplitOptions): Promise<ChunkManifest> => {
  const { store, locations, run = createRunContext(), limits = defaultLimits, materialize = false, resume } = options;
  const keys = batchKeys(run.batchId, locations);
  const planned = await readManifest(store, keys.manifest, run);
  if (planned !== undefined) return planned;

  const source = await openCsv(object, { store, run, limits, ...options.dialect });
  const { required = [], extra = 'allow' } = options.columns ?? {};
  checkColumns(source, { required, extra, object: formatRef(object), delimiter: source.dialect.delimiter });
  const usable =
    resume !== undefined && resume.batchId === run.batchId && resume.etag === source.object.etag ? resume : undefined;
  const start = usable?.offset ?? source.header.end;
  const plan = createPlanWriter(store, keys, usable?.segments ?? [], run);
  let next = { offset: start, nextRow: usable?.nextRow ?? 1, nextIndex: usable?.nextIndex ?? 0 };

  const add = async (range: ByteRange, rowCount: number): Promise<void> => {
    const entry: ChunkEntry = {
      index: next.nextIndex,
      kind: 'csv-range',
      source: 0,
      ...range,
      firstRow: next.nextRow,
      rowCount,
    };
    await plan.add(materialize ? await writeChunkObject(store, source, entry, keys, run) : entry);
    next = { offset: range.end, nextRow: next.nextRow + rowCount, nextIndex: next.nextIndex + 1 };
  };
  try {
    if (start < source.sizeBytes) {
      const bytes = store.read(source.object, { range: { start, end: source.sizeBytes }, signal: run.signal });
      const { chunkBytes, chunkRows } = options;
      const chunks = planChunks(bytes, {
        dialect: source.dialect,
        limits,
        offset: start,
        firstRow: next.nextRow,
        ...(chunkBytes === undefined ? {} : { chunkBytes }),
        ...(chunkRows === undefined ? {} : { chunkRows }),
      });
      for await (const chunk of chunks) {
        run.signal.throwIfAborted();
        await add({ start: chunk.start, end: chunk.end }, chunk.rowCount);
      }
    }
    // A file without rows has one empty chunk, which carries the header to the output.
    if (next.nextIndex === 0) await add({ start, end: start }, 0);
  } catch (error) {
    throw await withCursor(
      error,
      async () => ({
        batchId: run.batchId,
        etag: source.object.etag ?? '',
        ...next,
        segments: await plan.flush(),
      }),
      next.offset > start,
    );
  }

  const manifest: ManifestFile = {
    formatVersion,
    batchId: run.batchId,
    revision: 1,
    createdAt: new Date(run.clock.now()).toISOString(),
    sources: [{ ...source, rowCount: next.nextRow - 1 }],
    limits,
    chunkCount: next.nextIndex,
    rowCount: next.nextRow - 1,
    bytes: source.sizeBytes,
    chunks: await plan.close(),
  };
  await store.write(keys.manifest, Buffer.from(`${JSON.stringify(manifest)}\n`), {
    ifAbsent: true,
    contentType: 'application/json',
    signal: run.signal,
  });
  await plan.clean();
  run.observe({ type: 'split.done', batchId: run.batchId, chunks: manifest.chunkCount, rows: manifest.rowCount });
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

const writeChunkObject = async (
  store: ObjectStore,
  source: Omit<SourceEntry, 'rowCount'>,
  entry: ChunkEntry,
  keys: BatchKeys,
  run: RunContext,
): Promise<ChunkEntry> => {
  const head = await readHeaderBytes(store, source, run);
  const target = keys.toProcess(entry.index);
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    if (entry.start < entry.end)
      yield* store.read(source.object, { range: { start: entry.start, end: entry.end }, signal: run.signal });
  };
  await store.write(target, body(), { contentType: 'text/csv', signal: run.signal });
  return { ...entry, kind: 'csv-object', key: target.key, headerBytes: head.length };
};

/** BOM and header as they stand in the source, so that a chunk object is a CSV file of its own. */
const readHeaderBytes = (
  store: ObjectStore,
  source: Omit<SourceEntry, 'rowCount'>,
  run: RunContext,
): Promise<Uint8Array> =>
  readBytes(store, source.object, { range: { start: 0, end: source.header.end }, signal: run.signal });
