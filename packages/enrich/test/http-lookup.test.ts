import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { PipelineError } from '@pipeline/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpLookup, LookupKeyError } from '../src/index.ts';
import { fastRun, serve, type TestServer } from './helpers.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

let server: TestServer;
let answers: Answer[] = [];
let requests: IncomingMessage[] = [];

beforeAll(async () => {
  server = await serve((request, response) => {
    requests.push(request);
    (answers.length > 1 ? answers.shift()! : answers[0]!)(request, response);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
});
afterEach(() => {
  answers = [];
});

const lookupOf = (options: Partial<Parameters<typeof httpLookup<unknown>>[0]> = {}) =>
  httpLookup<unknown>({
    name: 'prices',
    url: `${server.origin}/prices/{key}`,
    timeoutMs: 60_000,
    allowPrivateAddresses: true,
    decode: (body) => body,
    ...options,
  });

const only = async (answer: Answer, options: Parameters<typeof lookupOf>[0] = {}, key = 'k'): Promise<unknown> => {
  answers = [answer];
  return (await lookupOf(options).loadMany([key], fastRun(20))).get(key);
};

const failure = async (answer: Answer, options: Parameters<typeof lookupOf>[0] = {}): Promise<PipelineError> => {
  const error: unknown = await only(answer, options).catch((thrown: unknown) => thrown);
  expect(PipelineError.is(error), String(error)).toBe(true);
  return error as PipelineError;
};

describe('asking', () => {
  test('one GET per distinct key, with the headers that were given, keys encoded', async () => {
    answers = [(request, response) => json({ path: request.url })(request, response)];
    const lookup = lookupOf({ headers: { 'X-Api-Key': 'abc', Accept: 'application/vnd.shop+json' } });
    const found = await lookup.loadMany(['a', 'b/c', 'a', 'ä ?'], fastRun(20));
    expect([...found]).toEqual([
      ['a', { path: '/prices/a' }],
      ['b/c', { path: '/prices/b%2Fc' }],
      ['ä ?', { path: '/prices/%C3%A4%20%3F' }],
    ]);
    expect(requests.map((request) => request.method)).toEqual(['GET', 'GET', 'GET']);
    expect(requests[0]!.headers).toMatchObject({ 'x-api-key': 'abc', accept: 'application/vnd.shop+json' });
  });

  test('no more requests are under way than concurrency says', async () => {
    let under = 0;
    let peak = 0;
    answers = [
      (request, response) => {
        peak = Math.max(peak, ++under);
        setTimeout(() => {
          under--;
          json({})(request, response);
        }, 5);
      },
    ];
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    expect((await lookupOf({ concurrency: 3 }).loadMany(keys, fastRun(1))).size).toBe(20);
    expect(peak).toBe(3);
  });

  test.each(['', '.', '..'])('the key %j fails alone and is never sent', async (key) => {
    const answer = await only(json({}), {}, key);
    expect(answer).toBeInstanceOf(LookupKeyError);
    expect(requests).toHaveLength(0);
  });
});

describe('answers', () => {
  test.each([404, 204])('%i means that there is no entry', async (status) => {
    expect(await only((_, response) => response.writeHead(status).end())).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  test('decode may say that there is no entry', async () => {
    expect(await only(json({ items: [] }), { decode: () => undefined })).toBeUndefined();
  });

  test.each<[string, Answer, Parameters<typeof lookupOf>[0], string]>([
    ['a 400', json({}, 400), {}, 'HTTP 400'],
    ['a 422', json({}, 422), {}, 'HTTP 422'],
    ['HTML', json('<html>', 200, { 'content-type': 'text/html' }), {}, 'the answer does not say that it is JSON'],
    ['invalid JSON', json('{"a":'), {}, 'the answer is not valid JSON'],
    ['nothing', json(''), {}, 'the answer is not valid JSON'],
    [
      'bytes that are not UTF-8',
      (_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
      {},
      'the answer is not valid JSON',
    ],
    [
      'more than maxResponseBytes',
      json('x'.repeat(5_000)),
      { maxResponseBytes: 4_096 },
      'the answer is longer than 4096 bytes',
    ],
    [
      'a gzip bomb',
      (_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(8 * 1024 * 1024, 0x20))),
      {},
      'the answer is longer than 1048576 bytes',
    ],
    [
      'what decode does not take',
      json({ error: 'k is poison' }),
      {
        decode: (body) => {
          throw new TypeError(JSON.stringify(body));
        },
      },
      'decode threw TypeError',
    ],
  ])('%s fails its key, once and without data in the reason', async (_, answer, options, reason) => {
    const got = await only(answer, options);
    expect(got).toBeInstanceOf(LookupKeyError);
    expect((got as LookupKeyError).reason).toBe(reason);
    expect(requests).toHaveLength(1);
  });

  test('an endless answer is cut off', async () => {
    let ended = false;
    const got = await only((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write('[1,'.repeat(10_000)), 1);
      response.on('close', () => {
        ended = true;
        clearInterval(timer);
      });
    });
    expect((got as LookupKeyError).reason).toBe('the answer is longer than 1048576 bytes');
    await expect.poll(() => ended, { timeout: 10_000 }).toBe(true);
  });

  test.each(['{"__proto__":{"admin":true},"a":1}', '{"\\u005f_proto__":{"admin":true},"a":1}'])(
    '%s does not reach a prototype',
    async (body) => {
      const got = (await only(json(body))) as object;
      expect(Object.keys(got)).toEqual(['a']);
      expect((Object.assign({}, got) as { admin?: boolean }).admin).toBeUndefined();
    },
  );

  test('all kinds of JSON types are read', async () => {
    expect(await only(json({ a: 1 }, 200, { 'content-type': 'application/hal+json; charset=utf-8' }))).toEqual({
      a: 1,
    });
  });
});

describe('failures', () => {
  test.each([401, 403, 405])('%i refuses the whole look-up at once', async (status) => {
    const error = await failure(json({}, status));
    expect([error.name, error.message]).toEqual([
      'PipelineLookupRefusedError',
      `LOOKUP_REFUSED: look-up prices was refused: HTTP ${status}`,
    ]);
    expect(requests).toHaveLength(1);
  });

  test.each([301, 302, 307])('a %i is not followed, to whatever origin', async (status) => {
    const other = await serve(json({ stolen: true }));
    try {
      const error = await failure((_, response) => response.writeHead(status, { location: `${other.origin}/x` }).end());
      expect(error.message).toBe(
        `LOOKUP_REFUSED: look-up prices was refused: HTTP ${status} (redirects are not followed)`,
      );
    } finally {
      await other.close();
    }
  });

  test.each([500, 502, 503, 504, 408, 425, 429])('%i is tried again', async (status) => {
    answers = [json({}, status), json({}, status), json({ a: 1 })];
    expect((await lookupOf().loadMany(['k'], fastRun(20))).get('k')).toEqual({ a: 1 });
    expect(requests).toHaveLength(3);
  });

  test('Retry-After is kept, in seconds or as a date', async () => {
    const run = fastRun(20);
    answers = [
      json({}, 429, { 'retry-after': '2' }),
      (request, response) =>
        json({}, 503, { 'retry-after': new Date(run.clock.now() + 5_000).toUTCString() })(request, response),
      json({ a: 1 }),
    ];
    await lookupOf({ timeoutMs: 60_000 }).loadMany(['k'], run);
    const [first, second] = run.slept.filter((ms) => ms !== 60_000);
    expect(first).toBe(2_000);
    expect(second).toBeGreaterThan(3_000); // a date has whole seconds, and some time passes on the way
    expect(second).toBeLessThanOrEqual(5_000);
  });

  test('throttling that lasts is LOOKUP_THROTTLED, other failures are LOOKUP_FAILED', async () => {
    expect((await failure(json({}, 429), { retries: 1 })).code).toBe('LOOKUP_THROTTLED');
    expect(requests).toHaveLength(2);
    expect((await failure(json({}, 500), { retries: 1 })).message).toBe(
      'LOOKUP_FAILED: look-up prices failed after 2 tries: HTTP 500',
    );
  });

  test('resets, before and in the middle of an answer, are tried again', async () => {
    answers = [
      (request) => request.socket.destroy(),
      (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"a":');
        setTimeout(() => request.socket.destroy(), 5);
      },
      json({ a: 1 }),
    ];
    expect((await lookupOf().loadMany(['k'], fastRun(20))).get('k')).toEqual({ a: 1 });
    expect(requests).toHaveLength(3);
  });

  test('an answer that does not come, or stops in the middle, ends after timeoutMs and is tried again', async () => {
    answers = [
      () => {},
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":'),
      json({ a: 1 }),
    ];
    const run = fastRun(20);
    expect((await lookupOf({ timeoutMs: 6_000 }).loadMany(['k'], run)).get('k')).toEqual({ a: 1 });
    expect(run.events.filter((event) => event.type === 'lookup.retried').map((event) => event.reason)).toEqual([
      'no answer within 6000 ms',
      'no answer within 6000 ms',
    ]);
  });

  test('a server that is not there is LOOKUP_FAILED after the retries', async () => {
    const gone = await serve(json({}));
    await gone.close();
    const run = fastRun(20);
    const waiting = lookupOf({ url: `${gone.origin}/{key}`, retries: 2 }).loadMany(['k'], run);
    await expect(waiting).rejects.toThrow(
      /^LOOKUP_FAILED: look-up prices failed after 3 tries: TypeError, ECONNREFUSED$/,
    );
  });

  test('an abort ends the request and rejects with its reason', async () => {
    let closed = false;
    answers = [
      (request) =>
        request.socket.on('close', () => {
          closed = true;
        }),
    ];
    const abort = new AbortController();
    const waiting = lookupOf().loadMany(['k'], fastRun(1, { signal: abort.signal }));
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(1);
    abort.abort(new Error('out of time'));
    await expect(waiting).rejects.toThrow('out of time');
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(true);
  });

  test('connections are used again after answers of every kind', async () => {
    const kinds = [json({}), json({}, 404), json({}, 400), json('<p>', 200, { 'content-type': 'text/html' })];
    answers = [(request, response) => kinds[requests.length % kinds.length]!(request, response)];
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    await lookupOf({ concurrency: 1 }).loadMany(keys, fastRun(20));
    expect(requests).toHaveLength(40);
    // Not always one: fetch opens another when the first is not yet free again.
    expect(new Set(requests.map((request) => request.socket)).size).toBeLessThan(5);
  });
});

describe('addresses', () => {
  const at = (host: string, allowPrivateAddresses = false) =>
    httpLookup<unknown>({ name: 'prices', url: `http://${host}/{key}`, allowPrivateAddresses, decode: (body) => body });

  test.each([
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '①②⑦.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '[::1]',
    '[fd12::1]',
    '[::ffff:10.0.0.1]',
    '[64:ff9b::10.0.0.1]',
  ])('that are private are asked only where that is allowed: %s', (host) => {
    expect(() => at(host)).toThrow('allowPrivateAddresses');
    expect(() => at(host, true)).not.toThrow();
  });

  test.each(['169.254.169.254', '0xa9fea9fe', '[::ffff:a9fe:a9fe]', '[fe80::1]', '[fd00:ec2::254]', '0.0.0.0', '[::]'])(
    'that serve metadata or reach this machine by another name are never asked: %s',
    (host) => {
      expect(() => at(host, true)).toThrow('no link-local address');
    },
  );

  test.each(['8.8.8.8', '[2606:4700::1111]', '[64:ff9b::8.8.8.8]', '172.32.0.1'])(
    'that are public are asked: %s',
    (host) => {
      expect(() => at(host)).not.toThrow();
    },
  );

  test.each([
    [['169.254.169.254'], true],
    [['8.8.8.8', '10.0.0.1'], false],
    [['not an address'], true],
  ])('of a name are looked at before it is asked: %j', async (addresses, allowPrivateAddresses) => {
    let asked = 0;
    const fetch: typeof globalThis.fetch = async () => {
      asked++;
      return Response.json({});
    };
    const url = 'https://prices.example/{key}';
    const lookup = lookupOf({ url, allowPrivateAddresses, resolve: async () => addresses });
    await expect(lookup.loadMany(['k'], fastRun(1, { fetch }))).rejects.toThrow('an address that may not be asked');
    expect(asked).toBe(0);
    const allowed = lookupOf({ url, allowPrivateAddresses: false, resolve: async () => ['8.8.8.8'] });
    expect((await allowed.loadMany(['k'], fastRun(1, { fetch }))).size).toBe(1);
  });
});

describe('secret headers', () => {
  const guarded =
    (secret: () => string): Answer =>
    (request, response) =>
      request.headers['x-api-key'] === secret() ? json({})(request, response) : json({}, 401)(request, response);

  test('are got once for all requests, and again when their time is up', async () => {
    answers = [guarded(() => 's1')];
    let loads = 0;
    const load = async () => {
      loads++;
      return { 'X-Api-Key': 's1' };
    };
    let nowMs = 0;
    const run = fastRun(1, { clock: { now: () => nowMs } });
    const lookup = lookupOf({ secretHeaders: { load, ttlMs: 1000 } });
    expect((await lookup.loadMany(['a', 'b', 'c'], run)).size).toBe(3);
    expect(loads).toBe(1);
    nowMs = 1000;
    await lookup.loadMany(['d'], run);
    expect(loads).toBe(2);
  });

  test('are got again once when they were changed, and for all together', async () => {
    let current = 's1';
    answers = [guarded(() => current)];
    let loads = 0;
    const load = async () => {
      loads++;
      return { 'x-api-key': current };
    };
    const lookup = lookupOf({ secretHeaders: { load } });
    await lookup.loadMany(['a'], fastRun(1));
    current = 's2';
    expect((await lookup.loadMany(['b', 'c', 'd'], fastRun(1))).size).toBe(3);
    expect(loads).toBe(2);
  });

  test('that are wrong refuse the look-up and stand in no message', async () => {
    answers = [guarded(() => 's1')];
    const lookup = lookupOf({ secretHeaders: { load: async () => ({ 'x-api-key': 'canary' }) } });
    const run = fastRun(1);
    const error: unknown = await lookup.loadMany(['a'], run).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('LOOKUP_REFUSED');
    expect(requests).toHaveLength(2);
    expect(JSON.stringify([error, String(error), run.events])).not.toContain('canary');
  });

  test('that could not be got are got anew with the next try', async () => {
    answers = [guarded(() => 's1')];
    let loads = 0;
    const load = async () => {
      if (loads++ === 0) throw Object.assign(new Error('busy'), { name: 'ThrottlingException' });
      return { 'x-api-key': 's1' };
    };
    expect((await lookupOf({ secretHeaders: { load } }).loadMany(['a'], fastRun(20))).size).toBe(1);
  });
});

describe('a pointer', () => {
  const body = { data: { 'a/b': [{ '~': 1 }, null], constructor: 2 } };
  test.each([
    ['', body],
    ['/data/a~1b/0/~0', 1],
    ['/data/a~1b/1', null],
    ['/data/constructor', 2],
    ['/data/a~1b/2', undefined],
    ['/data/a~1b/length', undefined],
    ['/constructor', undefined],
    ['/data/none/deeper', undefined],
  ])('%j picks what it points to', async (pointer, expected) => {
    expect(await only(json(body), { pointer })).toEqual(expected);
  });

  test.each(['data', '/a~2', '/~'])('%j is refused', (pointer) => {
    expect(() => lookupOf({ pointer })).toThrow('pointer');
  });
});
