import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PipelineStorageError } from './errors.ts';
import { type ByteRange, formatRef, type ObjectRef } from './refs.ts';
import type { RequestGate } from './request-gate.ts';
import type { Timers } from './run.ts';
import { refusedRead, sourceError } from './s3-errors.ts';
import { backoff, isTransient, type RetryContext, type RetryOptions, statusOf } from './s3-retry.ts';
import { withTimeLimit } from './time-limit.ts';

export interface S3ReadOptions {
  readonly client: S3Client;
  readonly gate: RequestGate;
  readonly owner: { readonly ExpectedBucketOwner?: string };
  readonly retry: RetryOptions;
  readonly context: RetryContext;
  /** A body that brings no byte for so long is given up and resumed. */
  readonly stallMs: number;
  /** A request that is not answered for so long is given up and made again. */
  readonly answerMs: number;
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

class StallError extends Error {
  override readonly name = 'StallError';
}
class ShortBodyError extends Error {
  override readonly name = 'ShortBodyError';
}

/**
 * The bytes of an object (or a range of it), resumed where they broke off: the SDK retries neither a reset nor a stall in
 * mid-body. Every request is pinned to the version that answered first, so a resumed read never mixes two objects.
 */
export async function* readS3(ref: ObjectRef, options: S3ReadOptions): AsyncGenerator<Uint8Array> {
  const { client, gate, retry, context, range, signal } = options;
  let position = range?.start ?? 0;
  let end = range?.end;
  let etag = ref.etag;
  let tried = 0;
  while (end === undefined || position < end) {
    const before = position;
    try {
      const request = new GetObjectCommand({
        Bucket: ref.bucket,
        Key: ref.key,
        ...options.owner,
        ...(ref.versionId === undefined ? {} : { VersionId: ref.versionId }),
        ...(etag === undefined ? {} : { IfMatch: etag }),
        ...(position === 0 && end === undefined
          ? {}
          : { Range: `bytes=${position}-${end === undefined ? '' : end - 1}` }),
      });
      const limit = { limitMs: options.answerMs, timers: context.timers, signal };
      // Until the answer, not to the end of its body: the body may wait for a consumer that makes requests of its own.
      const answer = await gate.run(
        () => withTimeLimit((abortSignal) => client.send(request, { abortSignal }), limit),
        signal,
      );
      const body = answer.Body as Readable;
      etag ??= answer.ETag;
      try {
        end = checkedEnd(ref, answer.ContentRange, answer.ContentLength, position, end);
        for await (const piece of watched(body, options.stallMs, context.timers, signal)) {
          position += piece.length;
          if (position > end) throw wrong(ref, `more bytes than announced (${position} of ${end})`);
          yield piece;
        }
      } finally {
        body.destroy(); // an unread body keeps its socket
      }
      if (position < end) throw new ShortBodyError(`the body ended at ${position} of ${end}`);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const known = sourceError(error, ref);
      if (known !== undefined) throw known;
      if (statusOf(error) === 416) throw wrong(ref, `the range begins at ${position}, behind its end`);
      // The SDK compares the checksum of a whole object at its end: what was passed on already cannot be taken back.
      if (error instanceof Error && error.message.startsWith('Checksum mismatch'))
        throw wrong(ref, 'the bytes do not match their checksum');
      if (!isTransient(error)) throw refusedRead(error, ref) ?? error;
      tried = position > before ? 1 : tried + 1; // progress starts the count again
      if (tried >= retry.tries)
        throw error instanceof StallError
          ? new PipelineStorageError(
              'STORAGE_STALLED',
              { operation: 'read', object: formatRef(ref), stallMs: options.stallMs },
              { cause: error },
            )
          : new PipelineStorageError(
              'STORAGE_FAILED',
              { operation: 'read', object: formatRef(ref), tries: tried, reason: (error as Error).name },
              { cause: error },
            );
      context.observe({ type: 'store.retried', operation: 'read', position, reason: (error as Error).name });
      await backoff(context, tried, retry, signal);
    }
  }
}

const wrong = (ref: ObjectRef, reason: string): PipelineStorageError =>
  new PipelineStorageError('STORAGE_MISMATCH', { operation: 'read', object: formatRef(ref), reason });

/** Where the bytes end, after holding the answer's own numbers against what was asked. */
const checkedEnd = (
  ref: ObjectRef,
  contentRange: string | undefined,
  length: number | undefined,
  position: number,
  end: number | undefined,
): number => {
  if (contentRange === undefined) {
    if (position > 0 || end !== undefined) throw wrong(ref, 'the range was ignored');
    if (length === undefined) throw wrong(ref, 'no length was given');
    return length;
  }
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange);
  const first = Number(match?.[1]);
  const next = Number(match?.[2]) + 1;
  if (match === null || first !== position || (end !== undefined && next !== end))
    throw wrong(ref, `range ${contentRange} instead of ${position}-${end ?? ''}`);
  return next;
};

/**
 * The pieces of a body, with a watchdog on progress, which looks twice per `stallMs`. The signal destroys the body, so that a
 * pending pull ends.
 */
async function* watched(
  body: Readable,
  stallMs: number,
  timers: Timers,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const destroy = (): void => {
    body.destroy(signal?.reason as Error);
  };
  signal?.addEventListener('abort', destroy, { once: true });
  const done = new AbortController();
  let waiting = true; // time that the consumer takes is not a stall
  let pulls = 0;
  const watch = async (): Promise<void> => {
    for (let before = -1, idle = 0; idle < 2; ) {
      await timers.sleep(stallMs / 2, done.signal);
      idle = waiting && pulls === before ? idle + 1 : 0;
      before = pulls;
    }
    body.destroy(new StallError(`no bytes for ${stallMs} ms`));
  };
  watch().catch(() => {}); // the end of the body ends it
  try {
    for await (const piece of body) {
      waiting = false;
      yield piece as Uint8Array;
      waiting = true;
      pulls++;
    }
  } finally {
    done.abort();
    signal?.removeEventListener('abort', destroy);
    body.destroy();
    if (!body.closed) await once(body, 'close').catch(() => {});
  }
}
