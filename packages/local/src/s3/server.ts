import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { authenticate } from './auth.ts';
import { type BlobStore, readSegments, type Segment } from './blobs.ts';
import type { Context, Reply } from './context.ts';
import { accessDenied, noSuchBucket, S3Error } from './errors.ts';
import { ACCOUNT_ID } from './model.ts';
import type { ObjectStore } from './object-store.ts';
import { parseRequest, type S3Request } from './request.ts';
import { route } from './router.ts';
import type { SecretOf } from './types.ts';
import { errorDocument } from './xml.ts';

/** What the HTTP side needs. */
export interface ServerOptions {
  readonly store: ObjectStore;
  readonly blobs: BlobStore;
  readonly secretOf: SecretOf;
}

/** A server and the number of requests that it works on. */
export interface S3Server {
  readonly server: Server;
  /** Settles when no request is being worked on. */
  idle(): Promise<void>;
}

/** Makes the HTTP server; it does not listen yet. */
export function createS3Server({ store, blobs, secretOf }: ServerOptions): S3Server {
  const running = new Set<Promise<void>>();
  const prefix = randomBytes(5).toString('hex').toUpperCase();
  const hostId = randomBytes(48).toString('base64');
  let count = 0;

  const work = async (message: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> => {
    const requestId = prefix + (++count).toString(16).toUpperCase().padStart(6, '0');
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('x-amz-id-2', hostId);
    let proceeded = !waits;
    const proceed = (): void => {
      if (proceeded) return;
      proceeded = true;
      response.writeContinue();
    };
    try {
      const request = parseRequest(message, requestId);
      const reply = await perform(request, proceed);
      await send(request, response, reply);
    } catch (error) {
      if (response.destroyed || message.errored !== null) return;
      if (response.headersSent) {
        // Bytes are on their way already: a broken connection is the only honest sign left.
        response.destroy();
        return;
      }
      if (waits && !proceeded) response.setHeader('connection', 'close');
      sendError(message, response, error, requestId, hostId);
    } finally {
      // What was not read is read away, so that the connection can carry the next request.
      if (proceeded && !message.readableEnded) message.resume();
    }
  };

  const perform = (request: S3Request, proceed: () => void): Reply | Promise<Reply> => {
    const signed = authenticate(request, secretOf, store.now());
    const operation = route(request);
    const name = request.bucket;
    const owner = request.header('x-amz-expected-bucket-owner');
    if (owner !== undefined && name !== undefined && owner !== ACCOUNT_ID) {
      if (!store.buckets.has(name)) throw noSuchBucket(name);
      throw accessDenied();
    }
    const context: Context = {
      request,
      body: { request, signed, proceed },
      store,
      blobs,
      caller: {
        requestId: request.requestId,
        sourceIpAddress: request.message.socket.remoteAddress ?? '127.0.0.1',
      },
      origin: `http://${request.message.headers.host}`,
      bucket: () => store.bucket(name as string),
      key: request.key ?? '',
    };
    return operation(context);
  };

  const send = async (request: S3Request, response: ServerResponse, reply: Reply): Promise<void> => {
    const { status = 200, headers = {}, xml, segments } = reply;
    try {
      for (const name in headers) response.setHeader(name, headers[name] as string | number);
      if (xml !== undefined) {
        const body = Buffer.from(xml);
        response.setHeader('content-type', 'application/xml');
        response.setHeader('content-length', body.length);
        response.writeHead(status);
        response.end(body);
        return;
      }
      if (segments === undefined) {
        if (status !== 204 && request.method !== 'HEAD') response.setHeader('content-length', 0);
        response.writeHead(status);
        response.end();
        return;
      }
      response.writeHead(status);
      await pump(segments, response);
    } finally {
      if (segments !== undefined) blobs.release(segments);
    }
  };

  const listener = (waits: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    const job = work(message, response, waits).finally(() => running.delete(job));
    running.add(job);
  };
  const server = createServer(
    // Uploads may take longer than Node's five minutes, and clients keep connections for longer than its five seconds.
    { requestTimeout: 0, keepAliveTimeout: 65_000, noDelay: true, highWaterMark: 256 * 1024 },
    listener(false),
  );
  server.on('checkContinue', listener(true));
  return {
    server,
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** Sends bytes no faster than the client takes them; ends quietly when it goes away. */
async function pump(segments: readonly Segment[], response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for await (const chunk of readSegments(segments)) {
    if (response.destroyed) return;
    if (!response.write(chunk)) {
      try {
        await once(response, 'drain', { signal: gone.signal });
      } catch {
        return;
      }
    }
  }
  response.end();
}

function sendError(
  message: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
  hostId: string,
): void {
  const known =
    error instanceof S3Error
      ? error
      : new S3Error(500, 'InternalError', 'We encountered an internal error. Please try again.', {
          // Only for whoever debugs this server: AWS says nothing more here.
          fields: { Detail: error instanceof Error ? error.message : String(error) },
        });
  for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value);
  if (message.method === 'HEAD' || known.status === 304) {
    if (known.status !== 304) response.setHeader('content-type', 'application/xml');
    response.writeHead(known.status);
    response.end();
    return;
  }
  const xml = errorDocument({
    Code: known.code,
    Message: known.message,
    ...known.fields,
    RequestId: requestId,
    HostId: hostId,
  });
  const body = Buffer.from(xml);
  response.setHeader('content-type', 'application/xml');
  response.setHeader('content-length', body.length);
  response.writeHead(known.status);
  response.end(body);
}
