import { DeleteObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { crc32, crc32Hex, createRunContext, type ObjectStore, type PipelineEvent, readBytes } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { mergeParts } from '@pipeline/merge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patternBytes } from '../../core/test/store-contract.ts';
import { type LocalS3, startS3 } from '../src/s3/index.ts';

const bucket = 'uploads';
const retry = { tries: 4, baseMs: 1, maxMs: 5 };
let server: LocalS3;
let client: S3Client;

const clientOf = (): S3Client =>
  new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    credentials: server.credentials,
    forcePathStyle: true,
  });

beforeAll(async () => {
  server = await startS3();
  server.createBucket(bucket);
  client = clientOf();
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

/** A client whose first completion reaches S3, and whose answer is lost; S3 may know no more of the upload afterwards. */
const losing = (forgets: boolean): { readonly client: S3Client; readonly completions: () => number } => {
  const lossy = clientOf();
  let completions = 0;
  lossy.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'CompleteMultipartUploadCommand') return next(args);
        if (completions++ > 0) {
          if (!forgets) return next(args);
          throw Object.assign(new Error('gone'), { name: 'NoSuchUpload', $metadata: { httpStatusCode: 404 } });
        }
        await next(args);
        throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
      },
    { step: 'initialize' },
  );
  return { client: lossy, completions: () => completions };
};

const openUploads = async (): Promise<number> =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
const body = patternBytes(1000);
const begun = async (store: ObjectStore, key: string) => {
  const upload = await store.createMultipart({ bucket, key });
  return { upload, parts: [await store.uploadPart(upload, 1, body)] };
};
const crcOf = (bytes: Uint8Array): string => crc32Hex(crc32(bytes));

test.each([
  ['answers the same again', false],
  ['knows no more of it', true],
])('an upload that was completed, and whose answer was lost, is done where S3 %s', async (_, forgets) => {
  const lossy = losing(forgets);
  const store = s3Store(lossy.client, { retry });
  const { upload, parts } = await begun(store, `lost-answer-${forgets}`);
  const ref = await store.completeMultipart(upload, parts, { crc32: crcOf(body) });
  expect(lossy.completions()).toBe(2);
  expect(ref).toEqual((await store.head({ bucket, key: `lost-answer-${forgets}` })).ref);
  expect(Buffer.compare(await readBytes(store, ref!), body)).toBe(0);
  lossy.client.destroy();
});

test('a completion that is answered with 200 and an error inside is made again, and done once', async () => {
  const lying = clientOf();
  let lies = 0;
  lying.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        const response = answer.response as { body: unknown };
        if (commandName !== 'CompleteMultipartUploadCommand' || lies++ > 0) return answer;
        // S3 begins its answer before it has done the work.
        response.body = Buffer.from(
          '<Error><Code>InternalError</Code><Message>We encountered an error</Message></Error>',
        );
        return answer;
      },
    { step: 'deserialize', priority: 'low' },
  );
  const store = s3Store(lying, { retry });
  const { upload, parts } = await begun(store, 'error-inside');
  const ref = await store.completeMultipart(upload, parts, { crc32: crcOf(body) });
  expect(lies).toBe(2);
  expect(Buffer.compare(await readBytes(store, ref!), body)).toBe(0);
  lying.destroy();
});

test('an upload that is gone, where other bytes are now, is not taken for completed', async () => {
  const store = s3Store(client, { retry });
  const { upload, parts } = await begun(store, 'other-bytes');
  await store.abortMultipart(upload);
  const refused = { code: 'STORAGE_FAILED', details: { reason: 'NoSuchUpload', tries: 1 } };
  await expect(store.completeMultipart(upload, parts, { crc32: crcOf(body) })).rejects.toMatchObject(refused);
  await store.write({ bucket, key: 'other-bytes' }, Buffer.from('other'));
  await expect(store.completeMultipart(upload, parts, { crc32: crcOf(body) })).rejects.toMatchObject(refused);
});

/** Writes the object, and removes it again: a conditional write that is under way meets a conflict. */
const comeBetween = async (key: string): Promise<void> => {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'between' }));
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
};

test('a conflict is told at once: the same upload never gets over it', async () => {
  const store = s3Store(client, { retry });
  const { upload, parts } = await begun(store, 'conflict');
  await comeBetween('conflict');
  await expect(store.completeMultipart(upload, parts, { ifAbsent: true })).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    details: { reason: 'ConditionalRequestConflict', tries: 1 },
  });
  await store.abortMultipart(upload);
});

test('a merge begins its upload again when another write came between, and leaves none open', async () => {
  const real = s3Store(client, { retry });
  const events: PipelineEvent[] = [];
  const pieces = await Promise.all(
    [6_000_000, 700].map(async (size, index) => {
      const bytes = patternBytes(size + index);
      const object = (await real.write({ bucket, key: `piece-${index}` }, bytes))!;
      return { object, bytes: bytes.length, crc32: crcOf(bytes), rows: 1 };
    }),
  );
  let conflicts = 0;
  const store: ObjectStore = {
    ...real,
    completeMultipart: async (upload, parts, options) => {
      if (conflicts++ === 0) await comeBetween('merged');
      return real.completeMultipart(upload, parts, options);
    },
  };
  const target = { bucket, key: 'merged' };
  const run = createRunContext({ observe: (event) => void events.push(event) });
  const note = { bucket, key: 'note.json' };
  const merged = await mergeParts(pieces, target, { store, run, note });
  expect(conflicts).toBe(2);
  expect(events).toEqual([{ type: 'merge.restarted', batchId: 'local', reason: 'ConditionalRequestConflict' }]);
  const got = await readBytes(real, target);
  expect(crcOf(got)).toBe(merged.crc32);
  expect(got).toHaveLength(merged.bytes);
  expect(await openUploads()).toBe(0);
});
