import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createTable } from '../dynamodb/index.ts';

/** A DynamoDB of somebody else may have the table from an earlier start. */
export const ensureTable = async (client: DynamoDBClient, table: Parameters<typeof createTable>[1]): Promise<void> => {
  try {
    await createTable(client, table);
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException') throw error;
  }
};

/** Creates the bucket where it does not exist, versions and tags it. */
export const ensureBucket = async (
  s3: S3Client,
  bucket: string,
  {
    versioned = true,
    tags = {},
  }: { readonly versioned?: boolean; readonly tags?: Readonly<Record<string, string>> } = {},
): Promise<void> => {
  const there = await s3.send(new HeadBucketCommand({ Bucket: bucket })).then(
    () => true,
    () => false,
  );
  if (!there) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  if (versioned)
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (TagSet.length > 0) await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
};
