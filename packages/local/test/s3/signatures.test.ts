import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Bench, type Case, clientFor, defineCases, failure, raw, refusal, sha256, signedRaw } from './support.ts';

/** The server's clock: these cases turn it. */
let offsetMs = 0;

const put = ({ client, bucket }: Bench, Key = 'k', Body = 'body') =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
const link = ({ client, bucket }: Bench, expiresIn = 60, more: object = {}) =>
  getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'k', ...more }), { expiresIn });
const text = async (answer: Response) => {
  const body = await answer.text();
  return [answer.status, /<Code>(.*?)<\/Code>/.exec(body)?.[1] ?? body, /<Message>(.*?)<\/Message>/.exec(body)?.[1]];
};

const cases: Case[] = [
  {
    name: 'an unsigned request',
    source: 'recorded: test_get_object_with_anon_credentials',
    run: async (b) => {
      await put(b);
      const { status, code, message } = await raw(b.s3, { path: `/${b.bucket}/k` });
      return [status, code, message];
    },
    want: [403, 'AccessDenied', 'Access Denied'],
  },
  {
    name: 'a wrong secret',
    source: 'recorded: test_presigned_url_signature_authentication',
    run: async ({ s3, bucket }) => {
      const client = clientFor(s3, { credentials: { accessKeyId: 'test', secretAccessKey: 'wrong' } });
      return failure(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' })));
    },
    want: {
      status: 403,
      code: 'SignatureDoesNotMatch',
      message:
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    },
  },
  {
    name: 'an unknown access key',
    source: 'AWS docs: "Error responses", InvalidAccessKeyId',
    run: async ({ s3, bucket }) => {
      const client = clientFor(s3, { credentials: { accessKeyId: 'nobody', secretAccessKey: 'test' } });
      return failure(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' })));
    },
    want: {
      status: 403,
      code: 'InvalidAccessKeyId',
      message: 'The AWS Access Key Id you provided does not exist in our records.',
    },
  },
  {
    name: 'a clock that is off by more than fifteen minutes',
    source: 'AWS docs: "Error responses", RequestTimeTooSkewed',
    run: async ({ s3, bucket }) => {
      const at = async (ms: number) => {
        const { status, code } = await signedRaw(s3, { path: `/${bucket}?location`, at: Date.now() + ms });
        return `${status} ${code}`;
      };
      return [await at(-16 * 60_000), await at(16 * 60_000), await at(-14 * 60_000)];
    },
    want: ['403 RequestTimeTooSkewed', '403 RequestTimeTooSkewed', '200 undefined'],
  },
  {
    name: 'an x-amz- header that the signature leaves out',
    source: 'recorded: test_put_url_metadata_with_sig_s3v4[True]',
    run: async ({ s3, bucket }) => {
      const headers = { 'x-amz-meta-wrong': '1' };
      const answer = await signedRaw(s3, { path: `/${bucket}?location`, headers, leaveUnsigned: ['x-amz-meta-wrong'] });
      return [answer.status, answer.code, answer.message, /<HeadersNotSigned>(.*?)</.exec(answer.body)?.[1]];
    },
    want: [403, 'AccessDenied', 'There were headers present in the request which were not signed', 'x-amz-meta-wrong'],
  },
  {
    name: 'a body that is not the one that was signed',
    source: 'AWS docs: "Error responses", XAmzContentSHA256Mismatch',
    run: async (b) => {
      const { status, code, message } = await signedRaw(b.s3, {
        method: 'PUT',
        path: `/${b.bucket}/k`,
        body: 'changed',
        payload: sha256('original'),
      });
      return [
        status,
        code,
        message,
        await refusal(b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k' }))),
      ];
    },
    want: [
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      '404 NotFound',
    ],
  },
  {
    name: 'Signature Version 2',
    source: 'AWS docs: "Authenticating requests", buckets since June 2020',
    run: async ({ s3, bucket }) => {
      const query = await raw(s3, { path: `/${bucket}/k?AWSAccessKeyId=test&Expires=9999999999&Signature=x` });
      const header = await raw(s3, { path: `/${bucket}/k`, headers: { authorization: 'AWS test:signature' } });
      return [query.status, query.message, header.status, header.code];
    },
    want: [
      400,
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      400,
      'InvalidRequest',
    ],
  },
  {
    name: 'a presigned link reads, with overrides and with a range',
    source: 'AWS docs: "Sharing objects with presigned URLs"',
    run: async (b) => {
      await put(b);
      const url = await link(b, 60, { ResponseContentDisposition: 'attachment; filename="a b.csv"' });
      const whole = await fetch(url);
      const part = await fetch(url, { headers: { range: 'bytes=1-2' } });
      return [
        whole.status,
        await whole.text(),
        whole.headers.get('content-disposition'),
        part.status,
        await part.text(),
      ];
    },
    want: [200, 'body', 'attachment; filename="a b.csv"', 206, 'od'],
  },
  {
    name: 'a presigned link dies when its time is over, to the second',
    source: 'recorded: test_s3_presigned_url_expired[s3v4]',
    run: async (b) => {
      await put(b);
      const url = await link(b, 60);
      try {
        offsetMs = 58_000;
        const before = (await fetch(url)).status;
        offsetMs = 61_500;
        const [status, code, message] = await text(await fetch(url));
        return [before, status, code, message];
      } finally {
        offsetMs = 0;
      }
    },
    want: [200, 403, 'AccessDenied', 'Request has expired'],
  },
  {
    name: 'a link for a full week is fine, one second more is not',
    source: 'AWS docs: "Authenticating requests: using query parameters", X-Amz-Expires',
    run: async (b) => {
      await put(b);
      const week = new URL(await link(b, 604_800));
      const fine = (await fetch(week)).status;
      week.searchParams.set('X-Amz-Expires', '604801');
      return [fine, ...(await text(await fetch(week)))];
    },
    want: [
      200,
      400,
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    ],
  },
  {
    name: 'a link that somebody changed',
    source: 'recorded: test_presigned_url_signature_authentication',
    run: async (b) => {
      await put(b);
      await put(b, 'secret');
      const other = (await link(b)).replace('/k?', '/secret?');
      const longer = (await link(b)).replace('X-Amz-Expires=60', 'X-Amz-Expires=6000');
      const method = await fetch(await link(b), { method: 'DELETE' });
      return [(await text(await fetch(other)))[1], (await text(await fetch(longer)))[1], (await text(method))[1]];
    },
    want: ['SignatureDoesNotMatch', 'SignatureDoesNotMatch', 'SignatureDoesNotMatch'],
  },
  {
    name: 'a link without one of its parameters',
    source: 'recorded: test_s3_put_presigned_url_missing_sig_param[s3v4]',
    run: async (b) => {
      const url = new URL(await link(b));
      url.searchParams.delete('X-Amz-Date');
      return (await text(await fetch(url))).slice(0, 2);
    },
    want: [400, 'AuthorizationQueryParametersError'],
  },
  {
    name: 'a presigned upload stores what is sent, and ignores the checksum of the empty body in the link',
    source: 'aws-sdk-js-v3 presigner puts x-amz-checksum-crc32 of no body into the query; S3 does not apply it',
    run: async (b) => {
      const command = new PutObjectCommand({
        Bucket: b.bucket,
        Key: 'up',
        ContentType: 'text/csv',
        Metadata: { a: '1' },
      });
      const url = await getSignedUrl(b.client, command, { expiresIn: 60, signableHeaders: new Set(['content-type']) });
      const sent = await fetch(url, { method: 'PUT', body: 'id\n1\n', headers: { 'content-type': 'text/csv' } });
      const wrong = await fetch(url, { method: 'PUT', body: 'id\n1\n', headers: { 'content-type': 'text/html' } });
      const head = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'up' }));
      return [sent.status, wrong.status, head.ContentType, head.Metadata, head.ContentLength];
    },
    want: [200, 403, 'text/csv', { a: '1' }, 5],
  },
  {
    name: 'links on keys that need encoding',
    source: 'AWS docs: "Create a signed AWS API request", canonical URI',
    run: async (b) => {
      const bodies: string[] = [];
      for (const Key of ['a b+c/é😀.csv', "x'(y)!*~&=@:;,$?#", 'a//b', 'percent%41']) {
        await put(b, Key, Key);
        const url = await getSignedUrl(b.client, new GetObjectCommand({ Bucket: b.bucket, Key }), { expiresIn: 60 });
        bodies.push(await (await fetch(url)).text());
      }
      return bodies;
    },
    want: ['a b+c/é😀.csv', "x'(y)!*~&=@:;,$?#", 'a//b', 'percent%41'],
  },
  {
    name: 'the expected bucket owner',
    source: 'AWS docs: "Verifying bucket ownership with bucket owner condition"',
    run: async (b) => {
      await put(b);
      const head = (ExpectedBucketOwner: string) =>
        b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'k', ExpectedBucketOwner }));
      return [await refusal(head('000000000000')), await refusal(head('111122223333'))];
    },
    want: ['200 none', '403 AccessDenied'],
  },
];

defineCases('signatures', cases, { now: () => Date.now() + offsetMs });
