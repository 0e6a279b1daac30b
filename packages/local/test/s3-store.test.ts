import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  crc32,
  crc32Base64,
  crc32Hex,
  createRunContext,
  type ObjectStore,
  type PipelineEvent,
  readBytes,
} from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeStoreContract, patternBytes } from '../../core/test/store-contract.ts';
import { type LocalS3, startS3 } from '../src/s3/index.ts';

/** How one answer goes wrong; `after` counts bytes of the body. */
type Fault =
  | { readonly kind: 'reset' | 'stall' | 'end'; readonly after: number; readonly afterwards?: () => void }
  | { readonly kind: 'content-range'; readonly value: string }
  | { readonly kind: 'ignore-range' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'flip'; readonly at: number }
  | { readonly kind: 'status'; readonly status: number; readonly code: string };

interface Asked {
  readonly key: string;
  readonly range: string | undefined;
  readonly ifMatch: string | undefined;
}

interface FaultyServer {
  readonly endpoint: string;
  readonly requests: Asked[];
  /** Decides how the `n`th request (from 0, since `requests` was cleared) goes wrong. */
  fault: (asked: Asked, n: number) => Fault | undefined;
  object: Uint8Array;
  checksum: boolean;
  etag(): string;
  /** Answers whose connection is still busy with them. */
  openAnswers(): number;
  close(): Promise<void>;
}

