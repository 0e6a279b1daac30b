import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CsvRecord,
  createStage,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  readBytes,
  rejectRows,
  type Stage,
} from '@pipeline/core';
import type { Context } from 'aws-lambda';
import type { LogEntry } from '../src/index.ts';

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
export const at = (key: string): ObjectRef => ({ bucket: 'orders', key });
export const textOf = async (store: ObjectStore, { bucket, key }: ObjectRef): Promise<string> =>
  Buffer.from(await readBytes(store, { bucket, key })).toString();

let invocations = 0;

/** What Lambda passes beside the event. */
export const context = (remainingMs = 60_000): Context => {
  const endsAt = performance.now() + remainingMs;
  return {
    awsRequestId: `request-${++invocations}`,
    functionName: 'test',
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
  } as Context;
};

/** A log that keeps what it is given. */
export const keptLog = () => {
  const entries: LogEntry[] = [];
  return { entries, log: (entry: LogEntry) => void entries.push(entry), text: () => JSON.stringify(entries) };
};

export const quiet = (): void => {};

/** The error that some work ends with. */
export const errorOf = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it resolved');
};
export const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await errorOf(work);
  return PipelineError.is(error) ? error.code : `${error.name}: ${error.message}`;
};

/** Rows with a field that begins with `bad` are rejected. */
export const rejectingBad: Stage<CsvRecord, CsvRecord> = createStage((batch) =>
  rejectRows(batch, (index) => {
    const found = Object.entries(batch.rows[index]!).filter(([, value]) => value.startsWith('bad'));
    if (found.length === 0) return undefined;
    return found.map(([column, value]) => ({
      code: 'RULE_CUSTOM' as const,
      rule: 'notBad',
      column,
      value,
      message: 'must not be bad',
      severity: 'error' as const,
    }));
  }),
);

export interface ServiceCall {
  /** `StartExecution`, or the path of a REST call. */
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the client sent
  readonly body: any;
}
export interface ServiceAnswer {
  readonly status?: number;
  /** Name of the error, for statuses from 400. */
  readonly error?: string;
  readonly body?: object;
  /** Ends the connection instead of answering. */
  readonly hangUp?: boolean;
}

/** An AWS service that speaks JSON on loopback and answers what the test says. */
export const startService = async (
  answer: (call: ServiceCall, index: number) => ServiceAnswer | Promise<ServiceAnswer>,
) => {
  const calls: ServiceCall[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const target = String(request.headers['x-amz-target'] ?? '');
    const call = {
      operation: target === '' ? `${request.method} ${request.url}` : target.split('.').at(-1)!,
      body: JSON.parse(Buffer.concat(pieces).toString() || '{}'),
    };
    calls.push(call);
    const { status = 200, error, body = {}, hangUp = false } = await answer(call, calls.length - 1);
    if (hangUp) {
      request.socket.destroy();
      return;
    }
    response.writeHead(error === undefined ? status : Math.max(400, status), {
      'content-type': 'application/x-amz-json-1.0',
      ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
    });
    response.end(JSON.stringify(error === undefined ? body : { __type: error, message: error, ...body }));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    calls,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
