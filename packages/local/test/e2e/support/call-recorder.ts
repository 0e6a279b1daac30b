import { createServer, type IncomingMessage, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EndpointVariable, endpointVariables, s3Operation } from './service-calls.ts';

/** Stands between functions and the services and notes every call: which function, which operation, on what. */
export interface CallRecorder {
  /** Addresses for one function, for its environment. */
  endpointsOf(functionName: string): Readonly<Record<string, string>>;
  /** Says where the services are; before this every call is refused. */
  leadTo(endpoints: Readonly<Record<string, string>>): void;
  /** The different calls of each function, sorted. */
  calls(): Readonly<Record<string, readonly string[]>>;
  close(): Promise<void>;
}

/** A key with everything that differs from batch to batch left out. */
const placeOf = (pathname: string): string =>
  decodeURIComponent(pathname)
    .replace(/^\/[^/]+\/?/, '')
    .replace(/^(input|input_archive|failed)\/.*/, '$1/*')
    .replace(/^batches\/[^/]+\//, '')
    .replace(/^(results|processed|rejects|mail|output|plan)\/.*/, '$1/*');

const nameOf = (service: string, request: IncomingMessage): string => {
  const url = new URL(request.url ?? '/', 'http://local');
  if (service === 's3') return `s3:${s3Operation(request, url)} ${placeOf(url.pathname)}`.trim();
  if (service === 'ses') return `ses:${request.method} ${url.pathname}`;
  return `${service}:${String(request.headers['x-amz-target']).split('.')[1]}`;
};

export const startCallRecorder = async (functionNames: readonly string[]): Promise<CallRecorder> => {
  const seen = new Map<string, Set<string>>(functionNames.map((name) => [name, new Set()]));
  const servers: Server[] = [];
  const endpoints = new Map<string, Record<string, string>>();
  let targets: Readonly<Record<string, string>> = {};

  const listen = async (functionName: string, variable: EndpointVariable): Promise<string> => {
    const server = createServer((request, response) => {
      seen.get(functionName)!.add(nameOf(endpointVariables[variable], request));
      const { hostname, port } = new URL(targets[variable]!);
      // Headers pass unchanged, the host among them, since it is signed.
      const forwarded = send(
        { hostname, port, method: request.method, path: request.url, headers: request.headers },
        (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        },
      );
      forwarded.on('error', () => response.destroy());
      request.pipe(forwarded);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  for (const name of functionNames) {
    const own: Record<string, string> = {};
    for (const variable of Object.keys(endpointVariables) as EndpointVariable[])
      own[variable] = await listen(name, variable);
    endpoints.set(name, own);
  }
  return {
    endpointsOf: (name) => endpoints.get(name) ?? {},
    leadTo: (addresses) => {
      targets = addresses;
    },
    calls: () => Object.fromEntries([...seen].map(([name, calls]) => [name, [...calls].sort()])),
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};
