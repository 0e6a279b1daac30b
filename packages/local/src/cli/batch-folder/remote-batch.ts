import { S3Client } from '@aws-sdk/client-s3';
import type { BatchLocations, ObjectRef, ObjectStore } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { UsageError } from '../exit-codes.ts';

/** Whether a place is one in S3. */
export const isRemote = (place: string): boolean => place.startsWith('s3://');

/**
 * `s3://bucket/key` as a reference.
 *
 * @throws UsageError
 */
export const readObjectUri = (option: string, text: string): ObjectRef => {
  const found = /^s3:\/\/([^/]+)\/(.+)$/.exec(text);
  if (found === null) throw new UsageError(`${option} must be s3://bucket/key, got ${JSON.stringify(text)}`);
  return { bucket: found[1]!, key: found[2]! };
};

/** A batch in S3, by its folder. */
export interface RemoteBatch {
  readonly batchId: string;
  readonly store: ObjectStore;
  readonly locations: BatchLocations;
}

/**
 * A batch by its folder in S3: `s3://orders/batches/<batchId>`.
 *
 * @throws UsageError
 */
export const openRemoteBatch = (place: string): RemoteBatch => {
  const { bucket, key } = readObjectUri('--batch', place);
  const parts = key.replace(/\/+$/, '').split('/');
  const batchId = parts.pop()!;
  const prefix = parts.length === 0 ? '' : `${parts.join('/')}/`;
  const client = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined });
  return { batchId, store: s3Store(client), locations: { work: { bucket, prefix } } };
};
