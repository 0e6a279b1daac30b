import { createHash } from 'node:crypto';
import { crc32, crc32Hex } from './crc32.ts';
import { PipelineSourceError, PipelineStorageError } from './errors.ts';
import { formatRef, type ObjectRef } from './refs.ts';
import {
  type MultipartRef,
  type ObjectInfo,
  type ObjectStore,
  type StoreLimits,
  storeLimits,
  type UploadedPart,
  type WriteOptions,
} from './store.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

interface OpenUpload {
  readonly options: Omit<WriteOptions, 'ifAbsent' | 'ifMatch'>;
  readonly parts: Map<number, Uint8Array>;
}

/** What tests ask of a memory store beside `ObjectStore`. */
export interface MemoryStore extends ObjectStore {
  /** All keys, as `bucket/key`, in order. */
  keys(): readonly string[];
  /** Multipart uploads that are neither completed nor aborted. */
  openUploads(): number;
}

const idOf = (ref: Pick<ObjectRef, 'bucket' | 'key'>): string => `${ref.bucket}/${ref.key}`;
/** S3 lists in the order of UTF-8 bytes, which is not that of JavaScript's code units. */
const inByteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const etagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

/**
 * An object store in memory, with S3's conditions and part rules: for tests and small jobs. Limits of its own make
 * multipart uploads of what would be far too small for them.
 *
 * @param options.limits - how large parts and objects may be. @default storeLimits
 * @example
 * const store = memoryStore();
 * await store.write({ bucket: 'inbox', key: 'orders.csv' }, Buffer.from('id\n1\n'));
 */
