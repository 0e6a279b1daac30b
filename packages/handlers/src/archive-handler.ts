import { createHash } from 'node:crypto';
import {
  formatRef,
  type ObjectInfo,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  PipelineStorageError,
  type PrefixRef,
  type RunContext,
} from '@pipeline/core';
import { createCheckedHandler, type HandlerOptions, type PipelineHandler } from './create-handler.ts';
import { archiveCheck } from './events/event-checks.mjs';
import type { PipelineLocations } from './locations.ts';
import type { ArchiveInput, ArchiveOutput } from './state.ts';

/** Where originals lie and are kept. */
export interface ArchiveHandlerOptions extends HandlerOptions {
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** Where everything has its place; `oneBucket` gives the usual layout. */
  readonly locations: PipelineLocations;
}

const mostKeyBytes = 1024;

/**
 * The key that an original is kept under: its whole key and its version, so that no two uploads collide. Where that is
 * longer than S3 takes, the SHA-256 of the key stands for it.
 * Limit of a key: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 *
 * @example
 * keptKey({ bucket: 'orders', prefix: 'input_archive/' }, { bucket: 'orders', key: 'input/may.csv', versionId: 'v1' });
 * // { bucket: 'orders', key: 'input_archive/input/may.csv/v1' }
 */
export const keptKey = (place: PrefixRef, source: ObjectRef): ObjectRef => {
  const version = source.versionId ?? (source.etag ?? 'unversioned').replaceAll('"', '');
  const key = `${place.prefix}${source.key}/${version}`;
  if (Buffer.byteLength(key) <= mostKeyBytes) return { bucket: place.bucket, key };
  const hash = createHash('sha256').update(source.key).digest('hex');
  return { bucket: place.bucket, key: `${place.prefix}${hash}/${version}` };
};

/** Copies the pinned original to `target`, unless it is there; proves by size that it arrived. */
export const keepOriginal = async (
  store: ObjectStore,
  source: ObjectRef,
  target: ObjectRef,
  run: RunContext,
): Promise<void> => {
  const there = await headOrUndefined(store, source, run);
  const kept = await headOrUndefined(store, target, run);
  if (there === undefined && kept !== undefined) return; // an earlier try copied and removed it
  if (there === undefined)
    throw new PipelineStorageError('STORAGE_MISMATCH', {
      operation: 'archive',
      object: formatRef(source),
      reason: 'it is gone and no copy of it is kept',
    });
  if (kept === undefined) await store.copy(there.ref, target, { ifAbsent: true, signal: run.signal });
  const copy = await store.head(target, { signal: run.signal });
  if (copy.sizeBytes !== there.sizeBytes)
    throw new PipelineStorageError('STORAGE_MISMATCH', {
      operation: 'archive',
      object: formatRef(target),
      reason: `it has ${copy.sizeBytes} bytes, the original ${there.sizeBytes}`,
    });
};

const headOrUndefined = async (
  store: ObjectStore,
  ref: ObjectRef,
  run: RunContext,
): Promise<ObjectInfo | undefined> => {
  try {
    return await store.head(ref, { signal: run.signal });
  } catch (error) {
    if (PipelineError.is(error) && (error.code === 'SOURCE_NOT_FOUND' || error.code === 'SOURCE_CHANGED'))
      return undefined;
    throw error;
  }
};

/**
 * Moves the original to the archive, after success only: copy, verify, then delete exactly the version that was processed.
 *
 * @throws from a call: PipelineConfigError `EVENT_INVALID`; PipelineStorageError `STORAGE_MISMATCH` when the original is gone,
 * or its copy has another size; as the store does
 * @example
 * export const handler = createArchiveHandler({ store: s3Store(new S3Client()), locations: oneBucket('orders') });
 */
export const createArchiveHandler = (options: ArchiveHandlerOptions): PipelineHandler<ArchiveInput, ArchiveOutput> => {
  const { store, locations } = options;
  return createCheckedHandler<ArchiveInput, ArchiveOutput>(
    {
      name: 'archive',
      check: archiveCheck,
      work: async ({ source }, run) => {
        const archived = keptKey(locations.archive, source);
        await keepOriginal(store, source, archived, run);
        await store.deleteMany([source], { signal: run.signal });
        return { archived };
      },
    },
    options,
  );
};
