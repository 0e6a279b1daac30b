import type { S3Client } from '@aws-sdk/client-s3';
import { openWriter } from './object-writer.ts';
import type { ByteRange, ObjectRef } from './refs.ts';
import { createS3Calls, type S3StoreOptions } from './s3-calls.ts';
import { createS3Multipart } from './s3-multipart.ts';
import { createS3Objects } from './s3-objects.ts';
import { readS3 } from './s3-read.ts';
import { type ObjectStore, storeLimits, type UploadedPart, type WriteOptions } from './store.ts';

export type { S3StoreOptions } from './s3-calls.ts';

/**
 * The object store on S3 or anything that speaks its API.
 *
 * The SDK's own retries share a budget that a burst of failures empties, and never cover a body; so every call is retried
 * here as well, with full jitter. A store that throttles, or does not answer in time, gets half as many requests at once, and
 * one more with each round that goes well.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when `maxRequests` is not a positive whole number
 *
 * @example
 * const store = s3Store(new S3Client());
 */
export const s3Store = (client: S3Client, options: S3StoreOptions = {}): ObjectStore => {
  const calls = createS3Calls(client, options);
  const { gate, owner, retry, context, stallMs, answerMs } = calls;
  const { head, writeBytes, copyWhole, deleteMany, list } = createS3Objects(calls);
  const multipart = createS3Multipart(calls, head);

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

  const store: ObjectStore = {
    ...multipart,
    head,
    deleteMany,
    list,
    read: (ref, { range, signal } = {}) =>
      readS3(ref, {
        client,
        gate,
        owner,
        retry,
        context,
        stallMs,
        answerMs,
        ...(range === undefined ? {} : { range }),
        ...(signal === undefined ? {} : { signal }),
      }),
    write: (ref, body, write = {}) =>
      body instanceof Uint8Array ? writeBytes(ref, body, write) : writeStream(ref, body, write),
    copy: async (source, target, write = {}) => {
      const { ref, sizeBytes } = await head(source, write);
      return sizeBytes > storeLimits.maxPartBytes
        ? copyLarge(ref, sizeBytes, target, write)
        : copyWhole(ref, target, write);
    },
  };
  return store;
};
