import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalS3, type ObjectEvent, type StartS3Options, startS3 } from '../../src/s3/index.ts';

/** A server, a client with default settings, and a fresh bucket. */
export interface Bench {
  readonly s3: LocalS3;
  readonly client: S3Client;
  readonly bucket: string;
  readonly events: ObjectEvent[];
}

/** One behaviour: where it is documented or recorded, what is done, and exactly what must come back. */
export interface Case {
  readonly name: string;
  /**
   * The AWS documentation page that says so, or the recorded answer of AWS that shows it:
   * recordings are named by their test in `tests/aws/services/s3/*.snapshot.json` of github.com/localstack/localstack.
   */
  readonly source: string;
  readonly versioning?: boolean;
  readonly run: (bench: Bench) => Promise<unknown>;
  readonly want: unknown;
}

export function clientFor(s3: LocalS3, config: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials, ...config });
}

/** Runs a table of cases against one server, each in a bucket of its own. */
export function defineCases(title: string, cases: readonly Case[], options: StartS3Options = {}): void {
  describe(title, () => {
    let s3: LocalS3;
    let client: S3Client;
    const events: ObjectEvent[] = [];
    let count = 0;
    beforeAll(async () => {
      s3 = await startS3({ ...options, onObjectEvent: (event) => events.push(event) });
      client = clientFor(s3);
    });
    afterAll(async () => {
      client.destroy();
      await s3.close();
    });
    for (const { name, source, versioning, run, want } of cases) {
      test(`${name} [${source}]`, async () => {
        const bucket = `case-${++count}`;
        s3.createBucket(bucket, { versioning: versioning === true });
        events.length = 0;
        expect(await run({ s3, client, bucket, events })).toEqual(want);
      });
    }
  });
}

/** What an SDK call failed with. */
export async function failure(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    const { name, message, Condition, $metadata } = error as Error & {
      Condition?: string;
      $metadata?: { httpStatusCode?: number };
    };
    return {
      status: $metadata?.httpStatusCode,
      code: name,
      message,
      ...(Condition === undefined ? {} : { condition: Condition }),
    };
  }
  return { status: 200, code: 'none' };
}

/** Status and code alone. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const { status, code } = await failure(call);
  return `${status} ${code}`;
}

/** Picks members, so that a case says exactly which values count. */
export function pick(from: object, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown>)[name]]));
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `Code` of an error document. */
  readonly code: string | undefined;
  readonly message: string | undefined;
}

export interface RawRequest {
  readonly method?: string;
  /** Path and query as they go over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
}

/** An HTTP request without any client library between. */
export function raw(s3: LocalS3, { method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: s3.port, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text,
            code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
            message: /<Message>(.*?)<\/Message>/.exec(text)?.[1],
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** What a signature was made with, for signing chunks after it. */
export interface SignedHeaders {
  readonly headers: Record<string, string>;
  readonly key: Buffer;
  readonly scope: string;
  readonly amzDate: string;
  readonly signature: string;
}

/** Signature Version 4 written down once more and apart from the server's, from AWS docs: "Create a signed AWS API request". */
export function sign(
  s3: LocalS3,
  {
    method = 'GET',
    path,
    headers = {},
    payload,
    at = Date.now(),
    secret = s3.credentials.secretAccessKey,
    accessKeyId = s3.credentials.accessKeyId,
    leaveUnsigned = [],
  }: {
    method?: string;
    path: string;
    headers?: Readonly<Record<string, string>>;
    /** The value of x-amz-content-sha256. */
    payload: string;
    at?: number;
    secret?: string;
    accessKeyId?: string;
    leaveUnsigned?: readonly string[];
  },
): SignedHeaders {
  const amzDate = `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const day = amzDate.slice(0, 8);
  const all: Record<string, string> = {
    host: `127.0.0.1:${s3.port}`,
    ...headers,
    'x-amz-content-sha256': payload,
    'x-amz-date': amzDate,
  };
  const names = Object.keys(all)
    .filter((name) => !leaveUnsigned.includes(name))
    .sort();
  const [uri = '', query = ''] = path.split('?');
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort();
  const canonical = [
    method,
    uri,
    pairs.join('&'),
    ...names.map((name) => `${name}:${all[name]}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), 'us-east-1'), 's3'), 'aws4_request');
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hash}`).toString('hex');
  return {
    key,
    scope,
    amzDate,
    signature,
    headers: {
      ...all,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    },
  };
}

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
export const md5 = (data: string | Buffer): string => createHash('md5').update(data).digest('hex');

/** A signed request with a plain body. */
export function signedRaw(
  s3: LocalS3,
  request: RawRequest & {
    payload?: string;
    at?: number;
    secret?: string;
    accessKeyId?: string;
    leaveUnsigned?: string[];
  },
): Promise<RawAnswer> {
  const { method = 'GET', path, body = '', payload = sha256(body), at, secret, accessKeyId, leaveUnsigned } = request;
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).map(([k, v]) => [k, String(v)]));
  const signed = sign(s3, {
    method,
    path,
    headers,
    payload,
    ...(at === undefined ? {} : { at }),
    ...(secret === undefined ? {} : { secret }),
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(leaveUnsigned === undefined ? {} : { leaveUnsigned }),
  });
  const length =
    body.length > 0 || method === 'PUT' || method === 'POST' ? { 'content-length': Buffer.byteLength(body) } : {};
  return raw(s3, { method, path, headers: { ...length, ...signed.headers }, body });
}