export const memoryStore = ({ limits = storeLimits }: { readonly limits?: StoreLimits } = {}): MemoryStore => {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, OpenUpload>();
  let nextUpload = 1;

  const get = (ref: ObjectRef): StoredObject => {
    const stored = objects.get(idOf(ref));
    if (stored === undefined) throw new PipelineSourceError('SOURCE_NOT_FOUND', { object: formatRef(ref) });
    if (ref.etag !== undefined && ref.etag !== stored.etag)
      throw new PipelineSourceError('SOURCE_CHANGED', { object: formatRef(ref) });
    return stored;
  };
  const put = (ref: ObjectRef, bytes: Uint8Array, options: WriteOptions): ObjectRef | undefined => {
    const before = objects.get(idOf(ref));
    if (options.ifAbsent === true && before !== undefined) return undefined;
    if (options.ifMatch !== undefined && before?.etag !== options.ifMatch) return undefined;
    const etag = etagOf(bytes);
    objects.set(idOf(ref), {
      bytes,
      etag,
      metadata: options.metadata ?? {},
      ...(options.contentType === undefined ? {} : { contentType: options.contentType }),
    });
    return { bucket: ref.bucket, key: ref.key, etag };
  };
  const infoOf = (ref: Pick<ObjectRef, 'bucket' | 'key'>, stored: StoredObject): ObjectInfo => ({
    ref: { bucket: ref.bucket, key: ref.key, etag: stored.etag },
    sizeBytes: stored.bytes.length,
    metadata: stored.metadata,
    crc32: crc32Hex(crc32(stored.bytes)),
    ...(stored.contentType === undefined ? {} : { contentType: stored.contentType }),
  });
  const uploadOf = (upload: MultipartRef): OpenUpload => {
    const open = uploads.get(upload.uploadId);
    if (open === undefined)
      throw new PipelineStorageError('STORAGE_FAILED', {
        operation: 'multipart',
        object: formatRef(upload.object),
        tries: 1,
        reason: 'NoSuchUpload',
      });
    return open;
  };
  const addPart = (upload: MultipartRef, partNumber: number, bytes: Uint8Array): UploadedPart => {
    if (bytes.length > limits.maxPartBytes) throw refused('upload part', upload.object, 'EntityTooLarge');
    if (partNumber < 1 || partNumber > limits.maxParts) throw refused('upload part', upload.object, 'InvalidArgument');
    uploadOf(upload).parts.set(partNumber, bytes);
    return partOf(partNumber, bytes);
  };

  return {
    ...(limits === storeLimits ? {} : { limits }),
    async head(ref, { signal } = {}) {
      signal?.throwIfAborted();
      return infoOf(ref, get(ref));
    },
    async *read(ref, { range, signal } = {}) {
      signal?.throwIfAborted();
      const { bytes } = get(ref);
      const end = range?.end ?? bytes.length;
      if (end > bytes.length && end > (range?.start ?? 0))
        throw new PipelineStorageError('STORAGE_MISMATCH', {
          operation: 'read',
          object: formatRef(ref),
          reason: `the range ends at ${end}, the object at ${bytes.length}`,
        });
      for (let from = range?.start ?? 0; from < end; from += 64 * 1024) {
        signal?.throwIfAborted();
        yield bytes.subarray(from, Math.min(end, from + 64 * 1024));
      }
    },
    async write(ref, body, options = {}) {
      options.signal?.throwIfAborted();
      if (body instanceof Uint8Array) return put(ref, Uint8Array.from(body), options);
      const pieces: Uint8Array[] = [];
      for await (const piece of body) {
        options.signal?.throwIfAborted();
        pieces.push(Uint8Array.from(piece));
      }
      return put(ref, Uint8Array.from(Buffer.concat(pieces)), options);
    },
    async copy(source, target, options = {}) {
      options.signal?.throwIfAborted();
      const stored = get(source);
      return put(target, stored.bytes, { ...stored, ...options });
    },
    async deleteMany(refs, { signal } = {}) {
      signal?.throwIfAborted();
      for (const ref of refs) {
        if (ref.etag === undefined || objects.get(idOf(ref))?.etag === ref.etag) objects.delete(idOf(ref));
      }
    },
    async *list(bucket, prefix, { signal } = {}) {
      signal?.throwIfAborted();
      const ids = [...objects.keys()].filter((id) => id.startsWith(`${bucket}/${prefix}`)).sort(inByteOrder);
      for (const id of ids) {
        signal?.throwIfAborted();
        const stored = objects.get(id);
        if (stored !== undefined) yield infoOf({ bucket, key: id.slice(bucket.length + 1) }, stored);
      }
    },
    async createMultipart(target, options = {}) {
      options.signal?.throwIfAborted();
      const uploadId = `upload-${nextUpload++}`;
      uploads.set(uploadId, { options, parts: new Map() });
      return { object: { bucket: target.bucket, key: target.key }, uploadId };
    },
    async uploadPart(upload, partNumber, body, { signal, crc32: expected } = {}) {
      signal?.throwIfAborted();
      if (expected !== undefined && expected !== crc32Hex(crc32(body)))
        throw refused('upload part', upload.object, 'BadDigest');
      return addPart(upload, partNumber, Uint8Array.from(body));
    },
    async copyPart(upload, partNumber, source, range, { signal } = {}) {
      signal?.throwIfAborted();
      const { bytes } = get(source);
      return addPart(upload, partNumber, bytes.subarray(range?.start ?? 0, range?.end ?? bytes.length));
    },
    async listParts(upload, { signal } = {}) {
      signal?.throwIfAborted();
      const open = uploads.get(upload.uploadId);
      if (open === undefined) return undefined;
      return [...open.parts]
        .sort(([a], [b]) => a - b)
        .map(([partNumber, bytes]) => ({ ...partOf(partNumber, bytes), sizeBytes: bytes.length }));
    },
    async completeMultipart(upload, parts, { ifAbsent, ifMatch, crc32: expected, signal } = {}) {
      signal?.throwIfAborted();
      const open = uploadOf(upload);
      const refuse = (reason: string): PipelineStorageError => refused('complete', upload.object, reason);
      if (parts.length === 0) throw refuse('MalformedXML');
      if (parts.some(({ partNumber }, i) => i > 0 && partNumber <= parts[i - 1]!.partNumber))
        throw refuse('InvalidPartOrder');
      const bodies = parts.map(({ partNumber, etag }) => {
        const body = open.parts.get(partNumber);
        if (body === undefined || etagOf(body) !== etag) throw refuse('InvalidPart');
        return body;
      });
      if (bodies.slice(0, -1).some((body) => body.length < limits.minPartBytes)) throw refuse('EntityTooSmall');
      const bytes = Uint8Array.from(Buffer.concat(bodies));
      if (expected !== undefined && expected !== crc32Hex(crc32(bytes))) throw refuse('BadDigest');
      const ref = put(upload.object, bytes, {
        ...open.options,
        ...(ifAbsent === undefined ? {} : { ifAbsent }),
        ...(ifMatch === undefined ? {} : { ifMatch }),
      });
      if (ref !== undefined) uploads.delete(upload.uploadId);
      return ref;
    },
    async abortMultipart(upload) {
      uploads.delete(upload.uploadId);
    },
    keys: () => [...objects.keys()].sort(),
    openUploads: () => uploads.size,
  };
};

const refused = (operation: string, object: ObjectRef, reason: string): PipelineStorageError =>
  new PipelineStorageError('STORAGE_FAILED', { operation, object: formatRef(object), tries: 1, reason });

const partOf = (partNumber: number, bytes: Uint8Array): UploadedPart => ({
  partNumber,
  etag: etagOf(bytes),
  crc32: crc32Hex(crc32(bytes)),
});
