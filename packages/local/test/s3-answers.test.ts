import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { PipelineError, readBytes } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

/** A request as S3 sees it: `PUT /bucket/key?uploadId&partNumber`. */
interface Asked {
  readonly what: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string;
  /** Without a length, in chunks. */
  readonly chunked?: boolean;
}

/** Answers as it is told: what a real store says seldom, or a broken one. */
const script: { answer: (asked: Asked) => Answer | undefined; asked: Asked[] } = { answer: () => undefined, asked: [] };
const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const url = new URL(request.url ?? '', 'http://s3');
    const names = [...url.searchParams.keys()].filter((name) => name !== 'x-id').sort();
    const what = `${request.method} ${url.pathname}${names.length === 0 ? '' : `?${names.join('&')}`}`;
    const asked = { what, headers: request.headers, body: Buffer.concat(pieces).toString() };
    script.asked.push(asked);
    const { status = 200, headers = {}, body = '', chunked = false } = script.answer(asked) ?? { status: 501 };
    response.writeHead(status, chunked ? headers : { 'content-length': Buffer.byteLength(body), ...headers });
    if (chunked) response.write(body.slice(0, 1));
    response.end(chunked ? body.slice(1) : request.method === 'HEAD' ? undefined : body);
  });
});
const refuse = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<Error><Code>${code}</Code><Message>told to</Message></Error>`,
});
const xml = (body: string): Answer => ({ headers: { 'content-type': 'application/xml' }, body });

let client: S3Client;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
beforeEach(() => {
  script.asked = [];
});

const store = (options: Parameters<typeof s3Store>[1] = {}) =>
  s3Store(client, { retry: { tries: 3, baseMs: 1, maxMs: 2 }, ...options });
const source = { bucket: 'bucket', key: 'large.csv' };
const target = { bucket: 'bucket', key: 'copy.csv' };
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (PipelineError.is(error) ? { code: error.code, ...error.details } : error),
  );
const asked = (): readonly string[] => script.asked.map(({ what }) => what);

describe('an object beyond 5 GiB', () => {
  const sizeBytes = 6 * 1024 ** 3;
  const head: Answer = { headers: { etag: '"e"', 'content-length': sizeBytes } };
  const copying =
    (complete: Answer, part: Answer = xml('<CopyPartResult><ETag>"p"</ETag></CopyPartResult>')) =>
    ({ what }: Asked): Answer | undefined => {
      if (what.startsWith('HEAD')) return head;
      if (what.endsWith('?uploads'))
        return xml('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>');
      if (what.startsWith('PUT')) return part;
      if (what.startsWith('DELETE')) return { status: 204 };
      return what.startsWith('POST') ? complete : undefined;
    };

  test('is copied in parts, pinned to what was there', async () => {
    script.answer = copying(xml('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>'));
    expect(await store().copy(source, target)).toEqual({ ...target, etag: '"whole"' });
    const parts = script.asked.filter(({ what }) => what.startsWith('PUT'));
    expect(parts).toHaveLength(12);
    expect(parts.map(({ headers }) => headers['x-amz-copy-source-range'])).toEqual(
      Array.from({ length: 12 }, (_, i) => `bytes=${i * 2 ** 29}-${(i + 1) * 2 ** 29 - 1}`),
    );
    expect(new Set(parts.map(({ headers }) => headers['x-amz-copy-source-if-match']))).toEqual(new Set(['"e"']));
    expect(asked().filter((what) => what.startsWith('DELETE'))).toEqual([]);
  });

  test('leaves no upload behind when somebody else was first, or a part fails', async () => {
    script.answer = copying(refuse(412, 'PreconditionFailed'));
    expect(await store().copy(source, target, { ifAbsent: true })).toBeUndefined();
    expect(asked().at(-1)).toBe('DELETE /bucket/copy.csv?uploadId');

    script.answer = copying({}, refuse(403, 'AccessDenied'));
    expect(await failure(store().copy(source, target))).toMatchObject({ code: 'SOURCE_FORBIDDEN' });
    expect(asked().at(-1)).toBe('DELETE /bucket/copy.csv?uploadId');
  });

  test('is SOURCE_CHANGED when it is replaced in the middle', async () => {
    script.answer = copying({}, refuse(412, 'PreconditionFailed'));
    expect(await failure(store().copy(source, target))).toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});

test('buckets must belong to the account that is expected, sources of copies as well', async () => {
  script.answer = ({ what }) =>
    what.startsWith('HEAD')
      ? { headers: { etag: '"e"', 'content-length': 1 } }
      : xml('<CopyObjectResult><ETag>"c"</ETag></CopyObjectResult>');
  await store({ expectedBucketOwner: '111122223333' }).copy(source, target);
  expect(script.asked.map(({ headers }) => headers['x-amz-expected-bucket-owner'])).toEqual(
    script.asked.map(() => '111122223333'),
  );
  expect(script.asked.at(-1)!.headers['x-amz-source-expected-bucket-owner']).toBe('111122223333');
});

describe('parts of an upload', () => {
  const upload = { object: target, uploadId: 'u1' };

  test('are listed page by page', async () => {
    const page = (part: number, more: boolean) =>
      xml(
        `<ListPartsResult><IsTruncated>${more}</IsTruncated>${more ? `<NextPartNumberMarker>${part}</NextPartNumberMarker>` : ''}` +
          `<Part><PartNumber>${part}</PartNumber><ETag>"p${part}"</ETag><Size>${part * 10}</Size></Part></ListPartsResult>`,
      );
    script.answer = ({ what }) => (what.includes('part-number-marker') ? page(2, false) : page(1, true));
    expect(await store().listParts(upload)).toEqual([
      { partNumber: 1, etag: '"p1"', sizeBytes: 10 },
      { partNumber: 2, etag: '"p2"', sizeBytes: 20 },
    ]);
  });

  test('of an upload that is gone are undefined, and removing it again is no error; other refusals are', async () => {
    script.answer = () => refuse(404, 'NoSuchUpload');
    expect(await store().listParts(upload)).toBeUndefined();
    await store().abortMultipart(upload);
    script.answer = () => refuse(403, 'AccessDenied');
    expect(await failure(store().listParts(upload))).toMatchObject({ code: 'SOURCE_FORBIDDEN' });
    expect(await failure(store().abortMultipart(upload))).toMatchObject({ code: 'SOURCE_FORBIDDEN' });
  });

  test('are copied of objects that are not pinned, too', async () => {
    script.answer = () => xml('<CopyPartResult><ETag>"p"</ETag></CopyPartResult>');
    expect(await store().copyPart(upload, 1, source, undefined)).toEqual({ partNumber: 1, etag: '"p"' });
    expect(script.asked[0]!.headers).not.toHaveProperty('x-amz-copy-source-if-match');
    expect(script.asked[0]!.headers).not.toHaveProperty('x-amz-copy-source-range');
  });

  test('carry their checksums into the whole', async () => {
    script.answer = () => xml('<CompleteMultipartUploadResult><ETag>"w"</ETag></CompleteMultipartUploadResult>');
    await store().completeMultipart(upload, [{ partNumber: 1, etag: '"p"', crc32: 'cbf43926' }], { crc32: 'cbf43926' });
    expect(script.asked[0]!.body).toContain('<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>');
    expect(script.asked[0]!.headers['x-amz-checksum-crc32']).toBe('y/Q5Jg==');
  });
});

describe('what S3 says of an object', () => {
  test.each([
    [{ 'x-amz-version-id': 'null' }, { ref: { ...source, etag: '"e"' } }],
    [{ 'x-amz-version-id': 'v2' }, { ref: { ...source, etag: '"e"', versionId: 'v2' } }],
    [{ 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-type': 'FULL_OBJECT' }, { crc32: 'cbf43926' }],
    [
      { 'content-encoding': 'gzip', 'content-type': 'text/csv' },
      { contentEncoding: 'gzip', contentType: 'text/csv' },
    ],
  ])('%j is told', async (headers, told) => {
    script.answer = () => ({ headers: { etag: '"e"', 'content-length': 5, ...headers } });
    expect(await store().head(source)).toMatchObject({ sizeBytes: 5, ...told });
  });

  test('a checksum of parts is none of the object', async () => {
    const headers = { etag: '"e"', 'x-amz-checksum-crc32': 'y/Q5Jg==-2', 'x-amz-checksum-type': 'COMPOSITE' };
    script.answer = () => ({ headers });
    expect(await store().head(source)).not.toHaveProperty('crc32');
  });

  test('may be less than S3 always says', async () => {
    script.answer = ({ what }) =>
      what.startsWith('HEAD')
        ? {}
        : xml('<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>');
    expect(await store().head(source)).toEqual({ ref: { ...source, etag: '' }, sizeBytes: 0, metadata: {} });
    const listed = [];
    for await (const info of store().list('bucket', '')) listed.push(info);
    expect(listed).toEqual([{ ref: { bucket: 'bucket', key: 'a' }, sizeBytes: 0, metadata: {} }]);
  });

  test('that another one is there is SOURCE_CHANGED', async () => {
    script.answer = () => ({ status: 412 });
    expect(await failure(store().head({ ...source, etag: '"old"' }))).toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});

describe('deleting', () => {
  test('a key that S3 does not delete is STORAGE_FAILED and named', async () => {
    script.answer = () =>
      xml('<DeleteResult><Error><Key>large.csv</Key><Code>AccessDenied</Code></Error></DeleteResult>');
    expect(await failure(store().deleteMany([source]))).toEqual({
      code: 'STORAGE_FAILED',
      operation: 'delete',
      object: 's3://bucket/large.csv',
      tries: 1,
      reason: 'AccessDenied',
    });
  });

  test('an object that changed since stays, and one that is gone is no error', async () => {
    for (const answer of [refuse(412, 'PreconditionFailed'), refuse(404, 'NoSuchKey')]) {
      script.answer = () => answer;
      await store().deleteMany([{ ...source, etag: '"e"' }]);
    }
    script.answer = () => refuse(403, 'AccessDenied');
    expect(await failure(store().deleteMany([{ ...source, etag: '"e"' }]))).toMatchObject({ code: 'SOURCE_FORBIDDEN' });
  });
});

describe('a body that does not fit its answer', () => {
  const bytes = '0123456789';

  test('without a length it is not taken for an object', async () => {
    script.answer = () => ({ headers: { etag: '"e"' }, body: bytes, chunked: true });
    expect(await failure(readBytes(store(), source))).toMatchObject({
      code: 'STORAGE_MISMATCH',
      reason: 'no length was given',
    });
  });

  test('with more bytes than its range it is STORAGE_MISMATCH', async () => {
    script.answer = () => ({
      status: 206,
      headers: { etag: '"e"', 'content-range': 'bytes 0-4/10' },
      body: bytes,
      chunked: true,
    });
    expect(await failure(readBytes(store(), source, { range: { start: 0, end: 5 } }))).toMatchObject({
      code: 'STORAGE_MISMATCH',
      reason: expect.stringContaining('more bytes than announced'),
    });
  });

  test('with fewer it is read on from there', async () => {
    script.answer = ({ headers }) => {
      const [, start] = /bytes=(\d+)-/.exec(headers.range!)!;
      const from = Number(start);
      return {
        status: 206,
        headers: { etag: '"e"', 'content-range': `bytes ${from}-9/10` },
        body: bytes.slice(from, from === 0 ? 4 : 10),
        chunked: true,
      };
    };
    const got = await readBytes(store(), source, { range: { start: 0, end: 10 } });
    expect(Buffer.from(got).toString()).toBe(bytes);
    expect(script.asked.map(({ headers }) => headers.range)).toEqual(['bytes=0-9', 'bytes=4-9']);
  });

  test('that ends short of its object again and again is STORAGE_FAILED', async () => {
    script.answer = () => ({
      status: 206,
      headers: { etag: '"e"', 'content-range': 'bytes 0-9/10' },
      body: '',
      chunked: true,
    });
    expect(await failure(readBytes(store(), source, { range: { start: 0, end: 10 } }))).toMatchObject({
      code: 'STORAGE_FAILED',
      reason: 'ShortBodyError',
      tries: 3,
    });
  });
});
