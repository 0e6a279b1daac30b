import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalS3, type ObjectEvent, startS3, toEventBridgeEvent, toS3Notification } from '../../src/s3/index.ts';
import { type Case, clientFor, defineCases, failure, pick, refusal, sha256, sign, signedRaw } from './support.ts';

const cases: Case[] = [
  {
    name: 'bucket names',
    source: 'AWS docs: "General purpose bucket naming rules"',
    run: async ({ client }) => {
      const make = (Bucket: string) => refusal(client.send(new CreateBucketCommand({ Bucket })));
      return [
        await make('fine-name.1'),
        await make('Upper'),
        await make('ab'),
        await make('a..b'),
        await make('192.168.5.4'),
        await make('-dash'),
        await make('xn--puny'),
      ];
    },
    want: ['200 none', ...Array.from({ length: 6 }, () => '400 InvalidBucketName')],
  },
  {
    name: 'making an own bucket again',
    source: 'recorded: test_create_bucket_with_existing_name',
    run: async ({ client, bucket }) => [
      await refusal(client.send(new CreateBucketCommand({ Bucket: bucket }))),
      await refusal(
        client.send(
          new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'us-west-1' } }),
        ),
      ),
    ],
    want: ['200 none', '409 BucketAlreadyOwnedByYou'],
  },
  {
    name: 'bucket locations',
    source: 'recorded: test_different_location_constraint, test_create_bucket_head_bucket',
    run: async ({ client, bucket }) => {
      const make = (Bucket: string, LocationConstraint: 'eu-west-1') =>
        client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
      await make('elsewhere', 'eu-west-1');
      const location = async (Bucket: string) =>
        (await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
      const head = await client.send(new HeadBucketCommand({ Bucket: 'elsewhere' }));
      return [
        await location(bucket),
        await location('elsewhere'),
        head.BucketRegion,
        await refusal(make('in-us-east', 'us-east-1' as 'eu-west-1')),
      ];
    },
    want: [undefined, 'eu-west-1', 'eu-west-1', '400 InvalidLocationConstraint'],
  },
  {
    name: 'HeadBucket of a missing bucket',
    source: 'recorded: test_create_bucket_head_bucket',
    run: ({ client }) => refusal(client.send(new HeadBucketCommand({ Bucket: 'no-such-bucket-here' }))),
    want: '404 NotFound',
  },
  {
    name: 'operations that are not served say their name',
    source: 'this server: what it cannot do it says',
    run: async ({ client, bucket }) => [
      await failure(client.send(new GetBucketAclCommand({ Bucket: bucket }))),
      (
        await failure(
          client.send(new GetObjectAttributesCommand({ Bucket: bucket, Key: 'k', ObjectAttributes: ['ETag'] })),
        )
      ).message,
      (
        await failure(
          client.send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration: {} })),
        )
      ).message,
    ],
    want: [
      {
        status: 501,
        code: 'NotImplemented',
        message: 'GetBucketAcl is not implemented by this local S3 server.',
      },
      'GetObjectAttributes is not implemented by this local S3 server.',
      'PutBucketNotificationConfiguration is not implemented by this local S3 server.',
    ],
  },
  {
    name: 'error documents carry key, request id and host id, as the headers do',
    source: 'AWS docs: "Error responses"',
    run: async ({ s3, bucket }) => {
      const answer = await signedRaw(s3, { path: `/${bucket}/a%26b` });
      const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer.body)?.[1];
      return [
        answer.headers['content-type'],
        field('Key'),
        field('RequestId') === answer.headers['x-amz-request-id'],
        field('HostId') === answer.headers['x-amz-id-2'],
        /^[0-9A-F]{16}$/.test(field('RequestId') ?? ''),
      ];
    },
    want: ['application/xml', 'a&amp;b', true, true, true],
  },
  {
    name: 'malformed XML, and XML with a document type',
    source: 'AWS docs: "Error responses", MalformedXML',
    run: async ({ s3, bucket }) => {
      const send = async (body: string) => {
        const headers = { 'content-md5': '' };
        const { createHash } = await import('node:crypto');
        headers['content-md5'] = createHash('md5').update(body).digest('base64');
        const answer = await signedRaw(s3, { method: 'POST', path: `/${bucket}?delete`, body, headers });
        return `${answer.status} ${answer.code}`;
      };
      return [await send('<Delete><Object>'), await send('<!DOCTYPE x [<!ENTITY a "b">]><Delete></Delete>')];
    },
    want: ['400 MalformedXML', '400 MalformedXML'],
  },
  {
    name: 'virtual-host style, by bucket.localhost and bucket.s3.localhost',
    source: 'AWS docs: "Virtual hosting of general purpose buckets"',
    run: async ({ s3, client, bucket }) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'dir/k', Body: 'body' }));
      const read = (host: string) =>
        new Promise<string>((resolve, reject) => {
          const { headers } = sign(s3, { path: '/dir/k', headers: { host }, payload: sha256('') });
          const sent = request(
            { host: '127.0.0.1', port: s3.port, path: '/dir/k', headers, agent: false },
            (answer) => {
              let text = '';
              answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
              answer.on('end', () => resolve(`${answer.statusCode} ${text}`));
            },
          );
          sent.on('error', reject);
          sent.end();
        });
      return [
        await read(`${bucket}.localhost:${s3.port}`),
        await read(`${bucket}.s3.localhost:${s3.port}`),
        await read(`${bucket}.s3.eu-west-1.localhost`),
      ];
    },
    want: ['200 body', '200 body', '200 body'],
  },
  {
    name: 'lib-storage uploads in parts',
    source: 'AWS docs: "Uploading and copying objects using multipart upload"',
    run: async ({ client, bucket, events }) => {
      const Body = Readable.from(Array.from({ length: 12 }, (_, i) => Buffer.alloc(1024 * 1024, 65 + i)));
      const done = await new Upload({ client, params: { Bucket: bucket, Key: 'up', Body } }).done();
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'up', ChecksumMode: 'ENABLED' }));
      return [
        head.ContentLength,
        head.ETag?.endsWith('-3"'),
        head.ChecksumCRC32 === done.ChecksumCRC32,
        head.ChecksumType,
        events.map((event) => [event.eventName, event.size]),
      ];
    },
    want: [12 * 1024 * 1024, true, true, 'COMPOSITE', [['ObjectCreated:CompleteMultipartUpload', 12 * 1024 * 1024]]],
  },
  {
    name: 'lib-storage passes If-None-Match to the completion',
    source: 'AWS docs: CompleteMultipartUpload, IfNoneMatch',
    run: async ({ client, bucket }) => {
      const send = () =>
        new Upload({
          client,
          params: {
            Bucket: bucket,
            Key: 'once',
            Body: Readable.from([Buffer.alloc(6 * 1024 * 1024)]),
            IfNoneMatch: '*',
          },
        }).done();
      await send();
      return refusal(send());
    },
    want: '412 PreconditionFailed',
  },
  {
    name: 'an aborted lib-storage upload leaves neither object nor upload',
    source: 'AWS docs: AbortMultipartUpload',
    run: async ({ client, bucket }) => {
      async function* endless() {
        for (;;) yield Buffer.alloc(1024 * 1024);
      }
      const upload = new Upload({ client, params: { Bucket: bucket, Key: 'up', Body: Readable.from(endless()) } });
      let parts = 0;
      upload.on('httpUploadProgress', () => {
        if (++parts === 2) void upload.abort();
      });
      const ended = await upload.done().then(
        () => 'done',
        (error: Error) => error.name,
      );
      // lib-storage rejects before its own clean-up has finished.
      let open: number;
      do {
        open = (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
      } while (open > 0);
      return [ended, await refusal(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'up' })))];
    },
    want: ['AbortError', '404 NotFound'],
  },
  {
    name: 'events of put, copy, delete marker and delete, with rising sequencers',
    source: 'AWS docs: "Supported event types for SQS, SNS, and Lambda"',
    versioning: true,
    run: async ({ client, bucket, events }) => {
      const { VersionId } = await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x' }));
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'c', CopySource: `${bucket}/k` }));
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId }));
      const sequencers = events.map(({ sequencer }) => sequencer);
      return [
        events.map(({ eventName, key }) => `${eventName} ${key}`),
        events[0]?.versionId === VersionId && events[3]?.versionId === VersionId,
        JSON.stringify(sequencers) === JSON.stringify([...new Set(sequencers)].sort()),
        sequencers.every((text) => /^[0-9A-F]{18}$/.test(text)),
      ];
    },
    want: [
      ['ObjectCreated:Put k', 'ObjectCreated:Copy c', 'ObjectRemoved:DeleteMarkerCreated k', 'ObjectRemoved:Delete k'],
      true,
      true,
      true,
    ],
  },
  {
    name: 'notification keys are form-encoded, EventBridge keys are not',
    source: 'recorded: test_key_encoding, test_object_created_put (EventBridge)',
    run: async ({ client, bucket, events }) => {
      const key = 'input/a b+c@é(1).csv';
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'something' }));
      const event = events[0] as ObjectEvent;
      const [record] = toS3Notification(event).Records;
      const bridge = toEventBridgeEvent(event);
      return [
        pick(record ?? {}, 'eventVersion', 'eventSource', 'eventName', 'awsRegion'),
        pick(record?.s3.object ?? {}, 'key', 'size', 'eTag', 'versionId'),
        record?.s3.bucket.arn === `arn:aws:s3:::${bucket}`,
        pick(bridge, 'source', 'detail-type', 'account', 'version'),
        pick(bridge.detail.object, 'key', 'size', 'etag', 'version-id'),
        bridge.detail.reason,
        record?.s3.object.sequencer === bridge.detail.object.sequencer,
      ];
    },
    want: [
      { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', awsRegion: 'us-east-1' },
      {
        key: 'input/a+b%2Bc%40%C3%A9%281%29.csv',
        size: 9,
        eTag: '437b930db84b8079c2dd804a71936b5f',
        versionId: undefined,
      },
      true,
      { source: 'aws.s3', 'detail-type': 'Object Created', account: '000000000000', version: '0' },
      {
        key: 'input/a b+c@é(1).csv',
        size: 9,
        etag: '437b930db84b8079c2dd804a71936b5f',
        'version-id': undefined,
      },
      'PutObject',
      true,
    ],
  },
];