/** Serves one object under every key, and lies as it is told. */
const startFaultyServer = async (): Promise<FaultyServer> => {
  const open = new Set<ServerResponse>();
  const etag = (): string => `"${createHash('md5').update(faulty.object).digest('hex')}"`;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const asked: Asked = {
      key: decodeURIComponent((request.url ?? '').split('?')[0]!),
      range: request.headers.range,
      ifMatch: request.headers['if-match'],
    };
    const fault = faulty.fault(asked, faulty.requests.push(asked) - 1);
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>${code}</Code><Message>told to</Message></Error>`);
    };
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'status') {
      refuse(fault.status, fault.code);
      return;
    }
    if (asked.ifMatch !== undefined && asked.ifMatch !== etag()) {
      refuse(412, 'PreconditionFailed');
      return;
    }

    const size = faulty.object.length;
    const match = fault?.kind === 'ignore-range' ? null : /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? '');
    const start = match === null ? 0 : Number(match[1]);
    const end = match === null || match[2] === '' ? size : Number(match[2]) + 1;
    const body = Buffer.from(faulty.object.subarray(start, end));
    if (fault?.kind === 'flip') body[fault.at]! ^= 1;
    const range = fault?.kind === 'content-range' ? fault.value : `bytes ${start}-${end - 1}/${size}`;
    response.writeHead(match === null ? 200 : 206, {
      etag: etag(),
      'content-length': body.length,
      ...(match === null ? {} : { 'content-range': range }),
      ...(faulty.checksum && match === null
        ? {
            'x-amz-checksum-crc32': crc32Base64(crc32Hex(crc32(faulty.object))),
            'x-amz-checksum-type': 'FULL_OBJECT',
          }
        : {}),
    });
    if (fault?.kind !== 'reset' && fault?.kind !== 'stall' && fault?.kind !== 'end') {
      response.end(body);
      return;
    }
    response.flushHeaders();
    response.write(body.subarray(0, fault.after), () => {
      fault.afterwards?.();
      if (fault.kind === 'reset') response.socket?.resetAndDestroy();
      if (fault.kind === 'end') response.socket?.end();
    });
  };

  const server = createServer((request, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const faulty: FaultyServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => undefined,
    object: new Uint8Array(),
    checksum: false,
    etag,
    openAnswers: () => open.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return faulty;
};

let server: LocalS3;
let client: S3Client;
let buckets = 0;

const retry = { tries: 4, baseMs: 1, maxMs: 5 };

const clientOf = (endpoint: string, maxAttempts = 3): S3Client =>
  new S3Client({ endpoint, region: server.region, credentials: server.credentials, forcePathStyle: true, maxAttempts });

beforeAll(async () => {
  server = await startS3();
  client = clientOf(server.endpoint);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const newBucket = (options: { versioning?: boolean } = {}): string => {
  const bucket = `bucket-${buckets++}`;
  server.createBucket(bucket, options);
  return bucket;
};

for (const versioning of [false, true])
  describeStoreContract(versioning ? 'S3, versioned' : 'S3', () => {
    const bucket = newBucket({ versioning });
    return {
      store: s3Store(client, { retry, context: createRunContext() }),
      bucket,
      openUploads: async () =>
        (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0,
    };
  });

describe('reads under faults', () => {
  const body = patternBytes(300_000);
  let faulty: FaultyServer;
  let faultyClient: S3Client;
  const ref = { bucket: 'bucket', key: 'data.csv' };

  beforeAll(async () => {
    faulty = await startFaultyServer();
    faultyClient = clientOf(faulty.endpoint);
  });
  beforeEach(() => {
    faulty.object = body;
    faulty.checksum = false;
    faulty.requests.length = 0;
    faulty.fault = () => undefined;
  });
  afterEach(async () => {
    await vi.waitFor(() => expect(faulty.openAnswers()).toBe(0), { timeout: 2000, interval: 5 });
  });
  afterAll(async () => {
    faultyClient.destroy();
    await faulty.close();
  });

  const events: PipelineEvent[] = [];
  const store = (options: Parameters<typeof s3Store>[1] = {}): ObjectStore =>
    s3Store(faultyClient, {
      retry,
      context: createRunContext({ observe: (event) => void events.push(event) }),
      ...options,
    });
  const same = (got: Uint8Array, wanted: Uint8Array): void => expect(Buffer.compare(got, wanted)).toBe(0);
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.unreachable('the read must fail'),
      (error: unknown) => error,
    );

  for (const checksum of [false, true]) {
    const kind = checksum ? 'with a checksum' : 'without a checksum';

    test.each([0, 1, 1024, 65_536, 150_001, 299_999])(
      `a body that is reset after %i bytes is resumed (${kind})`,
      async (after) => {
        faulty.checksum = checksum;
        faulty.fault = (_, n) => (n === 0 ? { kind: 'reset', after } : undefined);
        same(await readBytes(store(), ref), body);
        expect(faulty.requests).toHaveLength(2);
        // What was not received is asked for again: no more than what was sent can be skipped.
        const [, again] = faulty.requests;
        const from = Number(/^bytes=(\d+)-299999$/.exec(again?.range ?? 'bytes=0-299999')?.[1]);
        expect(from).toBeLessThanOrEqual(after);
        if (from > 0) expect(again?.ifMatch).toBe(faulty.etag());
      },
    );

    test(`a body that stalls is given up and resumed (${kind})`, async () => {
      faulty.checksum = checksum;
      faulty.fault = (_, n) => (n === 0 ? { kind: 'stall', after: 100_000 } : undefined);
      const started = performance.now();
      same(await readBytes(store({ stallMs: 100 }), ref), body);
      expect(performance.now() - started).toBeLessThan(3000);
      expect(faulty.requests).toHaveLength(2);
    });

    test(`a body that ends early is resumed (${kind})`, async () => {
      faulty.checksum = checksum;
      faulty.fault = (_, n) => (n === 0 ? { kind: 'end', after: 200_000 } : undefined);
      same(await readBytes(store(), ref), body);
      expect(faulty.requests).toHaveLength(2);
    });
  }

  test('a ranged read that breaks twice is resumed within its range', async () => {
    faulty.fault = (_, n) => (n < 2 ? { kind: 'reset', after: 70_000 } : undefined);
    const range = { start: 10_000, end: 290_000 };
    same(await readBytes(store(), ref, { range }), body.subarray(range.start, range.end));
    expect(faulty.requests).toHaveLength(3);
    expect(faulty.requests.every(({ range: asked }) => asked?.endsWith('-289999'))).toBe(true);
  });

  test('progress starts the count of tries again; without progress they end', async () => {
    faulty.fault = (_, n) => (n < 12 ? { kind: 'reset', after: 20_000 } : undefined);
    same(await readBytes(store(), ref), body);
    faulty.requests.length = 0;
    faulty.fault = () => ({ kind: 'reset', after: 0 });
    expect(await failure(readBytes(store(), ref))).toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
  });

  test('a store that stalls for ever is STORAGE_STALLED', async () => {
    faulty.fault = () => ({ kind: 'stall', after: 0 });
    expect(await failure(readBytes(store({ stallMs: 20, retry: { ...retry, tries: 2 } }), ref))).toMatchObject({
      code: 'STORAGE_STALLED',
      name: 'PipelineStorageError',
    });
  });

  test('time that the reader takes is not a stall', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of store({ stallMs: 60 }).read(ref)) {
      if (pieces.length === 0) await new Promise((resolve) => setTimeout(resolve, 150));
      pieces.push(Uint8Array.from(piece));
    }
    same(Buffer.concat(pieces), body);
    expect(faulty.requests).toHaveLength(1);
  });

  test.each([
    ['begins elsewhere', 'bytes 9-99/300000'],
    ['ends elsewhere', 'bytes 10-98/300000'],
    ['is no range', 'lines 10-99/300000'],
  ])('a content range that %s is STORAGE_MISMATCH', async (_, value) => {
    faulty.fault = () => ({ kind: 'content-range', value });
    expect(await failure(readBytes(store(), ref, { range: { start: 10, end: 100 } }))).toMatchObject({
      code: 'STORAGE_MISMATCH',
    });
  });

  test('an ignored range is STORAGE_MISMATCH, not the wrong bytes', async () => {
    faulty.fault = () => ({ kind: 'ignore-range' });
    expect(await failure(readBytes(store(), ref, { range: { start: 10, end: 100 } }))).toMatchObject({
      code: 'STORAGE_MISMATCH',
    });
  });

  test('a flipped bit in an object with a checksum fails the read', async () => {
    faulty.checksum = true;
    faulty.fault = () => ({ kind: 'flip', at: 1234 });
    expect(await failure(readBytes(store(), ref))).toMatchObject({ code: 'STORAGE_MISMATCH', retryable: true });
  });

  test.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
  ])('100 parallel reads that each fail once with %i all succeed', async (status, code) => {
    const failed = new Set<string>();
    faulty.fault = ({ key }) => {
      if (failed.has(key)) return undefined;
      failed.add(key);
      return { kind: 'status', status, code };
    };
    faulty.object = body.subarray(0, 1000);
    const keys = Array.from({ length: 100 }, (_, i) => `data-${i}`);
    const reads = keys.map((key) => readBytes(store(), { bucket: 'bucket', key }));
    for (const got of await Promise.all(reads)) same(got, faulty.object);
    expect(failed.size).toBe(100);
  });

  test('a call that gets no answer is given up and made again', async () => {
    faulty.fault = (_, n) => (n % 2 === 0 ? { kind: 'silence' } : undefined);
    const impatient = store({ answerMs: 1000 });
    same(await readBytes(impatient, ref), body);
    expect((await impatient.head(ref)).sizeBytes).toBe(body.length);
    expect(faulty.requests.length).toBeGreaterThanOrEqual(4);
  });

  test('a store that never answers is STORAGE_FAILED, and an abort ends the wait with its reason', async () => {
    faulty.fault = () => ({ kind: 'silence' });
    const impatient = store({ answerMs: 20, retry: { ...retry, tries: 2 } });
    expect(await failure(readBytes(impatient, ref))).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await failure(impatient.head(ref))).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(faulty.requests).toHaveLength(4);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    expect(await failure(store().head(ref, { signal }))).toBe(reason);
  });

  test.each([
    [500, 'InternalError'],
    [429, 'ThrottlingException'],
    [503, 'ServiceUnavailable'],
  ])('status %i (%s) for ever is STORAGE_FAILED', async (status, code) => {
    faulty.fault = () => ({ kind: 'status', status, code });
    // The SDK's own waits for a 503 are long; they are not what is tested.
    const impatient = clientOf(faulty.endpoint, 1);
    const failing = s3Store(impatient, { retry: { ...retry, tries: 2 } });
    expect(await failure(readBytes(failing, ref))).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(faulty.requests).toHaveLength(2);
    impatient.destroy();
  });

  test.each([
    [403, 'AccessDenied', 'SOURCE_FORBIDDEN'],
    [403, 'InvalidObjectState', 'SOURCE_FORBIDDEN'],
    [400, 'KMS.DisabledException', 'SOURCE_FORBIDDEN'],
    [400, 'InvalidRequest', 'SOURCE_FORBIDDEN'],
    [400, 'ExpiredToken', 'SOURCE_FORBIDDEN'],
    [301, 'PermanentRedirect', 'SOURCE_FORBIDDEN'],
    [404, 'NoSuchKey', 'SOURCE_NOT_FOUND'],
    [404, 'NoSuchVersion', 'SOURCE_NOT_FOUND'],
    [412, 'PreconditionFailed', 'SOURCE_CHANGED'],
  ])('status %i (%s) is %s at once', async (status, code, expected) => {
    faulty.fault = () => ({ kind: 'status', status, code });
    expect(await failure(readBytes(store(), ref))).toMatchObject({ code: expected, retryable: false });
    expect(faulty.requests).toHaveLength(1);
    expect(await failure(store().head(ref))).toMatchObject({ code: expected, retryable: false });
  });

  test('a refusal says why, as far as S3 does', async () => {
    const said = async (status: number, code: string): Promise<unknown> => {
      faulty.fault = () => ({ kind: 'status', status, code });
      return ((await failure(readBytes(store(), ref))) as Error).message;
    };
    expect(await said(403, 'InvalidObjectState')).toMatch(/\(it is archived\); restore it/);
    expect(await said(400, 'KMS.DisabledException')).toMatch(/\(KMS\.DisabledException\); check .* the key/);
    expect(await said(403, 'AccessDenied')).toMatch(/was refused; check the role/);
  });

  test('an overwrite between two requests is SOURCE_CHANGED, never a mix', async () => {
    faulty.fault = (_, n) => {
      if (n > 0) return undefined;
      return {
        kind: 'reset',
        after: 100_000,
        afterwards: () => {
          faulty.object = Uint8Array.from(body, (byte) => byte ^ 0xff);
        },
      };
    };
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of store().read(ref)) pieces.push(Uint8Array.from(piece));
    })();
    expect(await failure(reading)).toMatchObject({ code: 'SOURCE_CHANGED' });
    const got = Buffer.concat(pieces);
    same(got, body.subarray(0, got.length));
  });

  test.each([0, 1, 2, 3, 4])('an overwrite behind reset number %i is SOURCE_CHANGED, never a mix', async (reset) => {
    const overwrite = (): void => {
      faulty.object = Uint8Array.from(body, (byte) => byte ^ 0xff);
    };
    faulty.fault = (_, n) => ({ kind: 'reset', after: 40_000, ...(n === reset ? { afterwards: overwrite } : {}) });
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of store().read(ref)) pieces.push(Uint8Array.from(piece));
    })();
    expect(await failure(reading)).toMatchObject({ code: 'SOURCE_CHANGED' });
    const got = Buffer.concat(pieces);
    same(got, body.subarray(0, got.length));
  });

  test('a reset behind any KiB of a body, at its first and its last byte, is resumed', async () => {
    faulty.object = body.subarray(0, 16 * 1024);
    for (let after = 0; after <= faulty.object.length; after += 1024) {
      faulty.requests.length = 0;
      faulty.fault = (_, n) =>
        n === 0 ? { kind: 'reset', after: Math.min(after, faulty.object.length - 1) } : undefined;
      same(await readBytes(store(), ref), faulty.object);
      expect(faulty.requests).toHaveLength(2);
    }
  });

  test('an early exit and an abort in mid-body close their answers', async () => {
    faulty.object = patternBytes(8 * 1024 * 1024);
    for await (const _ of store().read(ref)) break;
    faulty.fault = () => ({ kind: 'stall', after: 100_000 });
    const controller = new AbortController();
    const reason = new Error('stop');
    const reading = readBytes(store(), ref, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    expect(await failure(reading)).toBe(reason);
    // afterEach holds the number of open answers against 0.
  });

  test('an abort while waiting between two tries ends the read with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    faulty.fault = () => {
      setTimeout(() => controller.abort(reason), 10);
      return { kind: 'reset', after: 0 };
    };
    const patient = store({ retry: { tries: 5, baseMs: 60_000, maxMs: 60_000 } });
    expect(await failure(readBytes(patient, ref, { signal: controller.signal }))).toBe(reason);
  });

  test('retries are told to the observer, without content', async () => {
    events.length = 0;
    faulty.fault = (_, n) => (n === 0 ? { kind: 'end', after: 10 } : undefined);
    await readBytes(store(), ref);
    expect(events).toEqual([expect.objectContaining({ type: 'store.retried', operation: 'read' })]);
  });
});
