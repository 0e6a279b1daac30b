import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RunContext } from '@pipeline/core';
import { requireOption } from './check-options.ts';
import { createLookup } from './create-lookup.ts';
import { decodeAnswer } from './decode-answer.ts';
import { type DynamoDbItem, decodeItem } from './dynamodb-item.ts';
import { createKeyCodec, type DynamoDbKeyAttribute } from './dynamodb-key.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import type { LookupTuning } from './lookup-options.ts';

export type { DynamoDbItem, DynamoDbValue } from './dynamodb-item.ts';

/** Which table `dynamoDbLookup` reads, and how items become values. */
export interface DynamoDbLookupOptions<V> extends LookupTuning {
  /** Names the look-up in issues, errors and events. @default the table's name */
  readonly name?: string;
  /** Retries of its own multiply with those of the look-up; `maxAttempts: 1` leaves them to the look-up. */
  readonly client: DynamoDBClient;
  /** Name or ARN of the table. */
  readonly tableName: string;
  /** The partition key. */
  readonly keyAttribute: string;
  /** Type of the partition key: text or number. @default 'S' */
  readonly keyType?: 'S' | 'N';
  /** The sort key, where the table has one: keys are then `compositeKey(partition, sort)`. @default none */
  readonly sortKeyAttribute?: string;
  /** Type of the sort key: text or number. @default 'S' */
  readonly sortKeyType?: 'S' | 'N';
  /**
   * `batch` asks with BatchGetItem, up to 100 keys a call; `single` with one GetItem for each key, for roles that may do no
   * more. @default 'batch'
   */
  readonly read?: 'batch' | 'single';
  /** The top-level attributes to read, the key beside them. @default all */
  readonly attributes?: readonly string[];
  /** Reads what was written before the call, at twice the cost. @default false */
  readonly consistentRead?: boolean;
  /** Makes a value of an item; `undefined` means that there is no entry. @default the item as plain data, numbers as text */
  readonly decode?: (item: DynamoDbItem) => V | LookupKeyError | undefined;
  /** Time limit of one call, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/**
 * A look-up in a DynamoDB table by its primary key, 100 distinct keys per BatchGetItem
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). Keys that a call leaves
 * unprocessed are asked for again after a pause, as long as there is progress and then as often as `retries` says.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 *
 * @example
 * const financials = dynamoDbLookup({
 *   client: new DynamoDBClient({ maxAttempts: 1 }),
 *   tableName: 'financials',
 *   keyAttribute: 'uuid',
 *   decode: (item) => ({ unitPrice: String(item.unitPrice) }),
 * });
 */
export const dynamoDbLookup = <V = DynamoDbItem, K extends LookupKey = string>({
  client,
  tableName,
  name = tableName,
  keyAttribute,
  keyType = 'S',
  sortKeyAttribute,
  sortKeyType = 'S',
  read = 'batch',
  attributes,
  consistentRead = false,
  decode = (item) => item as V,
  timeoutMs = 10_000,
  ...tuning
}: DynamoDbLookupOptions<V>): Lookup<K, V> => {
  requireOption(typeof tableName === 'string' && tableName !== '', 'tableName', 'the name of a table', tableName);
  requireOption(read === 'batch' || read === 'single', 'read', "'batch' or 'single'", read);
  const partition: DynamoDbKeyAttribute = { option: 'keyAttribute', name: keyAttribute, type: keyType };
  const sort: readonly DynamoDbKeyAttribute[] =
    sortKeyAttribute === undefined ? [] : [{ option: 'sortKeyAttribute', name: sortKeyAttribute, type: sortKeyType }];
  const codec = createKeyCodec([partition, ...sort]);
  const request = { ConsistentRead: consistentRead, ...projectionOf(attributes, codec.names) };
  const valueIn = (item: Item): V | LookupKeyError | undefined => decodeAnswer(() => decode(decodeItem(item)));

  const loadSingle = async (key: K, run: RunContext): Promise<ReadonlyMap<K, V | LookupKeyError>> => {
    const wire = codec.encode(String(key));
    if (wire === undefined) return new Map();
    if (LookupKeyError.is(wire)) return new Map([[key, wire]]);
    const input = { TableName: tableName, Key: codec.attributes(wire), ...request };
    const { Item } = await client.send(new GetItemCommand(input), { abortSignal: run.signal });
    const value = Item === undefined ? undefined : valueIn(Item);
    return new Map(value === undefined ? [] : [[key, value]]);
  };

  const loadBatch = async (keys: readonly K[], run: RunContext): Promise<ReadonlyMap<K, V | LookupKeyError>> => {
    const answers = new Map<K, V | LookupKeyError>();
    // Several keys can be one to DynamoDB ('7' and '07'), which refuses a call that names a key twice.
    const askedAs = new Map<string, K[]>();
    for (const key of keys) {
      const wire = codec.encode(String(key));
      if (LookupKeyError.is(wire)) answers.set(key, wire);
      else if (wire !== undefined) askedAs.set(wire, [...(askedAs.get(wire) ?? []), key]);
    }
    if (askedAs.size === 0) return answers;

    const wanted = [...askedAs.keys()].map(codec.attributes);
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { ...request, Keys: wanted } } }),
      { abortSignal: run.signal },
    );
    const keysOf = (item: Item): readonly K[] => askedAs.get(codec.wireOf(item) ?? '') ?? [];
    for (const item of Object.values(Responses).flat()) {
      const value = valueIn(item);
      if (value !== undefined) for (const key of keysOf(item)) answers.set(key, value);
    }
    const unprocessed = new LookupKeyError('left unprocessed', { retryable: true });
    for (const { Keys = [] } of Object.values(UnprocessedKeys))
      for (const left of Keys) for (const key of keysOf(left)) answers.set(key, unprocessed);
    return answers;
  };

  return createLookup<K, V>({
    ...tuning,
    name,
    timeoutMs,
    ...(read === 'single'
      ? { batchSize: 1, load: ([key], run) => loadSingle(key!, run) }
      : { batchSize: 100, load: loadBatch }),
  });
};

type Item = Readonly<Record<string, AttributeValue>>;

/** Names are given through placeholders, because many everyday words are reserved. */
const projectionOf = (attributes: readonly string[] | undefined, keyAttributes: readonly string[]): object => {
  if (attributes === undefined) return {};
  const names = [...new Set([...keyAttributes, ...attributes])];
  return {
    ProjectionExpression: names.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#a${index}`, name])),
  };
};
