import { type ProcessChunkOptions, processChunk, type SplitOptions, split } from '@pipeline/chunker';
import {
  type BatchLocations,
  type ChunkManifest,
  type CsvRecord,
  crc32,
  crc32Hex,
  createRunContext,
  createStage,
  type MultipartRef,
  type ObjectRef,
  type ObjectStore,
  type PartRef,
  PipelineError,
  passThrough,
  type RunContext,
  readBytes,
  rejectRows,
  type Stage,
} from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import type { PlanMergeOptions } from '../src/index.ts';

export const locations: BatchLocations = { work: { bucket: 'work', prefix: 'batches/' } };
export const at = (key: string): ObjectRef => ({ bucket: 'work', key });
export const crcOf = (bytes: Uint8Array): string => crc32Hex(crc32(bytes));
export const textOf = async (store: ObjectStore, ref: ObjectRef): Promise<string> =>
  Buffer.from(await readBytes(store, { bucket: ref.bucket, key: ref.key })).toString();

/** The pipeline's error that some work ends with. */
export const errorOf = async (work: Promise<unknown>): Promise<PipelineError> => {
  try {
    await work;
  } catch (error) {
    if (PipelineError.is(error)) return error;
    throw error;
  }
  throw new Error('it resolved');
};

/** Rows with a column that contains `word` are rejected. */
export const rejecting = (word: string): Stage<CsvRecord, CsvRecord> =>
  createStage((batch) =>
    rejectRows(batch, (index) => {
      const found = Object.entries(batch.rows[index]!).filter(([, value]) => value.includes(word));
      if (found.length === 0) return undefined;
      return found.map(([column, value]) => ({
        code: 'RULE_CUSTOM' as const,
        rule: 'word',
        column,
        value,
        message: 'must not have the word, in any case',
        severity: 'error' as const,
      }));
    }),
  );

export interface TestBatch {
  readonly store: MemoryStore;
  readonly manifest: ChunkManifest;
  readonly run: RunContext;
}

export interface BatchSpec {
  readonly store?: MemoryStore;
  readonly key?: string;
  readonly batchId?: string;
  readonly chunkRows?: number;
  readonly quote?: string;
  readonly stage?: Stage<CsvRecord, unknown>;
  /** How it is split otherwise. */
  readonly splitting?: Partial<SplitOptions>;
  /** How its chunks are processed otherwise. */
  readonly processing?: Partial<ProcessChunkOptions>;
}

/** Splits and processes a file as the pipeline does, up to the merge. */
export const processed = async (source: string | Uint8Array, spec: BatchSpec = {}): Promise<TestBatch> => {
  const { store = memoryStore(), key = 'input/orders.csv', batchId = 'b1', chunkRows, quote, stage } = spec;
  const run = createRunContext({ batchId, attempt: 'a1' });
  await store.write(at(key), Buffer.from(source as string));
  const dialect = quote === undefined ? {} : { dialect: { quote } };
  const byRows = spec.splitting?.chunkBytes === undefined ? { chunkRows: chunkRows ?? 2 } : {};
  const manifest = await split(at(key), { store, locations, run, ...byRows, ...dialect, ...spec.splitting });
  for await (const chunk of manifest.chunks)
    await processChunk(chunk, stage ?? passThrough<CsvRecord>(), { store, locations, run, ...spec.processing });
  return { store, manifest, run };
};

/** Writes pieces and says what a commit would say of them. */
export const writePieces = async (store: ObjectStore, bodies: readonly Uint8Array[]): Promise<PartRef[]> => {
  const parts: PartRef[] = [];
  for (const [index, body] of bodies.entries()) {
    const object = (await store.write(at(`pieces/${index}`), body))!;
    parts.push({ object, bytes: body.length, crc32: crcOf(body), rows: index });
  }
  return parts;
};

/** A memory store whose multipart uploads keep smaller rules than S3's, just as strictly. */
export const scaledStore = (limits: NonNullable<PlanMergeOptions['limits']>): MemoryStore => {
  const store = memoryStore();
  const uploads = new Map<string, Map<number, Uint8Array>>();
  let begun = 0;
  const refuse = (reason: string): never => {
    throw new Error(reason);
  };
  const partsOf = (upload: MultipartRef) => uploads.get(upload.uploadId) ?? refuse('NoSuchUpload');
  return {
    ...store,
    createMultipart: async ({ bucket, key }) => {
      const uploadId = `scaled-${begun++}-${key}`;
      uploads.set(uploadId, new Map());
      return { object: { bucket, key }, uploadId };
    },
    uploadPart: async (upload, partNumber, body) => {
      partsOf(upload).set(partNumber, Uint8Array.from(body));
      return { partNumber, etag: crcOf(body), crc32: crcOf(body) };
    },
    copyPart: async (upload, partNumber, source, range) => {
      const bytes = await readBytes(store, source);
      if (range !== undefined && bytes.length <= limits.minPartBytes) refuse('InvalidRequest');
      const body = range === undefined ? bytes : bytes.subarray(range.start, range.end);
      if (range !== undefined && body.length !== range.end - range.start) refuse('InvalidRange');
      partsOf(upload).set(partNumber, body);
      return { partNumber, etag: crcOf(body), crc32: crcOf(body) };
    },
    listParts: async ({ uploadId }) => {
      const parts = uploads.get(uploadId);
      if (parts === undefined) return undefined;
      return [...parts]
        .sort(([a], [b]) => a - b)
        .map(([partNumber, body]) => ({
          partNumber,
          etag: crcOf(body),
          crc32: crcOf(body),
          sizeBytes: body.length,
        }));
    },
    completeMultipart: async (upload, parts, { ifAbsent = false, crc32: expected } = {}) => {
      const bodies = parts.map(({ partNumber }) => partsOf(upload).get(partNumber) ?? refuse('InvalidPart'));
      if (parts.some(({ partNumber }, index) => partNumber !== index + 1)) refuse('InvalidPartOrder');
      if (parts.length > limits.maxParts) refuse('TooManyParts');
      if (bodies.some((body) => body.length > limits.maxPartBytes)) refuse('EntityTooLarge');
      if (bodies.slice(0, -1).some((body) => body.length < limits.minPartBytes)) refuse('EntityTooSmall');
      const bytes = Buffer.concat(bodies);
      if (expected !== undefined && expected !== crcOf(bytes)) refuse('BadDigest');
      const ref = await store.write(upload.object, bytes, { ifAbsent });
      if (ref !== undefined) uploads.delete(upload.uploadId);
      return ref;
    },
    abortMultipart: async (upload) => {
      uploads.delete(upload.uploadId);
    },
    openUploads: () => uploads.size,
  };
};
