import { randomBytes } from 'node:crypto';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  type AccessKey,
  createKeyRing,
  type GatedCall,
  type PolicyDocument,
  startAccessGate,
  startDynamoDb,
  startEventBridge,
  startLambda,
  startS3,
  startSes,
  startSqs,
} from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/iam/access-requests.ts';

const place = { region: 'us-east-1', accountId: '000000000000' };
const keys = createKeyRing();
let granted: readonly PolicyDocument[] = [];
const caller = { arn: 'arn:aws:iam::000000000000:role/tester', policies: () => granted };
const key = keys.issue(caller);
const calls: GatedCall[] = [];

const grant = (...statements: readonly (readonly [action: string, resource: string, condition?: object])[]): void => {
  granted = [
    {
      Statement: statements.map(([Action, Resource, Condition]) => ({
        ...{ Effect: 'Allow', Action, Resource },
        ...(Condition === undefined ? {} : { Condition }),
      })),
    } as PolicyDocument,
  ];
};

const open: { close(): Promise<void> }[] = [];
const gateOf = new Map<ServiceName, string>();
const guard = async (service: ServiceName, started: { readonly endpoint: string; close(): Promise<void> }) => {
  const options = {
    service,
    target: () => started.endpoint,
    keys,
    place,
    onCall: (call: GatedCall) => calls.push(call),
  };
  const gate = await startAccessGate(options);
  gateOf.set(service, gate.endpoint);
  open.push(gate, started);
};

/** A client behind the gate of a service, with a key of the tester or another. */
const behind = (
  service: ServiceName,
  credentials: AccessKey | { accessKeyId: string; secretAccessKey: string } = key,
) => ({
  ...{ region: place.region, endpoint: gateOf.get(service)!, credentials, maxAttempts: 1 },
});
const s3As = (credentials?: Parameters<typeof behind>[1]): S3Client =>
  new S3Client({ ...behind('s3', credentials), forcePathStyle: true });

const refusal = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'allowed',
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => `${error.name} ${error.$metadata?.httpStatusCode}`,
  );

beforeAll(async () => {
  const own = { accessKeyId: 'own', secretAccessKey: 'own-secret' };
  const s3 = await startS3({ credentials: own, secretOf: (id) => keys.find(id)?.key.secretAccessKey });
  await guard('s3', s3);
  const admin = new S3Client({ region: place.region, endpoint: s3.endpoint, credentials: own, forcePathStyle: true });
  await admin.send(new CreateBucketCommand({ Bucket: 'files' }));
  await admin.send(new PutObjectCommand({ Bucket: 'files', Key: 'in/a', Body: 'text' }));
  await guard('dynamodb', await startDynamoDb());
  await guard('ses', await startSes());
  await guard('sqs', await startSqs());
  await guard('lambda', await startLambda());
  await guard('events', await startEventBridge());
});
afterAll(async () => {
  for (const one of open) await one.close();
});

describe('objects', () => {
  it('come and go byte for byte where that is granted', async () => {
    grant(['s3:PutObject', 'arn:aws:s3:::files/out/*'], ['s3:GetObject', 'arn:aws:s3:::files/out/*']);
    const body = randomBytes(20_000_000);
    const s3 = s3As();
    await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'out/large', Body: body }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'files', Key: 'out/large' }));
    expect(Buffer.compare(Buffer.from(await Body!.transformToByteArray()), body)).toBe(0);
  });

  it('are refused as S3 refuses them, below other prefixes and to other actions', async () => {
    grant(['s3:PutObject', 'arn:aws:s3:::files/out/*']);
    const s3 = s3As();
    const get = s3.send(new GetObjectCommand({ Bucket: 'files', Key: 'out/large' }));
    await expect(get).rejects.toMatchObject({
      ...{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } },
      message:
        'User: arn:aws:iam::000000000000:role/tester is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::files/out/large',
    });
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'in/b', Body: 'x' })))).toBe(
      'AccessDenied 403',
    );
    expect(calls.at(-1)).toMatchObject({
      ...{ caller: { arn: caller.arn }, request: expect.stringMatching(/^PUT \/files\/in\/b/) },
      refused: [{ action: 's3:PutObject', resource: 'arn:aws:s3:::files/in/b' }],
    });
  });

  it('that are missing answer 403 to those who may not list, and 404 to others', async () => {
    const head = () => refusal(s3As().send(new HeadObjectCommand({ Bucket: 'files', Key: 'in/none' })));
    grant(['s3:GetObject', 'arn:aws:s3:::files/*']);
    expect(await head()).toBe('Unknown 403');
    grant(['s3:GetObject', 'arn:aws:s3:::files/*'], ['s3:ListBucket', 'arn:aws:s3:::files']);
    expect(await head()).toBe('NotFound 404');
  });

  it('are copied by those who may read the one and write the other', async () => {
    const copy = () =>
      refusal(s3As().send(new CopyObjectCommand({ Bucket: 'files', Key: 'out/copy', CopySource: 'files/in/a' })));
    grant(['s3:PutObject', 'arn:aws:s3:::files/out/*']);
    expect(await copy()).toBe('AccessDenied 403');
    grant(['s3:GetObject', 'arn:aws:s3:::files/in/*']);
    expect(await copy()).toBe('AccessDenied 403');
    grant(['s3:PutObject', 'arn:aws:s3:::files/out/*'], ['s3:GetObject', 'arn:aws:s3:::files/in/*']);
    expect(await copy()).toBe('allowed');
  });

  it('are removed many at a time only where each may be', async () => {
    const remove = (...Keys: readonly string[]) => {
      const Objects = Keys.map((Key) => ({ Key }));
      return refusal(s3As().send(new DeleteObjectsCommand({ Bucket: 'files', Delete: { Objects } })));
    };
    grant(['s3:DeleteObject', 'arn:aws:s3:::files/out/*']);
    expect(await remove('out/copy', 'in/a')).toBe('AccessDenied 403');
    expect(await remove('out/copy')).toBe('allowed');
  });

  it('open by a link as long as who signed it may read them', async () => {
    const link = await getSignedUrl(s3As(), new GetObjectCommand({ Bucket: 'files', Key: 'in/a' }));
    grant(['s3:GetObject', 'arn:aws:s3:::files/in/*']);
    const good = await fetch(link);
    expect([good.status, await good.text()]).toEqual([200, 'text']);
    expect((await fetch(link.replace(/(X-Amz-Signature=)./, '$1z'))).status).toBe(403);
    grant();
    expect((await fetch(link)).status).toBe(403);
  });
});

