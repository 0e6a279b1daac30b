import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { crc32Base64 } from './crc32.ts';
import { PipelineError, PipelineStorageError } from './errors.ts';
import { openWriter } from './object-writer.ts';
import { type ByteRange, formatRef, type ObjectRef } from './refs.ts';
import { createRunContext } from './run.ts';
import { isConditionFailed, isConflict, isUploadGone, sourceError } from './s3-errors.ts';
import { readS3 } from './s3-read.ts';
import { backoff, isTransient, type RetryContext, type RetryOptions } from './s3-retry.ts';
import { type MultipartRef, type ObjectStore, storeLimits, type UploadedPart, type WriteOptions } from './store.ts';

/** How `s3Store` retries, and whose buckets it trusts. */
export interface S3StoreOptions {
  /** Account that must own every bucket: refuses a bucket that someone else registered under a known name. @default not checked */
  readonly expectedBucketOwner?: string;
  /** Tries of every call, full jitter between them. @default { tries: 6, baseMs: 100, maxMs: 10_000 } */
  readonly retry?: RetryOptions;
  /** A body that brings no byte for so many milliseconds is given up and resumed. @default 20_000 */
  readonly stallMs?: number;
  /** Timers, random and observe of the retries. @default createRunContext() */
  readonly context?: RetryContext;
}

const hexOf = (base64: string | undefined): { crc32?: string } =>
  base64 === undefined || base64.includes('-') ? {} : { crc32: Buffer.from(base64, 'base64').toString('hex') };

/** The copy source header: bucket and key, percent-encoded, with the version if pinned. */
const copySource = (ref: ObjectRef): string =>
  `${ref.bucket}/${ref.key.split('/').map(encodeURIComponent).join('/')}${ref.versionId === undefined ? '' : `?versionId=${encodeURIComponent(ref.versionId)}`}`;

/**
 * The object store on S3 or anything that speaks its API.
 *
 * The SDK's own retries share a budget that a burst of failures empties, and never cover a body; so every call is retried
 * here as well, with full jitter.
 *
 * @example
 * const store = s3Store(new S3Client());
 */
