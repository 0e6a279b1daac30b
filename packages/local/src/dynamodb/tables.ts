import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';

/** A key attribute: a name, which is then a string, or a name with its type. */
export type KeyAttribute = string | { readonly name: string; readonly type: 'S' | 'N' | 'B' };

/** One row of a look-up table. `null` becomes DynamoDB's NULL, `undefined` is left out. */
export type LookupItem = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What BatchWriteItem takes at most. */
const BATCH_ITEMS = 25;
const PARALLEL_BATCHES = 4;
const MAX_ATTEMPTS = 8;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Creates an on-demand table and waits until it can be used, as the SDK's waiter would but without its whole seconds.
 *
 * @throws what the SDK throws, such as `ResourceInUseException` for a table that exists
 * @example
 * await createTable(client, { tableName: 'financials', partitionKey: 'uuid' });
 */
export const createTable = async (
  client: DynamoDBClient,
  { tableName, partitionKey, sortKey }: { tableName: string; partitionKey: KeyAttribute; sortKey?: KeyAttribute },
): Promise<void> => {
  const keys = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])].map((key) =>
    typeof key === 'string' ? { name: key, type: 'S' as const } : key,
  );
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: keys.map(({ name }, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, 1000)) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await sleep(waitMs);
  }
};

const toAttribute = (value: string | number | boolean | null): AttributeValue => {
  if (value === null) return { NULL: true };
  if (typeof value === 'boolean') return { BOOL: value };
  return typeof value === 'number' ? { N: String(value) } : { S: value };
};

const toRequest = (item: LookupItem): WriteRequest => {
  const attributes = Object.entries(item).filter(
    (entry): entry is [string, string | number | boolean | null] => entry[1] !== undefined,
  );
  return { PutRequest: { Item: Object.fromEntries(attributes.map(([name, value]) => [name, toAttribute(value)])) } };
};

const writeBatch = async (client: DynamoDBClient, tableName: string, batch: WriteRequest[]): Promise<void> => {
  let pending = batch;
  for (let attempt = 1; ; attempt += 1) {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: pending } }),
    );
    pending = UnprocessedItems?.[tableName] ?? [];
    if (pending.length === 0) return;
    if (attempt === MAX_ATTEMPTS)
      throw new Error(`${pending.length} items of a batch for ${tableName} stayed unprocessed`);
    await sleep(Math.random() * 25 * 2 ** attempt);
  }
};

/**
 * Puts many items in batches, sending again what the service left unprocessed; returns how many were put.
 * Two items of one key in a batch are the service's `ValidationException`.
 * @throws Error when items stay unprocessed after eight attempts
 * @example
 * await putItems(client, 'financials', [{ uuid: 'a1', unitPrice: 9.5 }, { uuid: 'b2', unitPrice: null }]); // 2
 */
export const putItems = async (
  client: DynamoDBClient,
  tableName: string,
  items: Iterable<LookupItem>,
): Promise<number> => {
  const requests = Array.from(items, toRequest);
  const batches = Array.from({ length: Math.ceil(requests.length / BATCH_ITEMS) }, (_, index) =>
    requests.slice(index * BATCH_ITEMS, (index + 1) * BATCH_ITEMS),
  );
  const limit = pLimit(PARALLEL_BATCHES);
  await Promise.all(batches.map((batch) => limit(() => writeBatch(client, tableName, batch))));
  return requests.length;
};
