import type { S3Client } from '@aws-sdk/client-s3';
import { PipelineConfigError, PipelineError, PipelineStorageError } from './errors.ts';
import { formatRef, type ObjectRef } from './refs.ts';
import { createRequestGate } from './request-gate.ts';
import { createRunContext } from './run.ts';
import {
  isConditionFailed,
  isConflict,
  isUploadGone,
  isUploadOvertaken,
  refusedRead,
  sourceError,
} from './s3-errors.ts';
import { backoff, isOverload, isTransient, type RetryContext, type RetryOptions } from './s3-retry.ts';
import type { WriteOptions } from './store.ts';
import { withTimeLimit } from './time-limit.ts';

/** How `s3Store` retries, and whose buckets it trusts. */
export interface S3StoreOptions {
  /** Account that must own every bucket: refuses a bucket that someone else registered under a known name. @default not checked */
  readonly expectedBucketOwner?: string;
  /** Tries of every call, full jitter between them. @default { tries: 6, baseMs: 100, maxMs: 10_000 } */
  readonly retry?: RetryOptions;
  /** A body that brings no byte for so many milliseconds is given up and resumed. @default 20_000 */
  readonly stallMs?: number;
  /**
   * A call that gets no answer for so long is given up and tried again. Bytes that are sent have their time besides; copies,
   * and completing an upload, have ten times as long. @default 30_000
   */
  readonly answerMs?: number;
  /**
   * Requests that may wait for their answers at a time, from 1. When S3 says that they are too many, or does not answer, there
   * are half as many, and one more with every round that it answers. @default 256
   */
  readonly maxRequests?: number;
  /** Timers, random and observe of the retries. @default createRunContext() */
  readonly context?: RetryContext;
}

/** The store's CRC-32 as 8 hex digits; nothing where it has none, or one of parts' checksums. */
export const hexOf = (base64: string | undefined): { crc32?: string } =>
  base64 === undefined || base64.includes('-') ? {} : { crc32: Buffer.from(base64, 'base64').toString('hex') };

/** The copy source header: bucket and key, percent-encoded, with the version if pinned. */
export const copySource = (ref: ObjectRef): string =>
  `${ref.bucket}/${ref.key.split('/').map(encodeURIComponent).join('/')}${ref.versionId === undefined ? '' : `?versionId=${encodeURIComponent(ref.versionId)}`}`;

/** What a line should bring, at the least: 64 KB/s. */
const slowestBytesPerMs = 64;

/** What all calls of one S3 store share: its client, whose buckets they are, and how they are tried again. */
export type S3Calls = ReturnType<typeof createS3Calls>;

/** Prepares the calls of a store. */
export const createS3Calls = (client: S3Client, options: S3StoreOptions) => {
  const { retry = { tries: 6, baseMs: 100, maxMs: 10_000 }, stallMs = 20_000, answerMs = 30_000 } = options;
  const { context = createRunContext(), maxRequests = 256 } = options;
  if (!Number.isInteger(maxRequests) || maxRequests < 1)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'maxRequests',
      expected: 'a whole number from 1',
      got: maxRequests,
    });
  const gate = createRequestGate({
    most: maxRequests,
    isOverload,
    hungMs: 2 * answerMs,
    timers: context.timers,
    slowed: (limit) => context.observe({ type: 'store.slowed', requests: limit }),
  });
  const owner = options.expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: options.expectedBucketOwner };
  const sourceOwner =
    options.expectedBucketOwner === undefined ? {} : { ExpectedSourceBucketOwner: options.expectedBucketOwner };
  const at = (ref: Pick<ObjectRef, 'bucket' | 'key'>) => ({ Bucket: ref.bucket, Key: ref.key, ...owner });
  const conditions = (write: Pick<WriteOptions, 'ifAbsent' | 'ifMatch'>) => ({
    ...(write.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
    ...(write.ifMatch === undefined ? {} : { IfMatch: write.ifMatch }),
  });
  const headers = (write: WriteOptions) => ({
    ...(write.contentType === undefined ? {} : { ContentType: write.contentType }),
    ...(write.metadata === undefined ? {} : { Metadata: write.metadata }),
  });

  /** How long an answer may take: of something small, of so many bytes that are sent, of work that S3 does itself. */
  const limits = {
    small: answerMs,
    sending: (bytes: number) => answerMs + bytes / slowestBytesPerMs,
    long: answerMs * 10,
  };

  /** Runs one call with our own retries; errors leave as the pipeline's. */
  const call = async <T>(
    operation: string,
    ref: ObjectRef,
    signal: AbortSignal | undefined,
    work: (limited: AbortSignal) => Promise<T>,
    limitMs: number = answerMs,
  ): Promise<T> => {
    for (let tried = 1; ; tried++) {
      signal?.throwIfAborted();
      try {
        return await gate.run(() => withTimeLimit(work, { limitMs, timers: context.timers, signal }), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (PipelineError.is(error) || isConditionFailed(error)) throw error;
        const gone = isUploadGone(error) || isUploadOvertaken(operation, error);
        if (!gone && !isTransient(error) && !isConflict(error))
          throw sourceError(error, ref) ?? (operation === 'head' ? refusedRead(error, ref) : undefined) ?? error;
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
    work: (limited: AbortSignal) => Promise<{ ETag?: string | undefined; VersionId?: string | undefined }>,
    limitMs: number,
  ): Promise<ObjectRef | undefined> => {
    try {
      const answer = await call(operation, ref, write.signal, work, limitMs);
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

  return {
    client,
    gate,
    owner,
    sourceOwner,
    retry,
    stallMs,
    answerMs,
    limits,
    context,
    at,
    conditions,
    headers,
    call,
    conditional,
  };
};