export const s3Store = (client: S3Client, options: S3StoreOptions = {}): ObjectStore => {
  const { retry = { tries: 6, baseMs: 100, maxMs: 10_000 }, stallMs = 20_000, context = createRunContext() } = options;
  const owner = options.expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: options.expectedBucketOwner };
  const sourceOwner =
    options.expectedBucketOwner === undefined ? {} : { ExpectedSourceBucketOwner: options.expectedBucketOwner };
  const at = (ref: Pick<ObjectRef, 'bucket' | 'key'>) => ({ Bucket: ref.bucket, Key: ref.key, ...owner });
  const of = (upload: MultipartRef) => ({ ...at(upload.object), UploadId: upload.uploadId });
  const abortable = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });
  const conditions = (write: Pick<WriteOptions, 'ifAbsent' | 'ifMatch'>) => ({
    ...(write.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
    ...(write.ifMatch === undefined ? {} : { IfMatch: write.ifMatch }),
  });
  const headers = (write: WriteOptions) => ({
    ...(write.contentType === undefined ? {} : { ContentType: write.contentType }),
    ...(write.metadata === undefined ? {} : { Metadata: write.metadata }),
  });

  /** Runs one call with our own retries; errors leave as the pipeline's. */
  const call = async <T>(
    operation: string,
    ref: ObjectRef,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    for (let tried = 1; ; tried++) {
      signal?.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        signal?.throwIfAborted();
        if (PipelineError.is(error) || isConditionFailed(error)) throw error;
        const gone = isUploadGone(error);
        if (!gone && !isTransient(error) && !isConflict(error)) throw sourceError(error, ref) ?? error;
        if (gone || tried >= retry.tries)
          throw new PipelineStorageError(
            'STORAGE_FAILED',
            { operation, object: formatRef(ref), tries: tried, reason: (error as Error).name },
            { cause: error },
          );
        context.observe({ type: 'store.retried', operation, reason: (error as Error).name });
        await backoff(context, tried, retry, signal);
      }
    }
  };
  /** As `call`, for writes with conditions: `undefined` when one does not hold. */
  const conditional = async (
    operation: string,
    ref: ObjectRef,
    write: WriteOptions,
    work: () => Promise<{ ETag?: string | undefined; VersionId?: string | undefined }>,
  ): Promise<ObjectRef | undefined> => {
    try {
      const answer = await call(operation, ref, write.signal, work);
      return {
        bucket: ref.bucket,
        key: ref.key,
        ...(answer.ETag === undefined ? {} : { etag: answer.ETag }),
        ...(answer.VersionId === undefined || answer.VersionId === 'null' ? {} : { versionId: answer.VersionId }),
      };
    } catch (error) {
      if ((write.ifAbsent === true || write.ifMatch !== undefined) && isConditionFailed(error)) return undefined;
      throw isConditionFailed(error) ? (sourceError(error, ref) ?? error) : error;
    }
  };

  const head: ObjectStore['head'] = (ref, { signal } = {}) =>
    call('head', ref, signal, async () => {
      const answer = await client.send(
        new HeadObjectCommand({
          ...at(ref),
          ChecksumMode: 'ENABLED',
          ...(ref.versionId === undefined ? {} : { VersionId: ref.versionId }),
          ...(ref.etag === undefined ? {} : { IfMatch: ref.etag }),
        }),
        abortable(signal),
      );
      const versionId = answer.VersionId === 'null' ? undefined : (answer.VersionId ?? ref.versionId);
      return {
        ref: {
          bucket: ref.bucket,
          key: ref.key,
          etag: answer.ETag ?? '',
          ...(versionId === undefined ? {} : { versionId }),
        },
        sizeBytes: answer.ContentLength ?? 0,
        metadata: answer.Metadata ?? {},
        ...(answer.ContentType === undefined ? {} : { contentType: answer.ContentType }),
        ...(answer.ContentEncoding === undefined ? {} : { contentEncoding: answer.ContentEncoding }),
        ...(answer.ChecksumType === 'COMPOSITE' ? {} : hexOf(answer.ChecksumCRC32)),
      };
    }).catch((error: unknown) => {
      throw isConditionFailed(error) ? (sourceError(error, ref) ?? error) : error;
    });

  /** Parts from one buffer, each of them retried; clean-up is done before an error or an abort leaves. */
  const writeStream = async (
    ref: ObjectRef,
    body: AsyncIterable<Uint8Array>,
    write: WriteOptions,
  ): Promise<ObjectRef | undefined> => {
    const writer = openWriter(store, ref, write);
    try {
      for await (const piece of body) {
        write.signal?.throwIfAborted();
        await writer.write(piece);
      }
      return (await writer.close(0))?.object;
    } catch (error) {
      await writer.abort().catch(() => {});
      throw error;
    }
  };

  const copyLarge = async (
    source: ObjectRef,
    size: number,
    target: ObjectRef,
    write: WriteOptions,
  ): Promise<ObjectRef | undefined> => {
    const upload = await store.createMultipart(target, write);
    try {
      const partBytes = Math.max(512 * 1024 * 1024, Math.ceil(size / storeLimits.maxParts));
      const parts: UploadedPart[] = [];
      for (let start = 0; start < size; start += partBytes) {
        const range: ByteRange = { start, end: Math.min(size, start + partBytes) };
        parts.push(await store.copyPart(upload, parts.length + 1, source, range, write));
      }
      const ref = await store.completeMultipart(upload, parts, write);
      if (ref === undefined) await store.abortMultipart(upload);
      return ref;
    } catch (error) {
      await store.abortMultipart(upload);
      throw error;
    }
  };

  const deletePinned = (ref: ObjectRef, signal: AbortSignal | undefined): Promise<unknown> =>
    call('delete', ref, signal, () =>
      client.send(new DeleteObjectCommand({ ...at(ref), IfMatch: ref.etag }), abortable(signal)),
    ).catch((error: unknown) => {
      const gone = isConditionFailed(error) || (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND');
      if (!gone) throw error;
    });

  const deletePage = async (
    bucket: string,
    refs: readonly ObjectRef[],
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const Objects = refs.map((ref) => ({
      Key: ref.key,
      ...(ref.versionId === undefined ? {} : { VersionId: ref.versionId }),
    }));
    const answer = await call('delete', refs[0]!, signal, () =>
      client.send(
        new DeleteObjectsCommand({ Bucket: bucket, ...owner, Delete: { Quiet: true, Objects } }),
        abortable(signal),
      ),
    );
    const failed = answer.Errors?.[0];
    if (failed !== undefined)
      throw new PipelineStorageError('STORAGE_FAILED', {
        operation: 'delete',
        object: formatRef({ bucket, key: failed.Key ?? '' }),
        tries: 1,
        reason: failed.Code ?? 'unknown',
      });
  };

  const store: ObjectStore = {
    head,
    read: (ref, { range, signal } = {}) =>
      readS3(ref, {
        client,
        owner,
        retry,
        context,
        stallMs,
        ...(range === undefined ? {} : { range }),
        ...(signal === undefined ? {} : { signal }),
      }),
    write: (ref, body, write = {}) =>
      body instanceof Uint8Array
        ? conditional('write', ref, write, () =>
            client.send(
              new PutObjectCommand({ ...at(ref), Body: body, ...headers(write), ...conditions(write) }),
              abortable(write.signal),
            ),
          )
        : writeStream(ref, body, write),
    copy: async (source, target, write = {}) => {
      const { ref, sizeBytes } = await head(source, write);
      if (sizeBytes > storeLimits.maxPartBytes) return copyLarge(ref, sizeBytes, target, write);
      return conditional('copy', target, write, async () => {
        const answer = await client.send(
          new CopyObjectCommand({
            ...at(target),
            ...sourceOwner,
            CopySource: copySource(ref),
            ...(ref.etag === undefined ? {} : { CopySourceIfMatch: ref.etag }),
            ...headers(write),
            ...(write.metadata === undefined ? {} : { MetadataDirective: 'REPLACE' as const }),
            ...conditions(write),
          }),
          abortable(write.signal),
        );
        return { ETag: answer.CopyObjectResult?.ETag, VersionId: answer.VersionId };
      });
    },
    deleteMany: async (refs, { signal } = {}) => {
      // DeleteObjects has no condition on content; a ref pinned by etag alone is deleted on its own.
      const pinned = refs.filter((ref) => ref.etag !== undefined && ref.versionId === undefined);
      for (const ref of pinned) await deletePinned(ref, signal);
      for (const [bucket, keys] of groupByBucket(refs.filter((ref) => !pinned.includes(ref)))) {
        for (let from = 0; from < keys.length; from += 1000)
          await deletePage(bucket, keys.slice(from, from + 1000), signal);
      }
    },
    async *list(bucket, prefix, { signal } = {}) {
      let token: string | undefined;
      do {
        const page = await call('list', { bucket, key: prefix }, signal, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              ...owner,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            abortable(signal),
          ),
        );
        for (const found of page.Contents ?? [])
          yield {
            ref: { bucket, key: found.Key ?? '', ...(found.ETag === undefined ? {} : { etag: found.ETag }) },
            sizeBytes: found.Size ?? 0,
            metadata: {},
          };
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    createMultipart: (target, write = {}) =>
      call('create', target, write.signal, async () => {
        const answer = await client.send(
          new CreateMultipartUploadCommand({
            ...at(target),
            ...headers(write),
            ChecksumAlgorithm: 'CRC32',
            ChecksumType: 'FULL_OBJECT',
          }),
          abortable(write.signal),
        );
        return { object: { bucket: target.bucket, key: target.key }, uploadId: answer.UploadId ?? '' };
      }),
    uploadPart: (upload, partNumber, body, { signal } = {}) =>
      call('upload part', upload.object, signal, async () => {
        const answer = await client.send(
          new UploadPartCommand({ ...of(upload), PartNumber: partNumber, Body: body, ChecksumAlgorithm: 'CRC32' }),
          abortable(signal),
        );
        return { partNumber, etag: answer.ETag ?? '', ...hexOf(answer.ChecksumCRC32) };
      }),
    copyPart: (upload, partNumber, source, range, { signal } = {}) =>
      call('copy part', source, signal, async () => {
        const answer = await client.send(
          new UploadPartCopyCommand({
            ...of(upload),
            ...sourceOwner,
            PartNumber: partNumber,
            CopySource: copySource(source),
            ...(source.etag === undefined ? {} : { CopySourceIfMatch: source.etag }),
            ...(range === undefined ? {} : { CopySourceRange: `bytes=${range.start}-${range.end - 1}` }),
          }),
          abortable(signal),
        );
        return { partNumber, etag: answer.CopyPartResult?.ETag ?? '', ...hexOf(answer.CopyPartResult?.ChecksumCRC32) };
      }).catch((error: unknown) => {
        throw isConditionFailed(error) ? (sourceError(error, source) ?? error) : error;
      }),
    completeMultipart: (upload, parts, { crc32, ...write } = {}) =>
      conditional('complete', upload.object, write, () =>
        client.send(
          new CompleteMultipartUploadCommand({
            ...of(upload),
            MultipartUpload: {
              Parts: parts.map((part) => ({
                PartNumber: part.partNumber,
                ETag: part.etag,
                ...(part.crc32 === undefined ? {} : { ChecksumCRC32: crc32Base64(part.crc32) }),
              })),
            },
            ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32Base64(crc32), ChecksumType: 'FULL_OBJECT' as const }),
            ...conditions(write),
          }),
          abortable(write.signal),
        ),
      ),
    // Never with the caller's signal: clean-up has to finish after an abort, too.
    abortMultipart: async (upload) => {
      await call('abort', upload.object, undefined, () =>
        client.send(new AbortMultipartUploadCommand(of(upload))),
      ).catch((error: unknown) => {
        if (!isUploadGone((error as Error).cause)) throw error;
      });
    },
  };
  return store;
};

const groupByBucket = (refs: readonly ObjectRef[]): Map<string, ObjectRef[]> => {
  const groups = new Map<string, ObjectRef[]>();
  for (const ref of refs) groups.set(ref.bucket, [...(groups.get(ref.bucket) ?? []), ref]);
  return groups;
};
