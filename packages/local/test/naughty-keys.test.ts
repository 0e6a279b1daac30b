import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readIntakeEvent } from '@pipeline/handlers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalS3, type ObjectEvent, startS3, toEventBridgeEvent, toS3Notification } from '../src/s3/index.ts';

// https://github.com/minimaxir/big-list-of-naughty-strings
const file = createRequire(import.meta.url).resolve('big-list-of-naughty-strings');
const naughty = JSON.parse(readFileSync(file, 'utf8')) as string[];
/** S3 takes keys of up to 1,024 bytes. */
const keys = [...new Set(naughty)]
  .map((name) => `input/${name}.csv`)
  .filter((key) => Buffer.byteLength(key) <= 1024 && key.isWellFormed());

const bucket = 'naughty';
const events: ObjectEvent[] = [];
let s3: LocalS3;
let client: S3Client;
beforeAll(async () => {
  s3 = await startS3({ onObjectEvent: (event) => events.push(event) });
  s3.createBucket(bucket);
  const { endpoint, region, credentials } = s3;
  client = new S3Client({ endpoint, region, credentials });
});
afterAll(async () => {
  client.destroy();
  await s3.close();
});

test('a naughty key is the same key from the upload over either kind of event to the reader', async () => {
  const lost: string[] = [];
  for (const [index, Key] of keys.entries()) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `id\n${index}\n` }));
    const event = events.at(-1)!;
    for (const told of [toS3Notification(event), toEventBridgeEvent(event)]) {
      // As they come: over JSON.
      const [item] = readIntakeEvent(JSON.parse(JSON.stringify(told)));
      const key = item !== undefined && 'key' in item ? item.key : undefined;
      if (key !== Key) lost.push(`${JSON.stringify(Key)} came as ${JSON.stringify(key)}`);
    }
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    if ((await Body?.transformToString()) !== `id\n${index}\n`) lost.push(`${JSON.stringify(Key)} has other bytes`);
  }
  expect(lost).toEqual([]);
  expect(events).toHaveLength(keys.length);
  expect(keys.length).toBeGreaterThan(450);
});
