import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_RESPONSE_BYTES } from './limits.ts';

/** An invocation as the Runtime API hands it out. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly payload: string;
  readonly functionArn: string;
  readonly traceId: string;
  readonly clientContext?: string;
  /** Called when the runtime takes the invocation; returns its deadline in epoch milliseconds. */
  readonly onTaken: () => number;
}

/** What the runtime reports. Bodies are JSON text as the runtime sent it. */
export interface RuntimeApiEvents {
  /** The runtime asks for work, so it is initialised and the previous invocation is over. */
  onNext(): void;
  /** `payload` is `undefined` when it was over the limit. */
  onResponse(requestId: string, payload: string | undefined): void;
  onError(requestId: string, body: string): void;
  onInitError(body: string): void;
}

export interface RuntimeApi {
  readonly port: number;
  deliver(invocation: RuntimeInvocation): void;
  close(): void;
}

const PATH = /^\/2018-06-01\/runtime\/(?:(invocation\/next)|(init\/error)|invocation\/([^/]+)\/(response|error))$/;

/** Reads a body up to `limitBytes`; a longer one is drained and dropped. */
const readBody = async (request: http.IncomingMessage, limitBytes: number): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
  }
  return bytes <= limitBytes ? Buffer.concat(chunks).toString() : undefined;
};

/**
 * The Runtime API of one execution environment, on a port of its own because the runtime knows nothing but host and port.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export const startRuntimeApi = (events: RuntimeApiEvents): Promise<RuntimeApi> => {
  let waiting: http.ServerResponse | undefined;
  let queued: RuntimeInvocation | undefined;
  let running: string | undefined;

  const reply = (response: http.ServerResponse, status: number, body: object): void => {
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  };

  const handOut = (): void => {
    if (waiting === undefined || queued === undefined) return;
    const [response, invocation] = [waiting, queued];
    waiting = queued = undefined;
    running = invocation.requestId;
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(invocation.payload),
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': invocation.onTaken(),
      'lambda-runtime-invoked-function-arn': invocation.functionArn,
      'lambda-runtime-trace-id': invocation.traceId,
      ...(invocation.clientContext !== undefined && { 'lambda-runtime-client-context': invocation.clientContext }),
    });
    response.end(invocation.payload);
  };

  const post = async (request: http.IncomingMessage, response: http.ServerResponse, id: string, kind: string) => {
    const body = await readBody(request, MAX_RESPONSE_BYTES);
    if (id !== running) {
      return reply(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' });
    }
    running = undefined;
    const streamError = request.trailers['lambda-runtime-function-error-body'];
    if (kind === 'error') events.onError(id, body ?? '{}');
    else if (typeof streamError === 'string') events.onError(id, Buffer.from(streamError, 'base64').toString());
    else events.onResponse(id, body);
    if (body !== undefined) return reply(response, 202, { status: 'OK' });
    reply(response, 413, {
      errorType: 'RequestEntityTooLarge',
      errorMessage: `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
    });
  };

  const server = http.createServer((request, response) => {
    const match = PATH.exec(request.url ?? '');
    const expected = match?.[1] === undefined ? 'POST' : 'GET';
    if (match === null || request.method !== expected) {
      request.resume();
      return reply(response, 404, {
        errorType: 'NotFound',
        errorMessage: `No ${request.method} ${request.url} in the Runtime API`,
      });
    }
    request.on('error', () => {}); // the process was killed while it posted
    if (match[1] !== undefined) {
      waiting = response;
      events.onNext();
      handOut();
    } else if (match[2] !== undefined) {
      readBody(request, MAX_RESPONSE_BYTES).then(
        (body) => {
          events.onInitError(body ?? '{}');
          reply(response, 202, { status: 'OK' });
        },
        () => {},
      );
    } else {
      post(request, response, match[3]!, match[4]!).catch(() => {});
    }
  });
  // A handler may be silent for 15 minutes between taking its invocation and answering it on the same connection.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;

  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        deliver(invocation) {
          queued = invocation;
          handOut();
        },
        close() {
          server.close();
          server.closeAllConnections();
        },
      }),
    );
  });
};
