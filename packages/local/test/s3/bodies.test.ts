import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { decodeChunks } from '../../src/s3/chunked-body.ts';
import {
  type Bench,
  type Case,
  defineCases,
  failure,
  md5,
  pick,
  raw,
  refusal,
  sha256,
  sign,
  signedRaw,
} from './support.ts';

const crcOf = (text: string): string => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32(text));
  return out.toString('base64');
};
const stored = async ({ client, bucket }: Bench, Key = 'k') =>
  (await client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString();
const absent = ({ client, bucket }: Bench) => refusal(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' })));
const putRaw = (b: Bench, body: string, headers: Record<string, string>, payload = 'UNSIGNED-PAYLOAD') =>
  signedRaw(b.s3, { method: 'PUT', path: `/${b.bucket}/k`, body, headers, payload });

/** A body in unsigned aws-chunked frames with a CRC-32 trailer. */
function framed(pieces: readonly string[], checksum: string): string {
  const frames = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('');
  return `${frames}0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`;
}
const framedHeaders = (length: number): Record<string, string> => ({
  'content-encoding': 'aws-chunked',
  'x-amz-decoded-content-length': String(length),
  'x-amz-trailer': 'x-amz-checksum-crc32',
});

/** Signs every frame as AWS docs "Signature calculations: transferring a payload in multiple chunks" say. */
async function putSignedChunks(b: Bench, pieces: readonly string[], { trailer = false, spoil = false } = {}) {
  const length = pieces.join('').length;
  const payload = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`;
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked,gzip',
    'x-amz-decoded-content-length': String(length),
    ...(trailer ? { 'x-amz-trailer': 'x-amz-checksum-crc32' } : {}),
  };
  const path = `/${b.bucket}/k`;
  const signed = sign(b.s3, { method: 'PUT', path, headers, payload });
  let previous = signed.signature;
  let body = '';
  for (const piece of [...pieces, '']) {
    const toSign = ['AWS4-HMAC-SHA256-PAYLOAD', signed.amzDate, signed.scope, previous, sha256(''), sha256(piece)];
    previous = createHmac('sha256', signed.key).update(toSign.join('\n')).digest('hex');
    const shown = spoil && piece === pieces[1] ? '0'.repeat(64) : previous;
    body += `${piece.length.toString(16)};chunk-signature=${shown}\r\n${piece}${piece === '' ? '' : '\r\n'}`;
  }
  if (trailer) {
    const line = `x-amz-checksum-crc32:${crcOf(pieces.join(''))}`;
    const toSign = ['AWS4-HMAC-SHA256-TRAILER', signed.amzDate, signed.scope, previous, sha256(`${line}\n`)];
    const signature = createHmac('sha256', signed.key).update(toSign.join('\n')).digest('hex');
    body += `${line}\r\nx-amz-trailer-signature:${signature}\r\n`;
  }
  body += '\r\n';
  return raw(b.s3, { method: 'PUT', path, headers: { ...signed.headers, 'content-length': body.length }, body });
}

/** Every additional checksum of "test data..". */
const CHECKSUMS = [
  ['crc32', 'cZWHwQ==', 'CRC32'],
  ['crc32c', 'Pf4upw==', 'CRC32C'],
  ['crc64nvme', 'qUVrWYOrIAM=', 'CRC64NVME'],
  ['sha1', 'B++3uSfJMSHWToQMQ1g6lIJY5Eo=', 'SHA1'],
  ['sha256', '2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik=', 'SHA256'],
] as const;

const cases: Case[] = [
  ...CHECKSUMS.map(
    ([name, value, algorithm]): Case => ({
      name: `${algorithm}: right, wrong and nonsense`,
      source: `recorded: test_put_object_checksum[${algorithm}]`,
      run: async (b) => {
        const header = `x-amz-checksum-${name}`;
        const send = (text: string) => putRaw(b, 'test data..', { [header]: text });
        const zeros = Buffer.alloc(Buffer.from(value, 'base64').length).toString('base64');
        const nonsense = await send('invalid');
        const wrong = await send(zeros);
        const before = await absent(b);
        const right = await send(value);
        const head = { Bucket: b.bucket, Key: 'k' };
        return [
          [nonsense.status, nonsense.code, nonsense.message],
          [wrong.status, wrong.code, wrong.message],
          before,
          [right.status, right.headers[header], right.headers['x-amz-checksum-type']],
          (await b.client.send(new HeadObjectCommand({ ...head, ChecksumMode: 'ENABLED' })))[`Checksum${algorithm}`],
          (await b.client.send(new HeadObjectCommand(head)))[`Checksum${algorithm}`],
        ];
      },
      want: [
        [400, 'InvalidRequest', `Value for x-amz-checksum-${name} header is invalid.`],
        [400, 'BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`],
        '404 NotFound',
        [200, value, 'FULL_OBJECT'],
        value,
        undefined,
      ],
    }),
  ),
  {
    name: 'two checksums',
    source: 'recorded: test_s3_checksum_no_algorithm',
    run: async (b) => {
      const answer = await putRaw(b, 'x', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' });
      return pick(answer, 'status', 'message');
    },
    want: {
      status: 400,
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    },
  },
  {
    name: 'no checksum gets CRC-64/NVME',
    source: 'recorded: test_s3_checksum_no_automatic_sdk_calculation',
    run: async (b) => (await putRaw(b, 'test data..', {})).headers['x-amz-checksum-crc64nvme'],
    want: 'qUVrWYOrIAM=',
  },
  {
    name: 'Content-MD5: right, wrong and nonsense',
    source: 'recorded: test_s3_invalid_content_md5',
    run: async (b) => {
      const send = async (text: string) =>
        pick(await putRaw(b, 'something', { 'content-md5': text }), 'status', 'code', 'message');
      return [
        await send(Buffer.from(md5('something'), 'hex').toString('base64')),
        await send(Buffer.from(md5('else'), 'hex').toString('base64')),
        await send('not base64 encoded checksum'),
        await send('MTIz'),
      ];
    },
    want: [
      { status: 200, code: undefined, message: undefined },
      { status: 400, code: 'BadDigest', message: 'The Content-MD5 you specified did not match what we received.' },
      { status: 400, code: 'InvalidDigest', message: 'The Content-MD5 you specified was invalid.' },
      { status: 400, code: 'InvalidDigest', message: 'The Content-MD5 you specified was invalid.' },
    ],
  },
  {
    name: 'frames of aws-chunked are never stored, nor is the word in Content-Encoding',
    source: 'AWS docs: PutObject, Content-Encoding; STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    run: async (b) => {
      const text = 'hello\r\n0\r\nworld';
      const body = framed(['hello\r\n0', '\r\nworld'], crcOf(text));
      const answer = await putRaw(b, body, framedHeaders(text.length), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      const head = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k' }));
      return [answer.status, answer.headers['x-amz-checksum-crc32'], await stored(b), head.ContentEncoding];
    },
    want: [200, crcOf('hello\r\n0\r\nworld'), 'hello\r\n0\r\nworld', undefined],
  },
  {
    name: 'a trailer with a wrong checksum',
    source: 'recorded: test_put_object_checksum[CRC32] (wrong value)',
    run: async (b) => {
      const body = framed(['hello'], crcOf('other'));
      const answer = await putRaw(b, body, framedHeaders(5), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      return [answer.status, answer.code, answer.message, await absent(b)];
    },
    want: [400, 'BadDigest', 'The CRC32 you specified did not match the calculated checksum.', '404 NotFound'],
  },
  {
    name: 'a trailer that was promised and is missing',
    source: 'AWS docs: "Error responses", MalformedTrailerError',
    run: async (b) => {
      const answer = await putRaw(b, '5\r\nhello\r\n0\r\n\r\n', framedHeaders(5), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      return [answer.status, answer.code, await absent(b)];
    },
    want: [400, 'MalformedTrailerError', '404 NotFound'],
  },
  {
    name: 'frames that hold less or more than x-amz-decoded-content-length',
    source: 'AWS docs: "Error responses", IncompleteBody',
    run: async (b) => {
      const send = (length: number) =>
        putRaw(b, framed(['hello'], crcOf('hello')), framedHeaders(length), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      const [less, more] = [await send(6), await send(4)];
      return [less.status, less.code, more.status, more.code, await absent(b)];
    },
    want: [400, 'IncompleteBody', 400, 'IncompleteBody', '404 NotFound'],
  },
  {
    name: 'frames that stop before the last one',
    source: 'AWS docs: "Error responses", IncompleteBody',
    run: async (b) => {
      const answer = await putRaw(b, '5\r\nhel', framedHeaders(5), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      return [answer.status, answer.code, await absent(b)];
    },
    want: [400, 'IncompleteBody', '404 NotFound'],
  },
  {
    name: 'signed frames, with and without a signed trailer',
    source: 'AWS docs: "Signature calculations: transferring a payload in multiple chunks"',
    run: async (b) => {
      const plain = await putSignedChunks(b, ['one', 'two']);
      const first = await stored(b);
      const trailed = await putSignedChunks(b, ['three', 'four'], { trailer: true });
      const head = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k' }));
      return [plain.status, first, trailed.status, await stored(b), head.ContentEncoding];
    },
    want: [200, 'onetwo', 200, 'threefour', 'gzip'],
  },
  {
    name: 'a frame with a wrong signature',
    source: 'AWS docs: "Signature calculations: transferring a payload in multiple chunks"',
    run: async (b) => {
      const answer = await putSignedChunks(b, ['one', 'two'], { spoil: true });
      return [answer.status, answer.code, await absent(b)];
    },
    want: [403, 'SignatureDoesNotMatch', '404 NotFound'],
  },
  {
    name: 'no length at all',
    source: 'AWS docs: "Error responses", MissingContentLength',
    run: async (b) => {
      const path = `/${b.bucket}/k`;
      const { headers } = sign(b.s3, { method: 'PUT', path, payload: 'UNSIGNED-PAYLOAD' });
      const answer = await raw(b.s3, {
        method: 'PUT',
        path,
        headers: { ...headers, 'transfer-encoding': 'chunked' },
        body: 'x',
      });
      return [answer.status, answer.code];
    },
    want: [411, 'MissingContentLength'],
  },
  {
    name: 'more than 5 GiB in one put',
    source: 'AWS docs: "Error responses", EntityTooLarge',
    run: async (b) => {
      const path = `/${b.bucket}/k`;
      const { headers } = sign(b.s3, { method: 'PUT', path, payload: 'UNSIGNED-PAYLOAD' });
      return converse(b, [
        `PUT ${path} HTTP/1.1`,
        ...Object.entries({ ...headers, 'content-length': String(5 * 1024 ** 3 + 1), expect: '100-continue' }).map(
          ([name, value]) => `${name}: ${value}`,
        ),
      ]);
    },
    want: ['HTTP/1.1 400 Bad Request', 'EntityTooLarge'],
  },
  {
    name: 'Expect: 100-continue is answered before the body comes, and not when the request is refused',
    source: 'AWS docs: PutObject, "100-continue HTTP status code"',
    run: async (b) => {
      const lines = (path: string) => {
        const { headers } = sign(b.s3, { method: 'PUT', path, payload: 'UNSIGNED-PAYLOAD' });
        const all = { ...headers, 'content-length': '4', expect: '100-continue' };
        return [`PUT ${path} HTTP/1.1`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`)];
      };
      const good = await converse(b, lines(`/${b.bucket}/k`), 'body');
      const bad = await converse(b, lines('/no-such-bucket-here/k'), 'body');
      return [good, await stored(b), bad];
    },
    want: [['HTTP/1.1 100 Continue', undefined], 'body', ['HTTP/1.1 404 Not Found', 'NoSuchBucket']],
  },
  {
    name: 'an upload that breaks off leaves nothing',
    source: 'AWS docs: PutObject, "never adds partial objects"',
    run: async (b) => {
      const path = `/${b.bucket}/k`;
      const { headers } = sign(b.s3, { method: 'PUT', path, payload: 'UNSIGNED-PAYLOAD' });
      await new Promise<void>((resolve) => {
        const socket = connect(b.s3.port, '127.0.0.1', () => {
          const all = Object.entries({ ...headers, 'content-length': '100000' });
          socket.write(`PUT ${path} HTTP/1.1\r\n${all.map(([n, v]) => `${n}: ${v}`).join('\r\n')}\r\n\r\npartial`, () =>
            socket.destroy(),
          );
        });
        socket.on('close', () => resolve());
      });
      return absent(b);
    },
    want: '404 NotFound',
  },
  {
    name: 'the SDK with streams and buffers, checksums by trailer and by header',
    source: 'AWS docs: "Data integrity protections for Amazon S3"',
    run: async (b) => {
      const { Readable } = await import('node:stream');
      const text = 'x'.repeat(300_000);
      const Body = Readable.from([Buffer.from(text.slice(0, 1000)), Buffer.from(text.slice(1000))]);
      const one = await b.client.send(
        new PutObjectCommand({ Bucket: b.bucket, Key: 'k', Body, ContentLength: 300_000 }),
      );
      const two = await b.client.send(
        new PutObjectCommand({ Bucket: b.bucket, Key: 'l', Body: text, ChecksumAlgorithm: 'SHA256' }),
      );
      return [
        one.ChecksumCRC32 === crcOf(text),
        (await stored(b)) === text,
        two.ChecksumSHA256 === Buffer.from(sha256(text), 'hex').toString('base64'),
      ];
    },
    want: [true, true, true],
  },
  {
    name: 'a wrong checksum from the SDK',
    source: 'recorded: test_put_object_checksum[SHA256]',
    run: async (b) => {
      const ChecksumSHA256 = Buffer.alloc(32).toString('base64');
      return failure(b.client.send(new PutObjectCommand({ Bucket: b.bucket, Key: 'k', Body: 'x', ChecksumSHA256 })));
    },
    want: {
      status: 400,
      code: 'BadDigest',
      message: 'The SHA256 you specified did not match the calculated checksum.',
    },
  },
];

/** Speaks HTTP by hand: sends the head, notes the first status line, sends the body when told to go on. */
function converse(b: Bench, lines: readonly string[], body = ''): Promise<[string | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    const socket = connect(b.s3.port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    let text = '';
    let sent = false;
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.startsWith('HTTP/1.1 100') && !sent) {
        sent = true;
        socket.write(body);
      } else if (!text.startsWith('HTTP/1.1 100') || text.includes('HTTP/1.1 200')) {
        socket.end();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => resolve([text.split('\r\n')[0], /<Code>(.*?)<\/Code>/.exec(text)?.[1]]));
  });
}

defineCases('bodies and checksums', cases);

test('frames may be cut anywhere on their way', async () => {
  const pieces = ['', 'a', '\r\n', '0\r\n\r\n', 'x'.repeat(300)].filter((piece) => piece !== '');
  const wire = Buffer.from(framed(pieces, 'AAAAAA=='));
  for (let step = 1; step <= wire.length; step++) {
    const trailer = new Map<string, string>();
    async function* source() {
      for (let at = 0; at < wire.length; at += step) yield wire.subarray(at, at + step);
    }
    const onTrailer = (fields: ReadonlyMap<string, string>) => {
      for (const [name, value] of fields) trailer.set(name, value);
    };
    const out: Buffer[] = [];
    for await (const bytes of decodeChunks(source(), { trailer: true, onTrailer })) out.push(bytes);
    expect(Buffer.concat(out).toString()).toBe(pieces.join(''));
    expect(trailer.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
  }
});
