import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { createRunContext, type ObjectStore, type PipelineEvent, readBytes } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patternBytes } from '../../core/test/store-contract.ts';

/** Serves one object under every key, and throttles what exceeds so many reads at once. */
const busy = {
  object: patternBytes(1000),
  takes: Number.POSITIVE_INFINITY,
  /** So many have to be under way before the first is answered. */
  together: 1,
  /** Requests that are throttled whatever goes on. */
  throttles: 0,
  underWay: 0,
  most: 0,
  refused: 0,
  /** How many reads were under way when each was answered. */
  loads: [] as number[],
};

const held: (() => void)[] = [];
let server: Server;
let endpoint: string;
const clients: S3Client[] = [];

const clientOf = (maxAttempts: number): S3Client => {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts });
  clients.push(client);
  return client;
};

beforeAll(async () => {
  server = createServer((_, response) => {
    if (busy.underWay >= busy.takes || busy.throttles > 0) {
      busy.throttles = Math.max(0, busy.throttles - 1);
      busy.refused++;
      response.writeHead(503, { 'content-type': 'application/xml' });
      response.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
      return;
    }
    busy.underWay++;
    busy.most = Math.max(busy.most, busy.underWay);
    busy.loads.push(busy.underWay);
    response.on('close', () => busy.underWay--);
    held.push(() => {
      response.writeHead(200, { etag: '"1"', 'content-length': busy.object.length });
      response.end(busy.object);
    });
    if (busy.most < busy.together) return;
    for (const answer of held.splice(0)) setTimeout(answer, 5);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  Object.assign(busy, { object: patternBytes(1000), takes: Number.POSITIVE_INFINITY, throttles: 0, together: 1 });
  Object.assign(busy, { underWay: 0, most: 0, refused: 0, loads: [] });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
});

const events: PipelineEvent[] = [];
const context = createRunContext({ observe: (event) => void events.push(event) });
const retry = { tries: 1000, baseMs: 1, maxMs: 20 };
const refOf = (key: number) => ({ bucket: 'bucket', key: `data-${key}` });
const readAll = async (stores: readonly ObjectStore[]): Promise<void> => {
  const read = await Promise.all(stores.map((store, i) => readBytes(store, refOf(i))));
  for (const got of read) expect(Buffer.compare(got, busy.object)).toBe(0);
};

describe('reads at once', () => {
  test('are as many as a healthy store is asked for', async () => {
    busy.together = 20;
    const store = s3Store(clientOf(1), { context, readsAtOnce: 20 });
    events.length = 0;
    await readAll(Array.from({ length: 100 }, () => store));
    expect(busy.most).toBe(20);
    expect(events).toEqual([]);
  });

  test('settle near what a store takes, so that few are refused', async () => {
    const client = clientOf(1);
    const reads = 250;
    busy.takes = 8;
    await readAll(Array.from({ length: reads }, () => s3Store(client, { retry, context })));
    const alone = busy.refused;

    Object.assign(busy, { refused: 0, loads: [] });
    events.length = 0;
    const store = s3Store(client, { retry, context });
    await readAll(Array.from({ length: reads }, () => store));
    expect(busy.refused).toBeLessThan(reads / 2);
    expect(busy.refused).toBeLessThan(alone / 5);
    const widths = events.filter(({ type }) => type === 'store.slowed').map(({ reads }) => reads as number);
    expect(widths.slice(0, 3)).toEqual([25, 12, 6]);
    expect(Math.max(...widths.slice(3))).toBeLessThanOrEqual(8);
    // It is not far below what the store takes, either.
    expect(Math.max(...busy.loads.slice(reads / 2))).toBeGreaterThan(5);
  });

  test('are fewer after a refusal that the SDK kept to itself', async () => {
    busy.throttles = 1;
    events.length = 0;
    await readAll([s3Store(clientOf(3), { context, readsAtOnce: 8 })]);
    expect(busy.refused).toBe(1);
    expect(events).toEqual([{ type: 'store.slowed', operation: 'read', reads: 4 }]);
  });

  test('are not fewer after a 500, a reset or an object that is not there', async () => {
    events.length = 0;
    const client = clientOf(1);
    client.middlewareStack.add(
      () => async () => {
        throw Object.assign(new Error('no'), { name: 'InternalError', $metadata: { httpStatusCode: 500 } });
      },
      { step: 'deserialize' },
    );
    const store = s3Store(client, { context, retry: { tries: 3, baseMs: 1, maxMs: 1 } });
    await expect(readBytes(store, refOf(0))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(events.map(({ type }) => type)).toEqual(['store.retried', 'store.retried']);
  });

  test('never wait for one whose reader waits for them', async () => {
    busy.object = patternBytes(4_000_000);
    const store = s3Store(clientOf(1), { context, readsAtOnce: 1 });
    const pieces: Uint8Array[] = [];
    for await (const piece of store.read(refOf(0))) {
      // A stage that loads what it needs while a chunk is being read.
      if (pieces.length === 0) await readAll([store, store, store]);
      pieces.push(Uint8Array.from(piece));
    }
    expect(Buffer.compare(Buffer.concat(pieces), busy.object)).toBe(0);
    await readAll([store]);
  });

  test('never wait for one that hangs, whatever it hangs in', async () => {
    const hanging = clientOf(1);
    let calls = 0;
    hanging.middlewareStack.add(
      (next) => (args) => (calls++ === 0 ? new Promise<never>(() => {}) : next(args)), // deaf to every signal
      { step: 'initialize' },
    );
    const store = s3Store(hanging, { context, readsAtOnce: 1, answerMs: 200, stallMs: 100 });
    void readBytes(store, refOf(0));
    await readAll([store, store, store]);
    expect(calls).toBe(4);
  });

  test('that wait end with their signal, and those behind them go on', async () => {
    busy.object = patternBytes(4_000_000);
    const store = s3Store(clientOf(1), { context, readsAtOnce: 1 });
    const first = store.read(refOf(0))[Symbol.asyncIterator]();
    await first.next();
    const controller = new AbortController();
    const given = readBytes(store, refOf(1), { signal: controller.signal });
    const behind = readBytes(store, refOf(2));
    const reason = new Error('stop');
    controller.abort(reason);
    await expect(given).rejects.toBe(reason);
    await first.return?.();
    expect((await behind).length).toBe(busy.object.length);
  });

  test.each([0, -1, 1.5, Number.NaN])('cannot be %d', (readsAtOnce) => {
    expect(() => s3Store(clientOf(1), { readsAtOnce })).toThrow(/^CONFIG_INVALID: readsAtOnce/);
  });
});
