// The least S3 server that the SDK can talk to, in a process of its own: objects in memory, bodies kept as they arrive, so
// that what is measured is the client. It checks no signature and keeps to no condition but If-Match on reads.
// A message loads a file as an object, describes what was written, or forgets it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeParts } from './parts.ts';
import { blocksOf } from './pieces.ts';

/** What the server can be told; each is answered. */
export type Command =
  | { readonly load: string; readonly as: string }
  | { readonly describe: readonly string[] }
  | { readonly forget: string };

interface Stored {
  readonly pieces: readonly Buffer[];
  readonly size: number;
  readonly etag: string;
}

const objects = new Map<string, Stored>();
const uploads = new Map<string, Map<number, Stored>>();
const sendBytes = 512 * 1024;
let count = 0;
let bytesSent = 0;

const stored = (pieces: readonly Buffer[]): Stored => ({
  pieces,
  size: pieces.reduce((sum, { length }) => sum + length, 0),
  etag: `"${++count}"`,
});

const receive = async (request: IncomingMessage): Promise<Stored> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return stored(pieces);
};

/** The bytes `[start, end)`, in slices that the socket takes one at a time. */
function* slices({ pieces }: Stored, start: number, end: number): Generator<Buffer> {
  let offset = 0;
  for (const piece of pieces) {
    const last = Math.min(end - offset, piece.length);
    for (let from = Math.max(0, start - offset); from < last; from += sendBytes)
      yield piece.subarray(from, Math.min(last, from + sendBytes));
    offset += piece.length;
  }
}

const refuse = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);
};

const get = async (request: IncomingMessage, response: ServerResponse, key: string): Promise<void> => {
  const object = objects.get(key);
  if (object === undefined) return refuse(response, 404, 'NoSuchKey');
  const expected = request.headers['if-match'];
  if (expected !== undefined && expected !== object.etag) return refuse(response, 412, 'PreconditionFailed');
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = range?.[2] ? Math.min(object.size, Number(range[2]) + 1) : object.size;
  response.writeHead(range === null ? 200 : 206, {
    etag: object.etag,
    'content-length': end - start,
    'last-modified': new Date(0).toUTCString(),
    'accept-ranges': 'bytes',
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.size}` }),
  });
  if (request.method !== 'HEAD')
    for (const slice of slices(object, start, end)) {
      if (response.destroyed) return;
      await new Promise((resolve) => response.write(slice, resolve));
      bytesSent += slice.length;
    }
  response.end();
};

const put = async (request: IncomingMessage, response: ServerResponse, url: URL, key: string): Promise<void> => {
  const upload = uploads.get(url.searchParams.get('uploadId') ?? '');
  if (request.headers['if-none-match'] === '*' && objects.has(key)) return refuse(response, 412, 'PreconditionFailed');
  const object = await receive(request);
  if (upload === undefined) objects.set(key, object);
  else upload.set(Number(url.searchParams.get('partNumber')), object);
  const crc = request.headers['x-amz-checksum-crc32'];
  response.writeHead(200, { etag: object.etag, ...(crc === undefined ? {} : { 'x-amz-checksum-crc32': crc }) }).end();
};

const post = async (request: IncomingMessage, response: ServerResponse, url: URL, key: string): Promise<void> => {
  const uploadId = url.searchParams.get('uploadId');
  await receive(request);
  response.writeHead(200, { 'content-type': 'application/xml' });
  if (uploadId === null) {
    const id = `upload${++count}`;
    uploads.set(id, new Map());
    response.end(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    return;
  }
  const parts = [...uploads.get(uploadId)!].toSorted(([a], [b]) => a - b);
  const object = stored(parts.flatMap(([, part]) => part.pieces));
  objects.set(key, object);
  uploads.delete(uploadId);
  response.end(`<CompleteMultipartUploadResult><ETag>${object.etag}</ETag></CompleteMultipartUploadResult>`);
};

const server = createServer({ requestTimeout: 0, highWaterMark: 1024 * 1024 }, async (request, response) => {
  const url = new URL(request.url!, 'http://localhost');
  const key = decodeURIComponent(url.pathname.slice(1));
  if (request.method === 'GET' || request.method === 'HEAD') await get(request, response, key);
  else if (request.method === 'PUT') await put(request, response, url, key);
  else if (request.method === 'POST') await post(request, response, url, key);
  else refuse(response, 501, 'NotImplemented');
});

process.on('message', (command: Command) => {
  if ('load' in command) {
    objects.set(command.as, stored(Array.from(blocksOf(command.load), (block) => Buffer.from(block))));
    process.send!({});
  } else if ('describe' in command) {
    const written = [...objects].filter(([key]) => key.startsWith('work/') && key.endsWith('.csv'));
    process.send!(
      describeParts(
        written.map(([, { pieces }]) => pieces),
        { columns: command.describe },
      ),
    );
  } else {
    for (const key of objects.keys()) if (key.startsWith(command.forget)) objects.delete(key);
    process.send!({ bytesSent });
    bytesSent = 0;
  }
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
