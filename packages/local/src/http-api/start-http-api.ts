import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalLambda } from '../lambda/index.ts';
import { proxyEvent } from './proxy-event.ts';
import { parseProxyResponse } from './proxy-response.ts';
import { compileRoute, findRoute } from './routes.ts';
import { type HttpApiCredentials, verifySignature } from './verify-signature.ts';

/** One method of one resource and the function behind it. */
export interface HttpApiRoute {
  /** `GET`, `POST`, … or `ANY`. */
  readonly method: string;
  /** With `{name}` segments and, at the end, `{name+}`. */
  readonly path: string;
  /** Name or ARN of the function that answers. */
  readonly functionName: string;
  /** `iam` verifies a Signature Version 4 for `execute-api`. @default 'none' */
  readonly authorizer?: 'iam' | 'none';
}

export interface StartHttpApiOptions {
  readonly routes: readonly HttpApiRoute[];
  readonly invoke: LocalLambda['invoke'];
  /** @default 0, any free port */
  readonly port?: number;
  /** First segment of every path. @default 'Prod' */
  readonly stage?: string;
  /** Who may call routes with `authorizer: 'iam'`. @default `test` with the secret `test` */
  readonly credentials?: HttpApiCredentials;
  /** Further callers by their access key. @default none */
  readonly keyOf?: (accessKeyId: string) => HttpApiCredentials | undefined;
  /** Says why a caller may not call, given `<stage>/<METHOD>/<path>`; `undefined` when it may. @default all may */
  readonly refusalOf?: (accessKeyId: string, call: string) => string | undefined;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** @default 29_000, API Gateway's own limit */
  readonly integrationTimeoutMs?: number;
  /** @default the machine's clock */
  readonly now?: () => Date;
}

/** A running API. */
export interface LocalHttpApi {
  /** With the stage and without a slash at its end. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Stops the server. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

interface Answer {
  readonly statusCode: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body: Uint8Array | string;
}

const message = (statusCode: number, text: string, errorType?: string): Answer => ({
  statusCode,
  headers: { 'Content-Type': 'application/json', ...(errorType !== undefined && { 'x-amzn-ErrorType': errorType }) },
  body: JSON.stringify({ message: text }),
});

const internalError = (statusCode: 500 | 502): Answer =>
  message(statusCode, 'Internal server error', 'InternalServerErrorException');

const readBody = async (request: http.IncomingMessage): Promise<Uint8Array | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
};

const headerPairs = ({ rawHeaders }: http.IncomingMessage): [string, string][] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => [rawHeaders[index * 2]!, rawHeaders[index * 2 + 1]!]);

const within = async <T>(promise: Promise<T>, timeoutMs: number): Promise<T | 'late'> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'late');
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/**
 * Puts functions behind an API Gateway REST API with Lambda proxy integrations: events in payload format 1.0, IAM
 * authorisation, and API Gateway's answers to what goes wrong. Not here: other authorisers, API keys, request models,
 * mapping templates, CORS and caches.
 *
 * Status codes: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html#services-apigateway-errors
 *
 * @throws TypeError for a route that cannot be read; Error `EADDRINUSE` when the port is taken
 * @example
 * const api = await startHttpApi({
 *   routes: [{ method: 'GET', path: '/financials/{uuid}', functionName: 'financials', authorizer: 'iam' }],
 *   invoke: lambda.invoke,
 * });
 */
export const startHttpApi = ({
  routes,
  invoke,
  port = 0,
  stage = 'Prod',
  credentials = { accessKeyId: 'test', secretAccessKey: 'test' },
  keyOf = () => undefined,
  refusalOf = () => undefined,
  region = 'us-east-1',
  accountId = '000000000000',
  integrationTimeoutMs = 29_000,
  now = () => new Date(),
}: StartHttpApiOptions): Promise<LocalHttpApi> => {
  const patterns = routes.map(compileRoute);

  const integrate = async (functionName: string, event: object): Promise<Answer> => {
    try {
      // A function that is late goes on, as on AWS; only the answer is given up.
      const result = await within(invoke({ functionName, payload: JSON.stringify(event) }), integrationTimeoutMs);
      if (result === 'late') return message(504, 'Endpoint request timed out');
      if (result.functionError !== undefined) return internalError(502);
      return parseProxyResponse(result.payload) ?? internalError(502);
    } catch {
      return internalError(500); // the Lambda service refused the invocation
    }
  };

  const answer = async (request: http.IncomingMessage, requestId: string): Promise<Answer> => {
    const body = await readBody(request);
    if (body === undefined) return message(413, 'Request Too Long');
    const method = request.method ?? 'GET';
    const [target = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const path = target.slice(stage.length + 1);
    if (!target.startsWith(`/${stage}`) || (path !== '' && !path.startsWith('/'))) {
      return message(403, 'Forbidden', 'ForbiddenException');
    }
    const found = findRoute(patterns, method, path === '' ? '/' : path);
    if (found === undefined) {
      return message(403, 'Missing Authentication Token', 'MissingAuthenticationTokenException');
    }
    const { route, parameters } = found;
    const headers = headerPairs(request);
    const query = new URLSearchParams(search);
    const claimed = /\bCredential=([^/,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const used = claimed === credentials.accessKeyId ? credentials : (keyOf(claimed) ?? credentials);
    if (route.authorizer === 'iam') {
      const lowerCase = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
      const refusal = await verifySignature(
        { method, path: target, query, headers: lowerCase, body },
        { credentials: used, region, now: now() },
      );
      if (refusal !== undefined) return message(403, refusal.message, refusal.errorType);
      const denied = refusalOf(used.accessKeyId, `${stage}/${method}${path}`);
      if (denied !== undefined) return message(403, denied, 'AccessDeniedException');
    }
    const event = proxyEvent({
      resource: route.path,
      method,
      path: path === '' ? '/' : path,
      headers: [...headers, ['X-Forwarded-For', '127.0.0.1'], ['X-Forwarded-Proto', 'http']],
      query,
      pathParameters: parameters,
      body,
      stage,
      requestId,
      accountId,
      sourceIp: '127.0.0.1',
      now: now(),
      ...(route.authorizer === 'iam' && { accessKeyId: used.accessKeyId }),
    });
    return integrate(route.functionName, event);
  };

  const server = http.createServer((request, response) => {
    const requestId = randomUUID();
    answer(request, requestId)
      .catch(() => internalError(500))
      .then(({ statusCode, headers = {}, body }) => {
        response.writeHead(statusCode, {
          ...headers,
          'content-length': Buffer.byteLength(body),
          'x-amzn-RequestId': requestId,
        });
        response.end(body);
      })
      .catch(() => {
        // The function's headers cannot be written.
        response.writeHead(502, { 'Content-Type': 'application/json' });
        response.end(internalError(502).body);
      });
  });

  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({
        endpoint: `http://127.0.0.1:${bound}/${stage}`,
        port: bound,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
};