describe('keys', () => {
  const get = (credentials: Parameters<typeof behind>[1]) =>
    refusal(s3As(credentials).send(new GetObjectCommand({ Bucket: 'files', Key: 'in/a' })));
  const item = (credentials: Parameters<typeof behind>[1]) =>
    refusal(
      new DynamoDBClient(behind('dynamodb', credentials)).send(
        new GetItemCommand({ TableName: 'none', Key: { pk: { S: '1' } } }),
      ),
    );

  it('that nobody issued, that ended, or whose secret or token is another, are refused', async () => {
    grant(['s3:GetObject', '*'], ['dynamodb:GetItem', '*']);
    const ended = keys.issue(caller, Date.now() - 1000);
    const wrong = {
      nobody: { accessKeyId: 'ASIANOBODY', secretAccessKey: 'x' },
      ended,
      secret: { ...key, secretAccessKey: 'other' },
      token: { ...key, sessionToken: 'other' },
    };
    expect(await Promise.all(Object.values(wrong).map(get))).toEqual([
      ...['InvalidAccessKeyId 403', 'ExpiredToken 403', 'SignatureDoesNotMatch 403', 'InvalidAccessKeyId 403'],
    ]);
    expect(await Promise.all(Object.values(wrong).map(item))).toEqual([
      ...['UnrecognizedClientException 400', 'ExpiredTokenException 400'],
      ...['InvalidSignatureException 400', 'UnrecognizedClientException 400'],
    ]);
    expect(await item(key)).toBe('ResourceNotFoundException 400');
  });

  it('are asked for', async () => {
    const response = await fetch(`${gateOf.get('dynamodb')}/`, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      body: '{}',
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { __type: 'MissingAuthenticationTokenException', message: 'the request is not signed' },
    ]);
  });
});

describe('the other services', () => {
  const refusedWith = async (call: Promise<unknown>): Promise<void> => {
    await expect(call).rejects.toMatchObject({ message: expect.stringMatching(/is not authorized to perform/) });
  };
  const mail = (from: string) =>
    new SESv2Client(behind('ses')).send(
      new SendEmailCommand({
        ...{ FromEmailAddress: from, Destination: { ToAddresses: ['b@example.com'] } },
        Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } },
      }),
    );
  const tell = (Source: string) =>
    new EventBridgeClient(behind('events')).send(
      new PutEventsCommand({ Entries: [{ Source, DetailType: 'Done', Detail: '{}' }] }),
    );

  it('take mail from an address that is granted, and from no other', async () => {
    const condition = { StringEquals: { 'ses:FromAddress': 'a@example.com' } };
    grant(['ses:SendEmail', '*', condition]);
    expect(await mail('a@example.com')).toMatchObject({ MessageId: expect.any(String) });
    await refusedWith(mail('other@example.com'));
  });

  it('take events of a source that is granted, and of no other', async () => {
    grant(['events:PutEvents', '*', { StringEquals: { 'events:source': 'orders' } }]);
    expect(await tell('orders')).toMatchObject({ FailedEntryCount: 0 });
    await refusedWith(tell('aws.s3'));
  });

  it('refuse calls that are not granted, each in its own words', async () => {
    grant();
    const sqs = new SQSClient(behind('sqs'));
    const QueueUrl = `${gateOf.get('sqs')}/local/q`;
    expect(await refusal(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })))).toMatch(
      /^AccessDenied.* 400$/,
    );
    const lambda = new LambdaClient(behind('lambda'));
    expect(await refusal(lambda.send(new InvokeCommand({ FunctionName: 'f' })))).toBe('AccessDeniedException 403');
    const dynamodb = new DynamoDBClient(behind('dynamodb'));
    const item = new GetItemCommand({ TableName: 'none', Key: { pk: { S: '1' } } });
    expect(await refusal(dynamodb.send(item))).toBe('AccessDeniedException 400');
  });
});

it('a caller that goes away leaves nothing behind', async () => {
  grant(['s3:GetObject', '*'], ['s3:PutObject', '*']);
  const s3 = s3As();
  await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'out/large', Body: randomBytes(20_000_000) }));
  for (let time = 0; time < 5; time++) {
    const stop = new AbortController();
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'files', Key: 'out/large' }), {
      abortSignal: stop.signal,
    });
    stop.abort();
    await expect((Body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().next()).rejects.toThrow();
  }
  expect(await refusal(s3.send(new HeadObjectCommand({ Bucket: 'files', Key: 'in/a' })))).toBe('allowed');
});
