import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DynamoDbLookupOptions, dynamoDbLookup } from '../src/dynamodb.ts';
import { compositeKey, LookupKeyError } from '../src/index.ts';
import { fastRun } from './helpers.ts';

// It has no types.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;
const server = dynalite({ createTableMs: 0 });
let client: DynamoDBClient;
/** Keys of every BatchGetItem that was sent. */
let sent: Record<string, AttributeValue>[][] = [];
/** Changes what a call answers, or throws. */
let interfere: (
  input: BatchGetItemCommandInput,
  answer: () => Promise<BatchGetItemCommandOutput>,
) => Promise<BatchGetItemCommandOutput>;

const item = (index: number): Record<string, AttributeValue> => ({
  uuid: { S: `u${index}` },
  unitPrice: { N: `${index}.10` },
  name: { S: `item ${index}` },
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  for (const [TableName, AttributeName, AttributeType] of [
    ['items', 'uuid', 'S'],
    ['numbers', 'id', 'N'],
  ] as const)
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName, AttributeType }],
        KeySchema: [{ AttributeName, KeyType: 'HASH' }],
      }),
    );
  await client.send(
    new CreateTableCommand({
      TableName: 'prices',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'shop', AttributeType: 'S' },
        { AttributeName: 'article', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'shop', KeyType: 'HASH' },
        { AttributeName: 'article', KeyType: 'RANGE' },
      ],
    }),
  );
  const put = (table: string, items: Record<string, AttributeValue>[]) =>
    client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: items.map((Item) => ({ PutRequest: { Item } })) } }),
    );
  for (let start = 0; start < 250; start += 25)
    await put(
      'items',
      Array.from({ length: 25 }, (_, index) => item(start + index)),
    );
  await put('items', [
    {
      uuid: { S: 'all' },
      text: { S: '' },
      exact: { N: '12345678901234567890123456789012345678' },
      yes: { BOOL: true },
      nothing: { NULL: true },
      bytes: { B: Buffer.from([1, 2]) },
      list: { L: [{ N: '1' }, { M: { deep: { S: 'x' } } }] },
      texts: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2'] },
    },
  ]);
  await put('numbers', [
    { id: { N: '7' }, name: { S: 'seven' } },
    { id: { N: '0.5' }, name: { S: 'half' } },
    { id: { N: '-12300' }, name: { S: 'minus' } },
    { id: { N: '0' }, name: { S: 'zero' } },
  ]);
  await put('prices', [
    { shop: { S: 'berlin' }, article: { N: '7' }, price: { N: '1.10' }, secret: { S: 'x' } },
    { shop: { S: 'berlin' }, article: { N: '8' }, price: { N: '2' } },
    { shop: { S: 'bonn' }, article: { N: '7' }, price: { N: '3' } },
  ]);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'BatchGetItemCommand') return next(args);
      const input = args.input as BatchGetItemCommandInput;
      sent.push(Object.values(input.RequestItems ?? {})[0]?.Keys ?? []);
      const answer = async () => (await next(args)).output as BatchGetItemCommandOutput;
      return { response: undefined, output: await interfere(input, answer) };
    },
    { step: 'initialize', name: 'interfere' },
  );
});
afterAll(async () => {
  client.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
beforeEach(() => {
  sent = [];
  interfere = (_, answer) => answer();
});

const lookupOf = (options: Partial<DynamoDbLookupOptions<{ readonly name: string }>> = {}) =>
  dynamoDbLookup({
    client,
    tableName: 'items',
    keyAttribute: 'uuid',
    decode: ({ name }) => ({ name: String(name) }),
    ...options,
  });

/** Leaves all but the first `count` keys of a call unprocessed. */
const processOnly =
  (count: number): typeof interfere =>
  async (input, answer) => {
    const [[table, { Keys = [], ...rest }]] = Object.entries(input.RequestItems!) as [
      [string, { Keys?: Record<string, AttributeValue>[] }],
    ];
    const done = new Set(Keys.slice(0, count).map((key) => key.uuid?.S));
    const output = await answer();
    const left = Keys.slice(count);
    return {
      ...output,
      Responses: { [table]: (output.Responses?.[table] ?? []).filter((each) => done.has(each.uuid?.S)) },
      UnprocessedKeys: left.length === 0 ? {} : { [table]: { ...rest, Keys: left } },
    };
  };

describe('items', () => {
  test('are read 100 distinct keys per call; missing ones are absent', async () => {
    const keys = Array.from({ length: 260 }, (_, index) => `u${index}`);
    const found = await lookupOf().loadMany([...keys, ...keys], fastRun(10));
    expect([...found.keys()].sort()).toEqual(keys.slice(0, 250).sort());
    expect(found.get('u42')).toEqual({ name: 'item 42' });
    expect(sent.map((batch) => batch.length).sort()).toEqual([100, 100, 60]);
  });

  test('are plain data, numbers as the text that DynamoDB holds', async () => {
    const found = await dynamoDbLookup({ client, tableName: 'items', keyAttribute: 'uuid' }).loadMany(
      ['all', 'u1'],
      fastRun(10),
    );
    expect(found.get('all')).toEqual({
      uuid: 'all',
      text: '',
      exact: '12345678901234567890123456789012345678',
      yes: true,
      nothing: null,
      bytes: new Uint8Array([1, 2]),
      list: ['1', { deep: 'x' }],
      texts: ['a', 'b'],
      numbers: ['1', '2'],
    });
    expect(found.get('u1')).toMatchObject({ unitPrice: '1.1' });
  });

  test('carry the asked attributes only, reserved words among them', async () => {
    const lookup = dynamoDbLookup({
      client,
      tableName: 'items',
      keyAttribute: 'uuid',
      attributes: ['name', 'uuid'],
      consistentRead: true,
    });
    expect((await lookup.loadMany(['u1'], fastRun(10))).get('u1')).toEqual({ uuid: 'u1', name: 'item 1' });
  });

  test('that decode does not take fail their key, or are missing where it says so', async () => {
    const lookup = lookupOf({
      decode: ({ uuid, name }) => {
        if (uuid === 'u1') throw new RangeError('u1 is poison');
        return uuid === 'u2' ? undefined : { name: String(name) };
      },
    });
    const found = await lookup.loadMany(['u1', 'u2', 'u3'], fastRun(10));
    expect((found.get('u1') as unknown as LookupKeyError).reason).toBe('decode threw RangeError');
    expect(found.has('u2')).toBe(false);
    expect(found.get('u3')).toEqual({ name: 'item 3' });
  });
});

describe('keys', () => {
  test('that DynamoDB would refuse with the whole call are not sent', async () => {
    const found = await lookupOf().loadMany(['', 'x'.repeat(2_049), '\ud800', 'u1'], fastRun(10));
    expect(sent).toEqual([[{ uuid: { S: 'u1' } }]]);
    expect(found.has('')).toBe(false);
    expect(found.get('x'.repeat(2_049))).toBeInstanceOf(LookupKeyError);
    expect(found.get('\ud800')).toBeInstanceOf(LookupKeyError);
    expect(found.get('u1')).toEqual({ name: 'item 1' });
  });

  test('keep their spaces', async () => {
    expect((await lookupOf().loadMany([' u1 '], fastRun(10))).size).toBe(0);
  });

  test('of numbers are one however they are written', async () => {
    const lookup = dynamoDbLookup({
      client,
      tableName: 'numbers',
      keyAttribute: 'id',
      keyType: 'N',
      decode: ({ name }) => name,
    });
    const found = await lookup.loadMany(
      ['7', '007', '7.0', '+7', '.5', '5e-1', '-123E2', '-0', '8', 'seven', '1e200', '1'.repeat(39)],
      fastRun(10),
    );
    expect(Object.fromEntries([...found].filter(([, value]) => !LookupKeyError.is(value)))).toEqual({
      '7': 'seven',
      '007': 'seven',
      '7.0': 'seven',
      '+7': 'seven',
      '.5': 'half',
      '5e-1': 'half',
      '-123E2': 'minus',
      '-0': 'zero',
    });
    for (const bad of ['seven', '1e200', '1'.repeat(39)]) expect(LookupKeyError.is(found.get(bad))).toBe(true);
    expect(found.has('8')).toBe(false);
    expect(sent[0]).toHaveLength(5);
  });

  test('may be JavaScript numbers', async () => {
    const lookup = dynamoDbLookup<unknown, number>({
      client,
      tableName: 'numbers',
      keyAttribute: 'id',
      keyType: 'N',
      decode: ({ name }) => name,
    });
    expect([...(await lookup.loadMany([7, 0.5, 8], fastRun(10)))]).toEqual([
      [7, 'seven'],
      [0.5, 'half'],
    ]);
  });
});

describe('calls', () => {
  test('are repeated for keys left unprocessed, for those alone, as long as there is progress', async () => {
    interfere = processOnly(40);
    const keys = Array.from({ length: 100 }, (_, index) => `u${index}`);
    const run = fastRun(10);
    const found = await lookupOf({ retries: 0 }).loadMany(keys, run);
    expect(found.size).toBe(100);
    expect(sent.map((batch) => batch.length)).toEqual([100, 60, 20]);
    expect(run.events.filter((event) => event.type === 'lookup.retried').map((event) => event.keys)).toEqual([60, 20]);
  });

  test('that never process the rest end as LOOKUP_INCOMPLETE', async () => {
    interfere = processOnly(0);
    await expect(lookupOf({ retries: 2 }).loadMany(['u1', 'u2'], fastRun(10))).rejects.toThrow(
      'LOOKUP_INCOMPLETE: look-up items left 2 keys without an answer after 3 tries',
    );
    expect(sent).toHaveLength(3);
  });

  test.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])(
    'that are throttled (%s) are repeated, and LOOKUP_THROTTLED in the end',
    async (name) => {
      let left = 2;
      interfere = (_, answer) => {
        if (left-- > 0) throw Object.assign(new Error('slow down'), { name, $metadata: { httpStatusCode: 400 } });
        return answer();
      };
      expect((await lookupOf().loadMany(['u1'], fastRun(10))).size).toBe(1);
      left = Number.POSITIVE_INFINITY;
      await expect(lookupOf().loadMany(['u1'], fastRun(10))).rejects.toThrow(/^LOOKUP_THROTTLED/);
    },
  );

  test('to a table that is not there are refused at once', async () => {
    const lookup = lookupOf({ tableName: 'nowhere' });
    await expect(lookup.loadMany(['u1'], fastRun(10))).rejects.toMatchObject({
      name: 'PipelineLookupRefusedError',
      message: 'LOOKUP_REFUSED: look-up nowhere was refused: ResourceNotFoundException, HTTP 400',
    });
    expect(sent).toHaveLength(1);
  });

  test('by the wrong key attribute are refused at once', async () => {
    await expect(lookupOf({ keyAttribute: 'id' }).loadMany(['u1'], fastRun(10))).rejects.toThrow(
      /^LOOKUP_REFUSED.*ValidationException/,
    );
  });

  test('end with the run', async () => {
    const abort = new AbortController();
    interfere = async (_, answer) => {
      abort.abort(new Error('out of time'));
      return answer();
    };
    await expect(lookupOf().loadMany(['u1'], fastRun(10, { signal: abort.signal }))).rejects.toThrow('out of time');
  });

  test('the client that was given still does other work', async () => {
    const { Responses } = await client.send(
      new BatchGetItemCommand({ RequestItems: { items: { Keys: [{ uuid: { S: 'u1' } }] } } }),
    );
    expect(Responses?.items).toHaveLength(1);
  });
});

