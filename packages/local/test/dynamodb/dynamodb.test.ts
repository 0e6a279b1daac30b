import net from 'node:net';
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTable, type LocalDynamoDb, putItems, startDynamoDb } from '../../src/dynamodb/index.ts';

let dynamoDb: LocalDynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  client = new DynamoDBClient({
    endpoint: dynamoDb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});

afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

test('ten thousand look-up rows load and come back by key', async () => {
  await createTable(client, { tableName: 'customers', partitionKey: 'id' });
  const rows = Array.from({ length: 10_000 }, (_, n) => ({
    id: `c${n}`,
    tier: n % 3,
    vip: n % 2 === 0,
    note: null,
    gone: undefined,
  }));
  expect(await putItems(client, 'customers', rows)).toBe(10_000);

  const keys = ['c0', 'c9999', 'missing'].map((id) => ({ id: { S: id } }));
  const { Responses, UnprocessedKeys } = await client.send(
    new BatchGetItemCommand({ RequestItems: { customers: { Keys: keys } } }),
  );
  const found = Responses!.customers!.sort((a, b) => a.id!.S!.localeCompare(b.id!.S!));
  expect(found).toEqual([
    { id: { S: 'c0' }, tier: { N: '0' }, vip: { BOOL: true }, note: { NULL: true } },
    { id: { S: 'c9999' }, tier: { N: '0' }, vip: { BOOL: false }, note: { NULL: true } },
  ]);
  expect(UnprocessedKeys ?? {}).toEqual({});
});

test('a table with a sort key answers queries in order and conditional puts', async () => {
  await createTable(client, { tableName: 'errors', partitionKey: 'batch', sortKey: { name: 'row', type: 'N' } });
  await putItems(client, 'errors', [
    { batch: 'b', row: 10 },
    { batch: 'b', row: 9 },
    { batch: 'other', row: 1 },
  ]);
  const { Items } = await client.send(
    new QueryCommand({
      TableName: 'errors',
      KeyConditionExpression: '#batch = :b',
      ExpressionAttributeNames: { '#batch': 'batch' },
      ExpressionAttributeValues: { ':b': { S: 'b' } },
    }),
  );
  expect(Items!.map((item) => item.row!.N)).toEqual(['9', '10']);
  const again = new PutItemCommand({
    TableName: 'errors',
    Item: { batch: { S: 'b' }, row: { N: '9' } },
    ConditionExpression: 'attribute_not_exists(#batch)',
    ExpressionAttributeNames: { '#batch': 'batch' },
  });
  await expect(client.send(again)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
});

test('what it cannot do is refused by name', async () => {
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [{ Put: { TableName: 'customers', Item: { id: { S: 'x' } } } }],
  });
  await expect(client.send(transaction)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('does not do TransactWriteItems'),
  });
});

test('a client that hangs up in mid-request does no harm', async () => {
  const socket = net.connect(dynamoDb.port, '127.0.0.1');
  await new Promise((resolve) =>
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: DynamoDB_20120810.GetItem\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 100\r\n\r\n{',
      resolve,
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { Item } = await client.send(new GetItemCommand({ TableName: 'customers', Key: { id: { S: 'c1' } } }));
  expect(Item!.tier).toEqual({ N: '1' });
});
