import http from 'node:http';

/** What `rapid-client.node`, the native part of aws-lambda-ric 4.0.2, exports. */
export interface RapidClient {
  next(): Promise<{ bodyJson: string; headers: Record<string, string | number> }>;
  done(requestId: string, responseBody: string): null;
  error(requestId: string, errorBody: string, xrayCause: string): null;
}

const BASE = '/2018-06-01/runtime/invocation';
const OPTIONAL_HEADERS = [
  'lambda-runtime-client-context',
  'lambda-runtime-cognito-identity',
  'lambda-runtime-aws-tenant-id',
];

/**
 * The native client in JavaScript, so that no compiler is needed.
 *
 * The native one posts a result synchronously; here the post is under way when `done` returns and `next` waits for it,
 * which the runtime cannot tell apart because it only ever calls `next` after `done` or `error`.
 */
export const createRapidClient = (runtimeApi: string): RapidClient => {
  const [host, port] = runtimeApi.split(':');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let posted: Promise<void> = Promise.resolve();

  const send = (method: string, path: string, body?: string) =>
    new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = http.request({ host, port, path, method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.on('error', reject);
      request.end(body);
    });

  const post = (path: string, args: unknown[], expected: number): null => {
    if (args.length < expected) throw new TypeError(`Wrong number of arguments, expected ${expected}`);
    if (!args.every((arg) => typeof arg === 'string')) throw new TypeError('Wrong arguments');
    const body = args[1] as string;
    // A refused or failed post is not an error for the native client either: the next poll tells.
    posted = posted
      .then(() => send('POST', path, body))
      .then(
        () => undefined,
        () => undefined,
      );
    return null;
  };

  return {
    async next() {
      await posted;
      const { status, headers, body } = await send('GET', `${BASE}/next`);
      if (status !== 200) throw new Error(`Failed to get next invocation, error ${status}`);
      const optional = OPTIONAL_HEADERS.filter((name) => headers[name]).map((name) => [name, String(headers[name])]);
      return {
        bodyJson: body,
        headers: {
          'lambda-runtime-deadline-ms': Number(headers['lambda-runtime-deadline-ms']),
          'lambda-runtime-aws-request-id': String(headers['lambda-runtime-aws-request-id']),
          'lambda-runtime-trace-id': String(headers['lambda-runtime-trace-id'] ?? ''),
          'lambda-runtime-invoked-function-arn': String(headers['lambda-runtime-invoked-function-arn']),
          ...Object.fromEntries(optional),
        },
      };
    },
    done: (...args) => post(`${BASE}/${args[0]}/response`, args, 2),
    error: (...args) => post(`${BASE}/${args[0]}/error`, args, 3),
  };
};
