import { createReadStream } from 'node:fs';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectRef } from '@pipeline/core';

/** Who is told of an upload, and what ends it. */
export interface UploadOptions {
  /** Told as bytes leave. @default nobody */
  readonly onProgress?: (sentBytes: number) => void;
  /** Ends the upload and leaves nothing of it. @default none */
  readonly signal?: AbortSignal;
}

/** Uploads a file (by its path) or bytes, and pins what was written. Rejects with `signal.reason`. */
export const uploadObject = async (
  client: S3Client,
  { bucket, key }: ObjectRef,
  body: string | Uint8Array,
  { onProgress, signal }: UploadOptions = {},
): Promise<ObjectRef> => {
  signal?.throwIfAborted();
  const Body = typeof body === 'string' ? createReadStream(body) : body;
  const upload = new Upload({ client, params: { Bucket: bucket, Key: key, Body, ContentType: 'text/csv' } });
  upload.on('httpUploadProgress', ({ loaded = 0 }) => onProgress?.(loaded));
  const abort = (): void => void upload.abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const { ETag, VersionId } = await upload.done();
    return {
      bucket,
      key,
      ...(ETag === undefined ? {} : { etag: ETag }),
      ...(VersionId === undefined ? {} : { versionId: VersionId }),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    if (typeof Body === 'object' && 'destroy' in Body) Body.destroy();
  }
};
