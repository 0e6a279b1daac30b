import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessRequestsOf, type CallPlace, type ServiceName } from './access-requests.ts';
import { evaluate } from './evaluate.ts';
import type { Caller, KeyRing } from './key-ring.ts';
import type { AccessRequest } from './policy.ts';
import { refuse } from './refusals.ts';
import { type ClaimedKey, checkKey, claimedKey } from './request-key.ts';
import { copySourceOf } from './s3-access-requests.ts';

/** One call that came through a gate. */
export interface GatedCall {
  readonly caller: Caller;
  /** All that it asked for. */
  readonly asked: readonly AccessRequest[];
  /** What of it was not granted. */
  readonly refused: readonly AccessRequest[];
  /** Method and path with query of the request; `undefined` for what is done in the name of a role without one. */
  readonly request?: string;
}

/** Which service is behind the gate, and who may come. */
export interface AccessGateOptions {
  readonly service: ServiceName;
  /** Address of the service; asked for with each call, since it may be known later. */
  readonly target: () => string;
  readonly keys: KeyRing;
  readonly place: CallPlace;
  /** Told of every call of a known caller. @default nobody */
  readonly onCall?: (call: GatedCall) => void;
}

/** A front of a service. */
export interface AccessGate {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Bodies that say what is acted on are read before the call passes; those of objects stream through. */
const hasSubject = (service: ServiceName, url: string): boolean => service !== 's3' || /[?&]delete\b/.test(url);

const copiesTags = async (headers: IncomingMessage['headers'], { isTagged }: CallPlace): Promise<boolean> => {
  const source = headers['x-amz-copy-source'];
  if (isTagged === undefined || source === undefined) return false;
  const { bucket, key, versionId } = copySourceOf(String(source));
  return isTagged(bucket, key, versionId).catch(() => false); // what is not there has none
};

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

/**
 * Starts a front of a service that knows by the access key who calls, lets those calls through that the caller's policies
 * grant, and refuses the others as AWS does. Where something is missing, those who may not list are told 403 instead of 404.
 * Signatures of S3 are left to S3.
 *
 * @example
 * const gate = await startAccessGate({ service: 's3', target: () => s3.endpoint, keys, place });
 */
export const startAccessGate = async (options: AccessGateOptions): Promise<AccessGate> => {
  const { service, target, keys, place, onCall = () => {} } = options;

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const claimed: ClaimedKey = claimedKey(request);
    const issued = keys.find(claimed.accessKeyId);
    const body = hasSubject(service, url) ? await readAll(request) : undefined;
    const wrong = await checkKey({ request, claimed, issued, service, region: place.region, body });
    if (wrong !== undefined) {
      request.resume();
      return refuse(service, request, response, wrong);
    }
    const { caller } = issued!;
    const sourceIsTagged = await copiesTags(headers, place);
    const call = { service, method, url, headers, body: body?.toString('utf8') ?? '', sourceIsTagged };
    /** What is not granted of that which a call with this status asks for. */
    const judge = (status: number): GatedCall => {
      const asked = accessRequestsOf({ ...call, status }, place);
      const denied = asked.filter((one) => evaluate(caller.policies(), one) !== 'allowed');
      return { caller, asked, refused: denied, request: `${method} ${url}` };
    };
    const deny = (judged: GatedCall): void => {
      const { action, resource } = judged.refused[0]!;
      const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
      refuse(service, request, response, { code: 'AccessDenied', message });
    };

    const before = judge(200);
    if (before.refused.length > 0) {
      onCall(before);
      request.resume();
      return deny(before);
    }
    const { hostname, port } = new URL(target());
    // Headers pass unchanged, the host among them, since it is signed.
    const forwarded = send({ hostname, port, method, path: url, headers }, (answer) => {
      const status = answer.statusCode ?? 502;
      // What the status changes is S3's alone; the token of a task is used up by now.
      const after = service === 's3' ? judge(status) : before;
      onCall(after);
      if (after.refused.length > 0) {
        answer.resume();
        return deny(after);
      }
      response.writeHead(status, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => {
      if (!response.writableFinished) forwarded.destroy();
    });
    if (body === undefined) request.pipe(forwarded);
    else forwarded.end(body);
  };

  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      response.writeHead(501);
      response.end((error as Error).message);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
