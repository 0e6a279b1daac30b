import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessRequestsOf, type CallPlace, type ServiceCall } from './access-requests.ts';
import { evaluate } from './evaluate.ts';
import type { AccessRequest, PolicyDocument } from './policy.ts';

/** Whose calls pass to which service, and which. */
export interface PolicyGateOptions {
  readonly service: ServiceCall['service'];
  /** Address of the service; asked for with each call, since it may be known later. */
  readonly target: () => string;
  /** What the caller may do. */
  readonly policies: () => readonly PolicyDocument[];
  readonly place: CallPlace;
  /** Told of every call, and of what was not granted. @default nobody */
  readonly onCall?: (requests: readonly AccessRequest[], refused: readonly AccessRequest[]) => void;
}

/** A front of a service for one caller. */
export interface PolicyGate {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Bodies that say what is acted on are read before the call passes; those of objects stream through. */
const hasSubject = (service: ServiceCall['service'], url: string): boolean =>
  service !== 's3' || /[?&]delete\b/.test(url);

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** As the services say it: S3 in XML, the others in JSON. Nothing of the policy is told. */
const refuse = (service: ServiceCall['service'], { method }: IncomingMessage, response: ServerResponse): void => {
  const message = 'the policy of this function does not grant the call';
  const s3 = service === 's3';
  const code = service === 's3' || service === 'ses' ? 'AccessDenied' : 'AccessDeniedException';
  const text = s3
    ? `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
    : JSON.stringify({ __type: code, message });
  response.writeHead(s3 ? 403 : 400, {
    'content-type': s3 ? 'application/xml' : 'application/x-amz-json-1.0',
    'x-amzn-errortype': code,
  });
  response.end(method === 'HEAD' ? undefined : text);
};

/**
 * Starts a front that lets those calls through that a caller's policies grant, and refuses the others as AWS does. Where
 * something is missing, those who may not list are told 403 instead of 404.
 *
 * @example
 * const gate = await startPolicyGate({ service: 's3', target: () => s3.endpoint, policies: () => policies, place });
 */
export const startPolicyGate = async (options: PolicyGateOptions): Promise<PolicyGate> => {
  const { service, target, policies, place, onCall = () => {} } = options;

  const refusedOf = (requests: readonly AccessRequest[]): readonly AccessRequest[] =>
    requests.filter((request) => evaluate(policies(), request) !== 'allowed');

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const body = hasSubject(service, url) ? await readAll(request) : undefined;
    const call = { service, method, url, headers, body: body?.toString('utf8') ?? '' };
    const asked = accessRequestsOf({ ...call, status: 200 }, place);
    const refused = refusedOf(asked);
    if (refused.length > 0) {
      onCall(asked, refused);
      request.resume();
      return refuse(service, request, response);
    }
    const { hostname, port } = new URL(target());
    // Headers pass unchanged, the host among them, since it is signed.
    const forwarded = send({ hostname, port, method, path: url, headers }, (answer) => {
      const status = answer.statusCode ?? 502;
      const all = accessRequestsOf({ ...call, status }, place);
      const hidden = refusedOf(all);
      onCall(all, hidden);
      if (hidden.length > 0) {
        answer.resume();
        return refuse(service, request, response);
      }
      response.writeHead(status, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.on('aborted', () => forwarded.destroy());
    if (body === undefined) request.pipe(forwarded);
    else forwarded.end(body);
  };

  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => {
      response.writeHead(501);
      response.end((error as Error).message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