defineCases('server', cases);

let s3: LocalS3;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-test-'));
  s3 = await startS3({ dataDir: join(folder, 'data') });
  s3.createBucket('bucket');
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

test('a 200 MB stream goes in and out in bounded memory', async () => {
  const client = clientFor(s3);
  const piece = Buffer.alloc(1024 * 1024, 'abc');
  const count = 200;
  let peak = 0;
  const before = process.memoryUsage();
  const watch = setInterval(() => {
    const { external, heapUsed } = process.memoryUsage();
    peak = Math.max(peak, external + heapUsed - before.external - before.heapUsed);
  }, 5);
  const Body = Readable.from(
    (function* () {
      for (let i = 0; i < count; i++) yield piece;
    })(),
  );
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'big', Body, ContentLength: count * piece.length }));
  const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'big' }));
  let read = 0;
  for await (const chunk of answer.Body as Readable) read += (chunk as Buffer).length;
  clearInterval(watch);
  client.destroy();
  expect(read).toBe(count * piece.length);
  expect(peak).toBeLessThan(120 * 1024 * 1024);
});

test('bodies are files with generated names, and go away with their last reference', async () => {
  const client = clientFor(s3);
  const data = join(folder, 'data');
  const before = (await readdir(data)).length;
  const target = { Bucket: 'bucket', Key: '../../escape' };
  await client.send(new PutObjectCommand({ ...target, Body: Buffer.alloc(100_000) }));
  await client.send(new CopyObjectCommand({ Bucket: 'bucket', Key: 'copy', CopySource: 'bucket/..%2F..%2Fescape' }));
  const names = await readdir(data);
  expect(names.length).toBe(before + 1);
  expect(names.every((name) => /^[0-9a-f-]{36}$/.test(name))).toBe(true);
  expect(await readdir(folder)).toEqual(['data']);
  await client.send(new DeleteObjectCommand(target));
  expect((await readdir(data)).length).toBe(before + 1);
  await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'copy' }));
  await expect.poll(async () => (await readdir(data)).length, { timeout: 10_000 }).toBe(before);
  client.destroy();
});

test('a folder with files in it is refused', async () => {
  await writeFile(join(folder, 'precious'), 'x');
  await expect(startS3({ dataDir: folder })).rejects.toThrow(/dataDir must be empty or missing/);
  await rm(join(folder, 'precious'));
});

test('a reader keeps its bytes when the object is overwritten meanwhile', async () => {
  const client = clientFor(s3);
  const body = Buffer.alloc(8 * 1024 * 1024, 'old');
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'swap', Body: body }));
  const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'swap' }));
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'swap', Body: 'new' }));
  const bytes = await answer.Body?.transformToByteArray();
  expect(Buffer.compare(Buffer.from(bytes ?? []), body)).toBe(0);
  client.destroy();
});

test('close ends connections, refuses new ones and can be called twice', async () => {
  const other = await startS3();
  const client = clientFor(other, { maxAttempts: 1 });
  other.createBucket('bucket');
  await client.send(new HeadBucketCommand({ Bucket: 'bucket' }));
  await Promise.all([other.close(), other.close()]);
  await expect(client.send(new HeadBucketCommand({ Bucket: 'bucket' }))).rejects.toThrow(/ECONNREFUSED/);
  client.destroy();
});
