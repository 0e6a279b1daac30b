import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type LocalS3, startS3 } from '@pipeline/local';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { emptyTag } from '../src/empty-bucket/empty-tag.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let leftMs = 900_000;
const invokedFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:empty';
const context = { invokedFunctionArn, getRemainingTimeInMillis: () => leftMs };

let s3: LocalS3;
let client: S3Client;
/** CloudFormation's end: addresses that are signed for requests without a content type. */
let cloudFormation: Server;
let answers: { readonly Status: string; readonly Reason: string; readonly PhysicalResourceId?: string }[] = [];
let handler: typeof import('../src/empty-bucket/handler.ts').handler;

beforeAll(async () => {
  s3 = await startS3({ credentials });
  client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  cloudFormation = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    const signed = request.method === 'PUT' && request.headers['content-type'] === undefined;
    if (signed) answers.push(JSON.parse(text));
    response.writeHead(signed ? 200 : 403).end();
  });
  cloudFormation.listen(0, '127.0.0.1');
  await once(cloudFormation, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  ({ handler } = await import('../src/empty-bucket/handler.ts')); // its client reads the environment
});
beforeEach(() => {
  answers = [];
});
afterAll(async () => {
  vi.unstubAllEnvs();
  client?.destroy();
  cloudFormation?.close();
  await s3?.close();
});

const ask = (RequestType: 'Create' | 'Update' | 'Delete', BucketName: string, path = '') => {
  const ResponseURL = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/${path}`;
  const ids = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Empty', PhysicalResourceId: 'before' };
  return handler({ RequestType, ResponseURL, ...ids, ResourceProperties: { BucketName } }, context);
};
const fill = async (Bucket: string): Promise<void> => {
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  const TagSet = [{ Key: emptyTag.key, Value: emptyTag.value }];
  await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
};
const versions = async (Bucket: string): Promise<number> =>
  ((await client.send(new ListObjectVersionsCommand({ Bucket }))).Versions ?? []).length;

test('a bucket keeps what it has until it is given up, and CloudFormation is answered each time', async () => {
  await fill('data');
  await ask('Create', 'data');
  await ask('Update', 'data');
  expect(await versions('data')).toBe(1);
  await ask('Delete', 'data');
  expect(await versions('data')).toBe(0);
  expect(answers.map(({ Status, PhysicalResourceId }) => [Status, PhysicalResourceId])).toEqual([
    ['SUCCESS', 'data'],
    ['SUCCESS', 'data'],
    ['SUCCESS', 'before'],
  ]);
});

test('a bucket that the stack keeps from now on is left as it is, and the deployment goes on', async () => {
  await fill('retained');
  // As CloudFormation does before it removes what is no longer in the template.
  await client.send(new DeleteBucketTaggingCommand({ Bucket: 'retained' }));
  await ask('Delete', 'retained');
  expect(await versions('retained')).toBe(1);
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});

test('a bucket that cannot be emptied in time is told of, with what to do', async () => {
  leftMs = 60_000;
  await ask('Delete', 'data');
  leftMs = 900_000;
  const Reason = 'Error: 0 versions are removed, there are more: destroy the stack once again';
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason }]);
});

test('a bucket of another account is left as it is', async () => {
  await fill('theirs');
  const ResponseURL = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/`;
  const event = { ResponseURL, StackId: 's', RequestId: 'r', LogicalResourceId: 'l', PhysicalResourceId: 'theirs' };
  const elsewhere = { ...context, invokedFunctionArn: invokedFunctionArn.replace('000000000000', '111122223333') };
  await handler({ RequestType: 'Delete', ...event, ResourceProperties: { BucketName: 'theirs' } }, elsewhere);
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('AccessDenied') }]);
  expect(await versions('theirs')).toBe(1);
});

test('an answer that CloudFormation does not take fails the call, so that it is made again', async () => {
  const refusing = createServer((_, response) => response.writeHead(403).end());
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const ResponseURL = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/`;
  const event = { ResponseURL, StackId: 's', RequestId: 'r', LogicalResourceId: 'l' };
  await expect(
    handler({ RequestType: 'Create', ...event, ResourceProperties: { BucketName: 'data' } }, context),
  ).rejects.toThrow('CloudFormation did not take the answer: status 403');
  refusing.close();
});
