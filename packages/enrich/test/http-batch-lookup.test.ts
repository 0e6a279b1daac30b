import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpBatchLookup, LookupKeyError } from '../src/index.ts';
import { fastRun, serve, type TestServer } from './helpers.ts';

interface Asked {
  readonly ids: readonly string[];
}
interface Item {
  readonly id?: string;
  readonly price?: number;
}

let server: TestServer;
let asked: Asked[] = [];
let headers: NodeJS.Dict<string | string[]>[] = [];
let answer: (body: Asked, response: ServerResponse) => void;
const json = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

beforeAll(async () => {
  server = await serve(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as Asked;
    headers.push(request.headers);
    expect(request.method).toBe('POST');
    asked.push(body);
    answer(body, response);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  headers = [];
  answer = ({ ids }, response) => json(response, { items: ids.toReversed().map((id) => ({ id, price: id.length })) });
});

const lookupOf = (options: Partial<Parameters<typeof httpBatchLookup<unknown>>[0]> = {}) =>
  httpBatchLookup<unknown>({
    name: 'prices',
    url: `${server.origin}/search?v=1`,
    allowPrivateAddresses: true,
    body: (keys) => ({ ids: keys }),
    pointer: '/items',
    keyOf: (item) => (item as Item).id,
    decode: (item) => (item as Item).price,
    ...options,
  });

describe('asking for many keys at once', () => {
  test('matches entries by their key, in whatever order they come', async () => {
    const found = await lookupOf({ batchSize: 2 }).loadMany(['a', 'bb', 'ccc', 'a'], fastRun(20));
    expect([...found]).toEqual([
      ['a', 1],
      ['bb', 2],
      ['ccc', 3],
    ]);
    expect(asked.map(({ ids }) => ids)).toEqual([['a', 'bb'], ['ccc']]);
    expect(headers[0]).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' });
  });

  test('what is not in the answer is missing; what nobody asked for, or has no key, is passed over', async () => {
    answer = (_, response) =>
      json(response, { items: [{ id: 'b', price: 2 }, { id: 'zz', price: 9 }, { price: 1 }, null] });
    expect([...(await lookupOf().loadMany(['a', 'b'], fastRun(20)))]).toEqual([['b', 2]]);
  });

  test.each([
    [404, {}],
    [200, {}],
  ])('a %i with %j has no entries', async (status, body) => {
    answer = (_, response) => json(response, body, status);
    expect((await lookupOf().loadMany(['a'], fastRun(20))).size).toBe(0);
  });

  test('two entries for one key, and those that decode does not take, fail that key alone', async () => {
    answer = (_, response) =>
      json(response, {
        items: [
          { id: 'a', price: 1 },
          { id: 'a', price: 2 },
          { id: 'b', price: -1 },
          { id: 'c', price: 3 },
        ],
      });
    const decode = (item: unknown): number => {
      const { price = 0 } = item as Item;
      if (price < 0) throw new RangeError('secret');
      return price;
    };
    const found = await lookupOf({ decode }).loadMany(['a', 'b', 'c'], fastRun(20));
    expect([...found].map(([key, value]) => [key, value instanceof LookupKeyError ? value.reason : value])).toEqual([
      ['a', 'the answer has two entries for the key'],
      ['b', 'decode threw RangeError'],
      ['c', 3],
    ]);
  });

  test('a key that the source does not take fails alone: its batch is asked for in halves', async () => {
    answer = ({ ids }, response) =>
      ids.includes('poison')
        ? json(response, {}, 400)
        : json(response, { items: ids.map((id) => ({ id, price: id.length })) });
    const keys = ['a', 'b', 'poison', 'c', 'd', 'e', 'f'];
    const found = await lookupOf().loadMany(keys, fastRun(20));
    expect(found.get('poison')).toMatchObject({ reason: 'HTTP 400' });
    expect(keys.filter((key) => found.get(key) === 1)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(asked.length).toBeLessThanOrEqual(7);
  });

  test('an answer that is too long is asked for in halves, too', async () => {
    const found = await lookupOf({ maxResponseBytes: 100 }).loadMany(
      Array.from({ length: 16 }, (_, i) => `key ${i}`),
      fastRun(20),
    );
    expect([...found.values()].every((value) => typeof value === 'number')).toBe(true);
  });

  test('what fails as a whole is tried again as a whole, and signed with what is sent', async () => {
    let times = 0;
    answer = ({ ids }, response) =>
      ++times < 3 ? json(response, {}, 503) : json(response, { items: ids.map((id) => ({ id, price: 1 })) });
    const sign = { region: 'eu-west-1', credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' } };
    expect((await lookupOf({ sign }).loadMany(['a', 'b'], fastRun(50))).size).toBe(2);
    expect(asked.map(({ ids }) => ids)).toEqual(Array.from({ length: 3 }, () => ['a', 'b']));
    expect(headers[0]!.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKID\//);
    expect(headers[0]!['x-amz-content-sha256']).toMatch(/^(?!e3b0c442)[0-9a-f]{64}$/);
    answer = (_, response) => json(response, {}, 403);
    await expect(lookupOf().loadMany(['a'], fastRun(20))).rejects.toMatchObject({ code: 'LOOKUP_REFUSED' });
  });

  test.each([
    [{ url: 'ftp://x.example/' }, 'url'],
    [{ url: 'https://x.example/{key}' }, 'url'],
    [{ url: 'https://u@x.example/' }, 'url'],
    [{ url: 'http://169.254.169.254/' }, 'url'],
    [{ pointer: 'items' }, 'pointer'],
    [{ maxResponseBytes: 0 }, 'maxResponseBytes'],
  ])('%j is refused', (options, option) => {
    expect(() => lookupOf(options)).toThrow(new RegExp(`CONFIG_INVALID.*${option}`));
  });
});
