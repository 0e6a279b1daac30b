import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { canonicalNumber } from './canonical-number.ts';
import { requireOption } from './check-options.ts';
import { createLookup } from './create-lookup.ts';
import { decodeAnswer } from './decode-answer.ts';
import { type DynamoDbItem, decodeItem } from './dynamodb-item.ts';
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
  /** The partition key; the table has no sort key. */
  readonly keyAttribute: string;
  /** Type of the partition key: text or number. @default 'S' */
  readonly keyType?: 'S' | 'N';
  /** The top-level attributes to read, the key beside them. @default all */
  readonly attributes?: readonly string[];
  /** Reads what was written before the call, at twice the cost. @default false */
  readonly consistentRead?: boolean;
  /** Makes a value of an item; `undefined` means that there is no entry. @default the item as plain data, numbers as text */
  readonly decode?: (item: DynamoDbItem) => V | LookupKeyError | undefined;
  /** Time limit of one call, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const maxKeyBytes = 2048;

/**
 * A look-up in a DynamoDB table by its partition key, 100 distinct keys per BatchGetItem
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
  attributes,
  consistentRead = false,
  decode = (item) => item as V,
  timeoutMs = 10_000,
  ...tuning
}: DynamoDbLookupOptions<V>): Lookup<K, V> => {
  requireOption(typeof tableName === 'string' && tableName !== '', 'tableName', 'the name of a table', tableName);
  requireOption(typeof keyAttribute === 'string' && keyAttribute !== '', 'keyAttribute', 'a name', keyAttribute);
  requireOption(keyType === 'S' || keyType === 'N', 'keyType', "'S' or 'N'", keyType);
  const request = { ConsistentRead: consistentRead, ...projectionOf(attributes, keyAttribute) };

  return createLookup<K, V>({
    ...tuning,
    name,
    timeoutMs,
    batchSize: 100,
    load: async (keys, run) => {
      const answers = new Map<K, V | LookupKeyError>();
      // Several keys can be one to DynamoDB ('7' and '07'), which refuses a call that names a key twice.
      const askedAs = new Map<string, K[]>();
      for (const key of keys) {
        const wire = wireKey(String(key), keyType);
        if (LookupKeyError.is(wire)) answers.set(key, wire);
        else if (wire !== undefined) askedAs.set(wire, [...(askedAs.get(wire) ?? []), key]);
      }
      if (askedAs.size === 0) return answers;

      const wanted = [...askedAs.keys()].map((wire) => ({ [keyAttribute]: attribute(wire, keyType) }));
      const { Responses = {}, UnprocessedKeys = {} } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [tableName]: { ...request, Keys: wanted } } }),
        { abortSignal: run.signal },
      );
      const keysOf = (item: Readonly<Record<string, AttributeValue>>): readonly K[] => {
        const value = item[keyAttribute];
        const wire = keyType === 'S' ? value?.S : canonicalNumber(value?.N ?? '');
        return wire === undefined ? [] : (askedAs.get(wire) ?? []);
      };
      for (const item of Object.values(Responses).flat()) {
        const value = decodeAnswer(() => decode(decodeItem(item)));
        if (value !== undefined) for (const key of keysOf(item)) answers.set(key, value);
      }
      const unprocessed = new LookupKeyError('left unprocessed', { retryable: true });
      for (const { Keys = [] } of Object.values(UnprocessedKeys))
        for (const left of Keys) for (const key of keysOf(left)) answers.set(key, unprocessed);
      return answers;
    },
  });
};

const attribute = (text: string, type: 'S' | 'N'): AttributeValue => (type === 'S' ? { S: text } : { N: text });

/** What stands for a key in requests and answers; `undefined` when no item can have it. */
const wireKey = (key: string, type: 'S' | 'N'): string | LookupKeyError | undefined => {
  if (key === '') return undefined; // DynamoDB refuses the whole call
  if (type === 'N') return canonicalNumber(key) ?? new LookupKeyError('the key is not a number that DynamoDB can hold');
  if (!key.isWellFormed()) return new LookupKeyError('the key is not valid Unicode');
  if (Buffer.byteLength(key) > maxKeyBytes) return new LookupKeyError(`the key is longer than ${maxKeyBytes} bytes`);
  return key;
};

/** Names are given through placeholders, because many everyday words are reserved. */
const projectionOf = (attributes: readonly string[] | undefined, keyAttribute: string): object => {
  if (attributes === undefined) return {};
  const names = [...new Set([keyAttribute, ...attributes])];
  return {
    ProjectionExpression: names.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#a${index}`, name])),
  };
};
