import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { createRunContext, type PipelineEvent, readBytes } from '@pipeline/core';
import { type S3StoreOptions, s3Store } from '@pipeline/core/s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const bears = 8;
const object = Buffer.from('id,name\n1,a\n');

/** Answers so many requests at a time, after a moment, and refuses the others as S3 does. */
const startBusyServer = async () => {
  const count = { asked: 0, refused: 0, answered: 0, now: 0 };
  const server = createServer((_request, response) => {
    count.asked++;
    count.now++;
    response.on('close', () => count.now--);
    if (count.now > bears) {
      count.refused++;
      response.writeHead(503, { 'content-type': 'application/xml' });
      response.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
      return;
    }
    setTimeout(() => {
      count.answered++;
      response.writeHead(200, { etag: '"e"', 'content-length': object.length });
      response.end(object);
    }, 4);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    count,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

let busy: Awaited<ReturnType<typeof startBusyServer>>;
let client: S3Client;
beforeAll(async () => {
  busy = await startBusyServer();
  // One try of its own: what is tested is ours.
  client = new S3Client({
    endpoint: busy.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await busy.close();
});
beforeEach(() => Object.assign(busy.count, { asked: 0, refused: 0, answered: 0 }));

const readAll = async (reads: number, options: S3StoreOptions = {}): Promise<readonly PipelineEvent[]> => {
  const events: PipelineEvent[] = [];
  const store = s3Store(client, {
    retry: { tries: 50, baseMs: 2, maxMs: 20 },
    context: createRunContext({ observe: (event) => events.push(event) }),
    ...options,
  });
  const all = Array.from({ length: reads }, (_, i) => readBytes(store, { bucket: 'bucket', key: `data-${i}` }));
  for (const got of await Promise.all(all)) expect(Buffer.compare(got, object)).toBe(0);
  return events;
};

test('reads that are too many at a time for the store become as few as it bears', async () => {
  const events = await readAll(600, { maxRequests: 50 });
  const { asked, refused, answered } = busy.count;
  expect(answered).toBe(600);
  expect(asked).toBe(answered + refused);
  // At 50 sockets and 8 at a time five of six requests would be refused for as long as it takes.
  expect(refused).toBeLessThan(answered / 2);
  const limits = events.filter(({ type }) => type === 'store.slowed').map(({ requests }) => requests as number);
  expect(limits.length).toBeGreaterThan(0);
  expect(Math.max(...limits)).toBeLessThanOrEqual(25);
  expect(Math.min(...limits)).toBeGreaterThanOrEqual(1);
  expect(events.filter(({ type }) => type === 'store.retried')).toHaveLength(refused);
});

test('a store that is never asked for more than it bears refuses nothing', async () => {
  const events = await readAll(60, { maxRequests: bears });
  expect(busy.count).toMatchObject({ asked: 60, refused: 0 });
  expect(events).toEqual([]);
});

test('a request that hangs, deaf to its time limit, keeps no other waiting for ever', async () => {
  const deaf = new S3Client({
    endpoint: busy.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    forcePathStyle: true,
  });
  let calls = 0;
  deaf.middlewareStack.add((next) => (args) => (calls++ === 0 ? new Promise<never>(() => {}) : next(args)), {
    step: 'initialize',
  });
  const store = s3Store(deaf, { maxRequests: 1, answerMs: 100 });
  void readBytes(store, { bucket: 'bucket', key: 'hangs' });
  const read = Array.from({ length: 3 }, (_, i) => readBytes(store, { bucket: 'bucket', key: `data-${i}` }));
  for (const got of await Promise.all(read)) expect(Buffer.compare(got, object)).toBe(0);
  expect(calls).toBe(4);
  deaf.destroy();
});

test.each([0, 1.5, Number.NaN])('%d requests at a time are no number of requests', (maxRequests) => {
  expect(() => s3Store(client, { maxRequests })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
