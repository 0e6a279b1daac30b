import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceError } from './service-error.ts';

/** A call of one action. */
export interface JsonCall {
  /** The request's members. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Address that the caller reached the service by, `http://host:port`. */
  readonly origin: string;
  /** Aborts when the caller hangs up or the service closes. */
  readonly signal: AbortSignal;
}

/** One action of a service: the request's members in, the answer's members out; undefined members are left out. */
export type JsonAction = (call: JsonCall) => object | Promise<object>;

/** What speaks, and how. */
export interface JsonServiceOptions {
  /** Named in errors: `SQS`. */
  readonly name: string;
  /** What `x-amz-target` begins with, dot included: `AmazonSQS.`. */
  readonly targetPrefix: string;
  /** Version of AWS's JSON protocol. */
  readonly version: '1.0' | '1.1';
  readonly actions: Readonly<Record<string, JsonAction>>;
  /** @default 0, any free port */
  readonly port?: number;
}

/** A running service. */
export interface JsonService {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/** The longest request of the services here is a batch of messages of 1 MiB in all. */
const mostRequestBytes = 4 * 1024 * 1024;

/**
 * Starts an HTTP server that speaks AWS's JSON protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 * Signatures are not verified.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 */
export const startJsonService = async (options: JsonServiceOptions): Promise<JsonService> => {
  const stop = new AbortController();
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the caller hung up')));
    const signal = AbortSignal.any([stop.signal, gone.signal]);
    void answerOf(request, options, signal).then(({ status, headers = {}, body }) => {
      if (response.destroyed) return;
      const text = JSON.stringify(body);
      response.writeHead(status, {
        'content-type': `application/x-amz-json-${options.version}`,
        'content-length': Buffer.byteLength(text),
        'x-amzn-requestid': randomUUID(),
        ...headers,
      });
      response.end(text);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    async close() {
      stop.abort(new Error(`the local ${options.name} is closed`));
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

const answerOf = async (
  request: IncomingMessage,
  { name, targetPrefix, actions }: JsonServiceOptions,
  signal: AbortSignal,
): Promise<Answer> => {
  try {
    const body = await readBody(request);
    const target = String(request.headers['x-amz-target'] ?? '');
    const wanted = target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : '';
    const action = Object.hasOwn(actions, wanted) ? actions[wanted] : undefined;
    if (action === undefined)
      throw new ServiceError('UnsupportedOperationException', `The local ${name} does not do '${wanted || target}'`);
    return {
      status: 200,
      body: await action({ body, origin: `http://${request.headers.host ?? '127.0.0.1'}`, signal }),
    };
  } catch (error) {
    if (!(error instanceof ServiceError))
      return { status: 500, body: { __type: 'InternalFailure', message: String((error as Error)?.stack ?? error) } };
    const { code, message, status, queryCode } = error;
    return {
      status,
      headers: {
        'x-amzn-errortype': code,
        ...(queryCode === undefined ? {} : { 'x-amzn-query-error': `${queryCode};Sender` }),
      },
      body: { __type: code, message },
    };
  }
};

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= mostRequestBytes) pieces.push(piece); // the rest is read so that the caller gets the answer
  }
  if (bytes > mostRequestBytes)
    throw new ServiceError('RequestEntityTooLarge', 'The request is too long', { status: 413 });
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8') || '{}');
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new ServiceError('SerializationException', 'The request body is not a JSON object');
};