describe('keys of partition and sort key', () => {
  const prices = (options: Partial<DynamoDbLookupOptions<unknown>> = {}) =>
    dynamoDbLookup<unknown>({
      client,
      tableName: 'prices',
      keyAttribute: 'shop',
      sortKeyAttribute: 'article',
      sortKeyType: 'N',
      attributes: ['price'],
      ...options,
    });
  const asked = [
    compositeKey('berlin', 7),
    compositeKey('berlin', '07'),
    compositeKey('bonn', 7),
    compositeKey('bonn', 8),
  ];
  const price = (shop: string, article: string, value: string) => ({ shop, article, price: value });

  test.each(['batch', 'single'] as const)(
    'find the items that have both (%s), with the chosen attributes',
    async (read) => {
      const found = await prices({ read }).loadMany(asked, fastRun(10));
      expect(new Map(found)).toEqual(
        new Map([
          [asked[0], price('berlin', '7', '1.1')],
          [asked[1], price('berlin', '7', '1.1')],
          [asked[2], price('bonn', '7', '3')],
        ]),
      );
    },
  );

  test('are refused one by one where they are no such keys', async () => {
    const keys = ['berlin', compositeKey('berlin', 'seven'), compositeKey('berlin'), compositeKey('', 7)];
    const found = await prices().loadMany(keys, fastRun(10));
    expect(keys.map((key) => (found.get(key) as LookupKeyError | undefined)?.reason)).toEqual([
      'the key is not a compositeKey(partition, sort)',
      'the key is not a number that DynamoDB can hold',
      'the key is not a compositeKey(partition, sort)',
      undefined,
    ]);
    expect(sent).toEqual([]);
  });

  test('must be two attributes', () => {
    expect(() => prices({ sortKeyAttribute: 'shop' })).toThrow('sortKeyAttribute');
  });
});

describe('single reads', () => {
  test('ask once for each key, and no batch', async () => {
    const found = await lookupOf({ read: 'single', consistentRead: true }).loadMany(
      ['u1', 'none', 'u2', 'u1'],
      fastRun(10),
    );
    expect([...found]).toEqual([
      ['u1', { name: 'item 1' }],
      ['u2', { name: 'item 2' }],
    ]);
    expect(sent).toEqual([]);
  });
});
