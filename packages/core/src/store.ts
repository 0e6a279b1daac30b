import type { ByteRange, ObjectRef } from './refs.ts';

/** What every call to a store takes. */
export interface StoreCallOptions {
  /** Ends the call. @default none */
  readonly signal?: AbortSignal;
}

/** What a store tells of an object without reading it. */
export interface ObjectInfo {
  /** Pinned: with etag, and versionId in a versioned bucket. */
  readonly ref: ObjectRef;
  readonly sizeBytes: number;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** CRC-32 of the whole object, 8 hex digits, where the store keeps one. */
  readonly crc32?: string;
}

/** Under which condition an object is written, and with which headers. */
export interface WriteOptions extends StoreCallOptions {
  /** Write only if nothing is there: the call answers `undefined` instead of a ref if something is. @default false */
  readonly ifAbsent?: boolean;
  /** Write only over this etag: the call answers `undefined` if it is not there. @default no condition */
  readonly ifMatch?: string;
  /** The object's `Content-Type`. @default the store's own */
  readonly contentType?: string;
  /** User metadata, by lower-case name. @default {} */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A multipart upload that has begun. */
export interface MultipartRef {
  readonly object: ObjectRef;
  readonly uploadId: string;
}

/** A part of a multipart upload that has arrived. */
export interface UploadedPart {
  /** From 1 to 10,000. */
  readonly partNumber: number;
  readonly etag: string;
  /** CRC-32 of the part where the store tells it, 8 hex digits. */
  readonly crc32?: string;
}

/** A part that a store has, with its length. */
export interface ListedPart extends UploadedPart {
  readonly sizeBytes: number;
}

/** How large parts and objects may be, in bytes and counts. */
export interface StoreLimits {
  /** Least size of every part but the last. */
  readonly minPartBytes: number;
  readonly maxPartBytes: number;
  /** Most parts of an upload. */
  readonly maxParts: number;
  readonly maxObjectBytes: number;
}

/**
 * What the pipeline asks of an object store. Refs that carry `versionId` or `etag` are read as exactly those bytes:
 * `SOURCE_CHANGED` otherwise. Planners plan, the store executes.
 */
export interface ObjectStore {
  /** What it takes, where that is not what S3 does; parts are made to fit. @default storeLimits */
  readonly limits?: StoreLimits;
  /** @throws PipelineSourceError `SOURCE_NOT_FOUND`, `SOURCE_CHANGED`, `SOURCE_FORBIDDEN` */
  head(ref: ObjectRef, options?: StoreCallOptions): Promise<ObjectInfo>;
  /** Opens on first pull, resumes after a break, closes the body on every exit. The pieces are only valid until the next pull. */
  read(ref: ObjectRef, options?: StoreCallOptions & { readonly range?: ByteRange }): AsyncIterable<Uint8Array>;
  /** Writes an object, in parts where it is large; nothing appears, and nothing is left over, unless all of it was written. */
  write(
    ref: ObjectRef,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<ObjectRef | undefined>;
  /** Copies on the server, in parts above 5 GiB; answers `undefined` when a condition does not hold. */
  copy(source: ObjectRef, target: ObjectRef, options?: WriteOptions): Promise<ObjectRef | undefined>;
  /**
   * Deletes many objects: exactly the pinned version or bytes where a ref is pinned. Those that do not exist, or that
   * were replaced by others, count as deleted.
   */
  deleteMany(refs: readonly ObjectRef[], options?: StoreCallOptions): Promise<void>;
  /** Objects below a prefix in key order. For clean-up and people; results are found by plan, never by listing. */
  list(bucket: string, prefix: string, options?: StoreCallOptions): AsyncIterable<ObjectInfo>;
  /** Begins a multipart upload; it costs storage until it is completed or aborted. */
  createMultipart(target: ObjectRef, options?: Omit<WriteOptions, 'ifAbsent' | 'ifMatch'>): Promise<MultipartRef>;
  /**
   * Sends one part, numbered from 1; at least 5 MiB unless it is the last. The body is the caller's again once it has
   * ended. The store checks what arrives against `crc32`, or against one that it computes.
   */
  uploadPart(
    upload: MultipartRef,
    partNumber: number,
    body: Uint8Array,
    options?: StoreCallOptions & { readonly crc32?: string },
  ): Promise<UploadedPart>;
  /** Server-side: a part from (a range of) an object. */
  copyPart(
    upload: MultipartRef,
    partNumber: number,
    source: ObjectRef,
    range: ByteRange | undefined,
    options?: StoreCallOptions,
  ): Promise<UploadedPart>;
  /** The parts that have arrived, in their order; `undefined` for an upload that was completed, aborted or never begun. */
  listParts(upload: MultipartRef, options?: StoreCallOptions): Promise<readonly ListedPart[] | undefined>;
  /** Answers `undefined` when `ifAbsent` or `ifMatch` does not hold. `crc32` is checked by the store against what it has. */
  completeMultipart(
    upload: MultipartRef,
    parts: readonly UploadedPart[],
    options?: StoreCallOptions & Pick<WriteOptions, 'ifAbsent' | 'ifMatch'> & { readonly crc32?: string },
  ): Promise<ObjectRef | undefined>;
  /** Removes an upload and its parts. */
  abortMultipart(upload: MultipartRef, options?: StoreCallOptions): Promise<void>;
}

/**
 * S3's own limits, in bytes and counts, which planners keep to:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const storeLimits = {
  minPartBytes: 5 * 1024 * 1024,
  maxPartBytes: 5 * 1024 ** 3,
  maxParts: 10_000,
  maxObjectBytes: 50 * 1024 ** 4,
} as const satisfies StoreLimits;
