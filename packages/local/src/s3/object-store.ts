import type { BlobStore } from './blobs.ts';
import { methodNotAllowed, noSuchBucket, noSuchKey, noSuchVersion, S3Error } from './errors.ts';
import { assertBucketName } from './keys.ts';
import type { Bucket, ObjectContent, StoredObject, Tag, Version } from './model.ts';
import { REGION } from './model.ts';
import { createSortedKeys } from './sorted-keys.ts';
import type { ObjectEvent, ObjectEventName } from './types.ts';
import { assertVersionId, newVersionId } from './version-ids.ts';

/** Who asked for a change; it goes into the event. */
export interface Caller {
  readonly requestId: string;
  readonly sourceIpAddress: string;
}

/** A write, to be committed in one step. */
export interface Commit extends Caller {
  readonly eventName: ObjectEventName;
  readonly content: ObjectContent;
  readonly tags?: readonly Tag[];
  /** Throws when a condition on the current version does not hold. */
  readonly check?: (current: Version | undefined) => void;
}

/** What a delete did. */
export interface DeleteResult {
  readonly versionId?: string;
  readonly deleteMarker: boolean;
}

/** Options of a delete. */
export interface DeleteOptions extends Caller {
  readonly versionId?: string;
  readonly check?: (current: Version | undefined) => void;
}

/** Buckets and versions in memory. Every method is synchronous, so each change is atomic. */
export interface ObjectStore {
  readonly buckets: ReadonlyMap<string, Bucket>;
  now(): number;
  createBucket(name: string, region?: string): Bucket;
  deleteBucket(name: string): void;
  /** Throws `NoSuchBucket`. */
  bucket(name: string): Bucket;
  /** The version to read. Throws `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed`, `InvalidArgument`. */
  find(bucket: Bucket, key: string, versionId: string | undefined, method: string): StoredObject;
  current(bucket: Bucket, key: string): Version | undefined;
  put(bucket: Bucket, key: string, commit: Commit): StoredObject;
  remove(bucket: Bucket, key: string, options: DeleteOptions): DeleteResult;
}

/** Options of {@link createObjectStore}. */
export interface ObjectStoreOptions {
  readonly blobs: BlobStore;
  readonly now: () => number;
  readonly emit: (event: ObjectEvent) => void;
}

