import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { operationOf, type Service } from './call-name.ts';
import { errorAnswer } from './error-answer.ts';
import { callerHeader } from './invocation.ts';
import type { Way } from './ways.ts';

/** Whose call a request is, and what it asks for. */
export interface ProxiedCall {
  readonly caller: string;
  readonly requestId: string;
  readonly operation: string;
}

/** What a proxy asks and tells. */
export interface ProxyEvents {
  /** Says how a call fails, if it does. */
  readonly onCall: (call: ProxiedCall) => Way | undefined;
  /** Ends the process that makes the call. */
  readonly onCrash: (call: ProxiedCall) => void;
  /** A call waits for what never comes; the answer is to be called when it gives up. */
  readonly onHang: () => () => void;
  /** A request came (+1), or was answered, cut or left hanging (-1). */
  readonly onFlight: (change: 1 | -1) => void;
}

/** A proxy in front of one service. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Where requests go from now on. */
  leadTo(endpoint: string): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A real server between clients and a service that passes everything on, and makes one call fail on its real socket. */
export const startFaultProxy = async (service: Service, events: ProxyEvents): Promise<FaultProxy> => {
  const agent = new Agent({ keepAlive: true });
  let target = new URL('http://127.0.0.1');

  const forward = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { [callerHeader]: _, expect: __, ...headers } = request.headers;
    const { hostname, port } = target;
    const forwarded = send({ agent, hostname, port, method: request.method, path: request.url, headers });
    forwarded.end(body);
    const [response] = (await once(forwarded, 'response')) as [IncomingMessage];
    return { status: response.statusCode!, headers: response.headers, body: await buffer(response) };
  };

  const reply = (response: ServerResponse, { status, headers, body }: Answer): void => {
    response.writeHead(status, headers);
    response.end(body);
  };

  /** As much as shows that an answer is under way: half of the body, or half of a head where there is none. */
  const replyInPart = async (response: ServerResponse, { status, headers, body }: Answer): Promise<void> => {
    if (body.length < 2) {
      response.socket?.write('HTTP/1.1 200 OK\r\nx-amz-');
    } else {
      response.writeHead(status, headers);
      response.write(body.subarray(0, body.length >> 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 2)); // let it arrive before what comes next
  };

  const fail = async (
    way: Way,
    call: ProxiedCall,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ) => {
    const cut = (): void => void response.socket?.resetAndDestroy();
    const hang = (): void => void response.once('close', events.onHang());
    switch (way) {
      case 'no-reply':
        return hang();
      case '500':
      case '503':
        return reply(response, errorAnswer(service, way));
      case 'reset-before':
        return cut();
      case 'crash-before':
        events.onCrash(call);
        return cut();
    }
    const answer = await forward(request, body);
    switch (way) {
      case 'reset-in-body':
        await replyInPart(response, answer);
        return cut();
      case 'stall':
        await replyInPart(response, answer);
        return hang();
      case 'applied-but-error':
        return reply(response, errorAnswer(service, '500'));
      case 'crash-after':
        events.onCrash(call);
        return cut();
      case 'duplicate':
        return reply(response, await forward(request, body));
    }
  };

  const server = createServer(async (request, response) => {
    events.onFlight(1);
    try {
      const body = await buffer(request);
      const [caller = 'client', requestId = ''] = String(request.headers[callerHeader] ?? 'client').split(' ');
      const call = { caller, requestId, operation: operationOf(service, request) };
      const way = events.onCall(call);
      if (way === undefined) reply(response, await forward(request, body));
      else await fail(way, call, request, response, body);
    } catch {
      response.destroy(); // the client hung up, or the service is gone
    } finally {
      events.onFlight(-1);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(endpoint) {
      target = new URL(endpoint);
    },
    async close() {
      agent.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
