import { gzipSync } from 'node:zlib';
import { createRunContext } from '@pipeline/core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { httpLookup } from '../src/index.ts';
import { fastRun, serve, type TestServer } from './helpers.ts';

let server: TestServer;
let hosts: (string | undefined)[] = [];
let packed = false;
beforeAll(async () => {
  server = await serve((request, response) => {
    hosts.push(request.headers.host);
    const body = JSON.stringify({ path: request.url, filler: ' '.repeat(2_000) });
    const status = request.url === '/none' ? 204 : request.url === '/reset' ? 0 : 200;
    if (status === 0) return void request.socket.destroy();
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
    });
    return void response.end(status === 204 ? undefined : packed ? gzipSync(body) : body);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  hosts = [];
  packed = false;
});

/** A name that no resolver knows but the one that is given. */
const lookupOf = (resolve: () => Promise<readonly string[]>, more: object = {}) =>
  httpLookup<unknown>({
    name: 'prices',
    url: `http://prices.invalid:${new URL(server.origin).port}/{key}`,
    allowPrivateAddresses: true,
    resolve,
    retries: 1,
    decode: (body) => (body as { path: string }).path,
    ...more,
  });

test('a named host is asked by the address that was looked at, under its name', async () => {
  const lookup = lookupOf(async () => ['127.0.0.1'], { concurrency: 1 });
  const found = await lookup.loadMany(['a', 'none', 'b'], fastRun(20));
  expect([...found]).toEqual([
    ['a', '/a'],
    ['b', '/b'],
  ]);
  expect(new Set(hosts)).toEqual(new Set([`prices.invalid:${new URL(server.origin).port}`]));
});

test('what the name server says a moment later is not asked, and refused once it is looked at', async () => {
  const answers = [['127.0.0.1'], ['169.254.169.254']];
  let resolved = 0;
  const lookup = lookupOf(async () => answers[Math.min(resolved++, 1)]!);
  let nowMs = Date.UTC(2026, 0, 1);
  const run = createRunContext({ clock: { now: () => nowMs } });
  expect((await lookup.loadMany(['a'], run)).get('a')).toBe('/a');
  expect((await lookup.loadMany(['b'], run)).get('b')).toBe('/b');
  expect(resolved).toBe(1);
  nowMs += 11_000;
  await expect(lookup.loadMany(['c'], run)).rejects.toMatchObject({ code: 'LOOKUP_REFUSED' });
  expect(hosts).toHaveLength(2);
});

test('packed answers are unpacked, and count unpacked', async () => {
  packed = true;
  const resolve = async () => ['127.0.0.1'];
  expect((await lookupOf(resolve).loadMany(['a'], fastRun(20))).get('a')).toBe('/a');
  const small = lookupOf(resolve, { maxResponseBytes: 1_000 });
  expect((await small.loadMany(['a'], fastRun(20))).get('a')).toMatchObject({
    reason: 'the answer is longer than 1000 bytes',
  });
});

test.each([
  ['a name that has no address', async (): Promise<readonly string[]> => [], 'a'],
  ['a reset', async (): Promise<readonly string[]> => ['127.0.0.1'], 'reset'],
])('%s fails as the network does, after its retries', async (_, resolve, key) => {
  await expect(lookupOf(resolve).loadMany([key], fastRun(20))).rejects.toThrow(
    /^LOOKUP_FAILED: look-up prices failed after 2 tries: Error, (ENOTFOUND|ECONNRESET)$/,
  );
});

test('an abort ends the request', async () => {
  const abort = new AbortController();
  const waiting = lookupOf(() => new Promise(() => {})).loadMany(['a'], fastRun(1, { signal: abort.signal }));
  abort.abort(new Error('out of time'));
  await expect(waiting).rejects.toThrow('out of time');
});
