import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type LocalS3, startS3 } from '@pipeline/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyBucket } from '../src/empty-bucket/empty-bucket.ts';
import { emptyTag } from '../src/empty-bucket/empty-tag.ts';

const owner = '000000000000';
let server: LocalS3;
let client: S3Client;
beforeAll(async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  server = await startS3({ credentials });
  client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
});
afterAll(async () => {
  client?.destroy();
  await server?.close();
});

const tag = (Bucket: string, Value: string = emptyTag.value) =>
  client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: emptyTag.key, Value }] } }));

const fill = async (Bucket: string, versions: number): Promise<void> => {
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (let index = 0; index < versions; index++)
    await client.send(new PutObjectCommand({ Bucket, Key: `${index % 7}.csv`, Body: String(index) }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: '0.csv' }));
};

test('every version and every delete marker goes, page after page, so that the bucket can be deleted', async () => {
  await fill('full', 1100);
  await tag('full');
  expect(await emptyBucket('full', { client, owner })).toBe(1101);
  await client.send(new DeleteBucketCommand({ Bucket: 'full' }));
});

test('a bucket keeps what it has unless its tag says otherwise', async () => {
  await fill('kept', 2);
  expect(await emptyBucket('kept', { client, owner })).toBe('kept');
  await tag('kept', 'false');
  expect(await emptyBucket('kept', { client, owner })).toBe('kept');
  await tag('kept');
  expect(await emptyBucket('kept', { client, owner })).toBe(3);
});

test('a bucket that is not there is empty', async () => {
  expect(await emptyBucket('nowhere', { client, owner })).toBe(0);
});

test('what does not end in time says so', async () => {
  await fill('slow', 3);
  await tag('slow');
  await expect(emptyBucket('slow', { client, owner, mayGoOn: () => false })).rejects.toThrow(/once again/);
});