/** Makes an empty store. */
export function createObjectStore({ blobs, now, emit }: ObjectStoreOptions): ObjectStore {
  const buckets = new Map<string, Bucket>();
  let lastMs = 0;
  let count = 0;

  /** Time and a counter, so that sequencers rise even where the clock stands still or goes back. */
  const nextSequencer = (): string => {
    const ms = Math.floor(now());
    if (ms > lastMs) {
      lastMs = ms;
      count = 0;
    }
    count++;
    return `${lastMs.toString(16).padStart(12, '0')}${count.toString(16).padStart(6, '0')}`.toUpperCase();
  };

  const announce = (
    bucket: Bucket,
    eventName: ObjectEventName,
    version: { key: string; size: number; etag: string; versionId?: string },
    { requestId, sourceIpAddress }: Caller,
  ): void => {
    for (const upload of bucket.uploads.values()) if (upload.key === version.key) upload.overtaken = true;
    const { versionId, ...rest } = version;
    emit({
      eventName,
      bucket: bucket.name,
      ...rest,
      ...(versionId === undefined || bucket.versioning === undefined ? {} : { versionId }),
      sequencer: nextSequencer(),
      eventTime: new Date(now()).toISOString(),
      region: bucket.region,
      requestId,
      sourceIpAddress,
    });
  };

  const drop = (version: Version): void => {
    if (version.kind === 'object') blobs.release(version.segments);
  };

  /** Puts a version on top; where versioning is not enabled it takes the place of the `null` version. */
  const push = (bucket: Bucket, version: Version): void => {
    const list = bucket.versions.get(version.key);
    if (list === undefined) {
      bucket.versions.set(version.key, [version]);
      bucket.order.add(version.key);
      return;
    }
    if (version.versionId === 'null') {
      const at = list.findIndex((v) => v.versionId === 'null');
      if (at >= 0) drop(list.splice(at, 1)[0] as Version);
    }
    list.unshift(version);
  };

  const store: ObjectStore = {
    buckets,
    now,
    createBucket(name, region = REGION) {
      assertBucketName(name);
      const bucket: Bucket = {
        name,
        createdMs: now(),
        region,
        versions: new Map(),
        order: createSortedKeys(),
        uploads: new Map(),
        completed: new Map(),
      };
      buckets.set(name, bucket);
      return bucket;
    },
    deleteBucket(name) {
      const bucket = store.bucket(name);
      if (bucket.versions.size > 0) {
        const all = bucket.versioning === undefined ? '' : '. You must delete all versions in the bucket.';
        throw new S3Error(409, 'BucketNotEmpty', `The bucket you tried to delete is not empty${all}`, {
          fields: { BucketName: name },
        });
      }
      for (const upload of bucket.uploads.values()) {
        for (const part of upload.parts.values()) blobs.release(part.segments);
      }
      buckets.delete(name);
    },
    bucket(name) {
      const bucket = buckets.get(name);
      if (bucket === undefined) {
        throw noSuchBucket(name);
      }
      return bucket;
    },
    current: (bucket, key) => bucket.versions.get(key)?.[0],
    find(bucket, key, versionId, method) {
      if (versionId === undefined) {
        const current = store.current(bucket, key);
        if (current?.kind === 'object') return current;
        throw noSuchKey(
          key,
          current === undefined ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': current.versionId },
        );
      }
      assertVersionId(versionId);
      const version = bucket.versions.get(key)?.find((v) => v.versionId === versionId);
      if (version === undefined) throw noSuchVersion(key, versionId);
      if (version.kind === 'marker') {
        throw methodNotAllowed(method, 'DeleteMarker', {
          allow: 'DELETE',
          'x-amz-delete-marker': 'true',
          'x-amz-version-id': versionId,
          'last-modified': new Date(version.modifiedMs).toUTCString(),
        });
      }
      return version;
    },
    put(bucket, key, { eventName, content, tags = [], check, ...caller }) {
      check?.(store.current(bucket, key));
      const object: StoredObject = {
        kind: 'object',
        key,
        versionId: bucket.versioning === 'Enabled' ? newVersionId() : 'null',
        modifiedMs: now(),
        tags,
        ...content,
      };
      push(bucket, object);
      announce(bucket, eventName, summary(object), caller);
      return object;
    },
    remove(bucket, key, { versionId, check, ...caller }) {
      check?.(store.current(bucket, key));
      const list = bucket.versions.get(key);
      if (versionId === undefined && bucket.versioning !== undefined) {
        const marker: Version = {
          kind: 'marker',
          key,
          versionId: bucket.versioning === 'Enabled' ? newVersionId() : 'null',
          modifiedMs: now(),
        };
        push(bucket, marker);
        announce(
          bucket,
          'ObjectRemoved:DeleteMarkerCreated',
          { key, size: 0, etag: '', versionId: marker.versionId },
          caller,
        );
        return { versionId: marker.versionId, deleteMarker: true };
      }
      const wanted = versionId ?? 'null';
      const at = list?.findIndex((v) => v.versionId === wanted) ?? -1;
      const shown = versionId === undefined ? {} : { versionId };
      if (list === undefined || at < 0) return { ...shown, deleteMarker: false };
      const [gone] = list.splice(at, 1) as [Version];
      if (list.length === 0) bucket.versions.delete(key);
      drop(gone);
      announce(bucket, 'ObjectRemoved:Delete', { key, size: 0, etag: '', versionId: gone.versionId }, caller);
      return { ...shown, deleteMarker: gone.kind === 'marker' };
    },
  };
  return store;
}

const summary = ({ key, size, etag, versionId }: StoredObject) => ({ key, size, etag, versionId });
