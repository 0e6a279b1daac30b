import { S3Client } from '@aws-sdk/client-s3';
import { crc32, crc32Hex, type ObjectStore, readBytes } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { expect, test } from 'vitest';
import { startS3 } from '../src/s3/index.ts';

type Inputs = readonly (readonly [string, Readonly<Record<string, unknown>>])[];

/** Makes every call that a store has. */
const useAll = async (store: ObjectStore, bucket: string): Promise<void> => {
  const at = (key: string) => ({ bucket, key });
  const body = Buffer.from('id\n1\n');
  const ref = (await store.write(at('one'), body))!;
  await store.head(ref);
  await readBytes(store, ref);
  await readBytes(store, ref, { range: { start: 1, end: 3 } });
  await store.copy(ref, at('two'));
  for await (const _ of store.list(bucket, ''));
  const upload = await store.createMultipart(at('three'));
  await store.copyPart(upload, 1, ref, undefined);
  const part = await store.uploadPart(upload, 1, body);
  await store.listParts(upload);
  await store.completeMultipart(upload, [part], { crc32: crc32Hex(crc32(body)) });
  await store.abortMultipart(await store.createMultipart(at('four')));
  await store.deleteMany([at('two'), ref]);
};

const inputsOf = async (expectedBucketOwner?: string): Promise<Inputs> => {
  const server = await startS3();
  server.createBucket('owned');
  const { endpoint, region, credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const inputs: [string, Readonly<Record<string, unknown>>][] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        inputs.push([commandName!, args.input as unknown as Record<string, unknown>]);
        return next(args);
      },
    { step: 'initialize' },
  );
  await useAll(s3Store(client, expectedBucketOwner === undefined ? {} : { expectedBucketOwner }), 'owned');
  client.destroy();
  await server.close();
  return inputs;
};

test('every call says whose bucket it must be, copies also whose the source is', async () => {
  const inputs = await inputsOf('000000000000');
  expect(new Set(inputs.map(([name]) => name)).size).toBe(13);
  for (const [name, input] of inputs) {
    expect(input, name).toMatchObject({ ExpectedBucketOwner: '000000000000' });
    if ('CopySource' in input) expect(input, name).toMatchObject({ ExpectedSourceBucketOwner: '000000000000' });
  }
});

test('without an owner none is asked for', async () => {
  for (const [name, input] of await inputsOf())
    expect(
      Object.keys(input).filter((key) => /Owner$/.test(key)),
      name,
    ).toEqual([]);
});
