import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaServiceError, requestTooLarge } from './errors.ts';
import { parseFunctionName } from './function-name.ts';
import { lookUp, type RegisteredFunction } from './function-registry.ts';
import { MAX_EVENT_BYTES, MAX_REQUEST_BYTES } from './limits.ts';
import type { InvokeRequest, InvokeResponse } from './types.ts';

export interface InvokeApiOptions {
  readonly port: number;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly functionArn: (name: string) => string;
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResponse>;
  /** Accepts an asynchronous invocation or throws. */
  readonly invokeLater: (request: InvokeRequest) => void;
}

const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)(\/invocations|\/configuration)?\/?$/;
const LIST_PATH = /^\/2015-03-31\/functions\/?$/;

const readBody = async (request: http.IncomingMessage, limitBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk); // the rest is read so that the client gets the answer
  }
  if (bytes > limitBytes) throw requestTooLarge(limitBytes);
  return Buffer.concat(chunks).toString();
};

const describe = ({ deployment, stats }: RegisteredFunction): object => ({
  FunctionName: deployment.name,
  FunctionArn: deployment.arn,
  Runtime: `nodejs${process.versions.node.split('.')[0]}.x`,
  Handler: `index.${deployment.handler}`,
  CodeSize: stats.bundleBytes,
  Timeout: Math.ceil(deployment.timeoutMs / 1000),
  MemorySize: deployment.memoryMb,
  Version: '$LATEST',
  PackageType: 'Zip',
  State: 'Active',
  LastUpdateStatus: 'Successful',
  Environment: { Variables: deployment.environment },
});

/**
 * The HTTP side of the stand-in: Invoke, GetFunction, GetFunctionConfiguration and ListFunctions as the SDK and the AWS
 * CLI call them. Signatures are not looked at. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const startInvokeApi = ({ port, functions, functionArn, invoke, invokeLater }: InvokeApiOptions) => {
  const json = (
    response: http.ServerResponse,
    status: number,
    body: object,
    headers: http.OutgoingHttpHeaders = {},
  ): void => {
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
    response.end(text);
  };

  const find = (reference: string): RegisteredFunction => {
    const name = parseFunctionName(reference);
    return lookUp(functions, name, functionArn(name));
  };

  const handleInvoke = async (request: http.IncomingMessage, response: http.ServerResponse, functionName: string) => {
    const header = (name: string): string | undefined => request.headers[name]?.toString();
    const type = header('x-amz-invocation-type') ?? 'RequestResponse';
    const body = await readBody(request, type === 'Event' ? MAX_EVENT_BYTES : MAX_REQUEST_BYTES);
    const payload = body === '' ? '{}' : body;
    const context = header('x-amz-client-context');
    const call: InvokeRequest = {
      functionName,
      payload,
      ...(context !== undefined && { clientContext: Buffer.from(context, 'base64').toString() }),
    };
    if (type === 'DryRun') {
      find(functionName);
      response.writeHead(204).end();
    } else if (type === 'Event') {
      invokeLater(call);
      response.writeHead(202, { 'content-length': 0 }).end();
    } else if (type === 'RequestResponse') {
      const { payload: answer, functionError, logs = '', requestId } = await invoke(call);
      const tail = header('x-amz-log-type') === 'Tail' && { 'x-amz-log-result': Buffer.from(logs).toString('base64') };
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
        'x-amz-executed-version': '$LATEST',
        'x-amzn-requestid': requestId,
        ...(functionError !== undefined && { 'x-amz-function-error': functionError }),
        ...tail,
      });
      response.end(answer);
    } else {
      throw new LambdaServiceError('InvalidParameterValueException', 400, `Unknown invocation type '${type}'`);
    }
  };

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, encoded, suffix] = FUNCTION_PATH.exec(url.pathname) ?? [];
    const qualifier = url.searchParams.get('Qualifier');
    const reference =
      encoded === undefined ? '' : decodeURIComponent(encoded) + (qualifier === null ? '' : `:${qualifier}`);
    if (suffix === '/invocations' && request.method === 'POST') return handleInvoke(request, response, reference);
    request.resume();
    if (request.method === 'GET' && LIST_PATH.test(url.pathname)) {
      return json(response, 200, { Functions: [...functions.values()].map(describe) });
    }
    if (request.method === 'GET' && encoded !== undefined && suffix === '/configuration') {
      return json(response, 200, describe(find(reference)));
    }
    if (request.method === 'GET' && encoded !== undefined && suffix === undefined) {
      const fn = find(reference);
      const { reservedConcurrency } = fn.config;
      return json(response, 200, {
        Configuration: describe(fn),
        ...(reservedConcurrency !== undefined && {
          Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
        }),
      });
    }
    throw new LambdaServiceError(
      'UnsupportedOperationException',
      501,
      `The Lambda stand-in does not do ${request.method} ${url.pathname}: only Invoke, GetFunction, GetFunctionConfiguration and ListFunctions`,
    );
  };

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const known =
        error instanceof LambdaServiceError ? error : new LambdaServiceError('ServiceException', 500, String(error));
      const { name, statusCode, message, reason } = known;
      const body = {
        Type: statusCode < 500 ? 'User' : 'Service',
        Message: message,
        message,
        ...(reason !== undefined && { Reason: reason }),
      };
      json(response, statusCode, body, { 'x-amzn-errortype': name });
    });
  });
  server.keepAliveTimeout = 60_000;

  return new Promise<{ endpoint: string; port: number; close(): Promise<void> }>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({
        port: bound,
        endpoint: `http://127.0.0.1:${bound}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
};
