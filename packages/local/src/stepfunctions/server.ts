import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { actions } from './api/actions.ts';
import { ApiError, apiError } from './api/api-error.ts';
import type { Engine } from './engine/engine.ts';

const TARGET_PREFIX = 'AWSStepFunctions.';
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** An HTTP server that speaks Step Functions' AWS JSON 1.0 protocol. */
export function createProtocolServer(engine: Engine, accessKeyId: string | undefined): Server {
  return createServer(async (request, response) => {
    const requestId = randomUUID();
    const { status, body } = await answer(engine, request, accessKeyId);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId });
    response.end(JSON.stringify(body));
  });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(engine: Engine, request: IncomingMessage, accessKeyId: string | undefined): Promise<Answer> {
  try {
    const text = await readBody(request);
    checkCredentials(request, accessKeyId);
    const target = String(request.headers['x-amz-target'] ?? '');
    const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action)
      throw apiError('UnsupportedOperationException', `The local Step Functions does not support '${name || target}'`);
    return { status: 200, body: await action(engine, parseBody(text)) };
  } catch (error) {
    if (error instanceof ApiError) return { status: 400, body: { __type: error.code, message: error.message } };
    return { status: 500, body: { __type: 'InternalFailure', message: String((error as Error)?.stack ?? error) } };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Buffer).length;
    if (bytes > MAX_REQUEST_BYTES) throw apiError('ValidationException', 'The request is too long');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseBody(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text || '{}');
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw apiError('SerializationException', 'The request body is not a JSON object');
}

/** Compares the access key id only; the signature is not verified. */
function checkCredentials(request: IncomingMessage, accessKeyId: string | undefined): void {
  if (accessKeyId === undefined) return;
  const given = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
  if (given !== accessKeyId)
    throw apiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
}
