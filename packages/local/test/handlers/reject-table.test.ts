import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { RejectLine } from '@pipeline/chunker';
import type { ChunkResult } from '@pipeline/core';
import { type RejectSink, rejectTable } from '@pipeline/handlers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTable, type LocalDynamoDb, startDynamoDb } from '../../src/dynamodb/index.ts';
import { dynamoClient, hurried } from './helpers.ts';

const tableName = 'rejects';
let dynamoDb: LocalDynamoDb;
let client: DynamoDBClient;
const opened: { close(): void }[] = [];

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  client = dynamoClient(dynamoDb.endpoint);
  await createTable(client, { tableName, partitionKey: 'pk', sortKey: { name: 'row', type: 'N' } });
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

const resultOf = (batchId: string, index = 0): ChunkResult =>
  ({
    batchId,
    index,
    rejects: { object: { bucket: 'work', key: `rejects/${index}.jsonl` }, bytes: 1, crc32: '0', rows: 1 },
  }) as unknown as ChunkResult;
const line = (rowNumber: number, more: Partial<RejectLine> = {}): RejectLine => ({
  rowNumber,
  byteOffset: rowNumber * 10,
  raw: `${rowNumber},bad`,
  issues: [{ code: 'RULE_CUSTOM', rule: 'notBad', column: 'name', value: 'bad', message: 'is bad', severity: 'error' }],
  ...more,
});
async function* lines(all: readonly RejectLine[]): AsyncGenerator<RejectLine> {
  yield* all;
}
const rowsOf = async (pk: string): Promise<Record<string, AttributeValue>[]> => {
  const items: Record<string, AttributeValue>[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
};

/** A table that answers before DynamoDB does: each answer is a number of items left unprocessed, or an error. */
const between = async (answers: readonly (number | string)[]): Promise<{ sink: RejectSink; batches: number[] }> => {
  const batches: number[] = [];
  const server: Server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as { RequestItems: Record<string, unknown[]> };
    const requests = body.RequestItems[tableName]!;
    const answer = answers[Math.min(batches.length, answers.length - 1)]!;
    batches.push(requests.length);
    const failed = typeof answer === 'string';
    const left = failed ? [] : requests.slice(0, answer);
    response.writeHead(failed ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify(
        failed ? { __type: answer } : { UnprocessedItems: left.length === 0 ? {} : { [tableName]: left } },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const busy = dynamoClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  opened.push({
    close: () => {
      busy.destroy();
      server.close();
      server.closeAllConnections();
    },
  });
  return { sink: rejectTable({ client: busy, tableName }), batches };
};

describe('rejectTable', () => {
  test('keeps each reject by batch, chunk and row, with its text and all its issues', async () => {
    await rejectTable({ client, tableName }).write(resultOf('b1', 3), lines([line(7)]), hurried());
    expect(await rowsOf('b1#3')).toEqual([
      {
        pk: { S: 'b1#3' },
        row: { N: '7' },
        batchId: { S: 'b1' },
        chunk: { N: '3' },
        byteOffset: { N: '70' },
        raw: { S: '7,bad' },
        issues: {
          L: [
            {
              M: {
                code: { S: 'RULE_CUSTOM' },
                rule: { S: 'notBad' },
                column: { S: 'name' },
                value: { S: 'bad' },
                message: { S: 'is bad' },
                severity: { S: 'error' },
              },
            },
          ],
        },
      },
    ]);
  });

  test('takes any number of them, in row order by key, and again without a change', async () => {
    const all = Array.from({ length: 260 }, (_, row) => line(row + 1));
    const sink = rejectTable({ client, tableName });
    await sink.write(resultOf('b2'), lines(all), hurried());
    await sink.write(resultOf('b2'), lines(all), hurried());
    expect((await rowsOf('b2#0')).map(({ row }) => Number(row!.N))).toEqual(all.map(({ rowNumber }) => rowNumber));
  });

  test('forgets the rows that it is told, of the right plan, and minds none that it has not', async () => {
    const sink = rejectTable({ client, tableName });
    const all = Array.from({ length: 60 }, (_, i) => line(i + 1));
    for (const chunk of [{}, { planNumber: 2 }]) await sink.write(resultOf('gone'), lines(all), hurried(), chunk);
    async function* rows(): AsyncGenerator<number> {
      for (let row = 2; row <= 80; row++) yield row;
    }
    await sink.remove!(resultOf('gone'), rows(), hurried(), { planNumber: 2 });
    expect((await rowsOf('gone#p2#0')).map(({ row }) => row!.N)).toEqual(['1']);
    expect(await rowsOf('gone#0')).toHaveLength(60);
  });

  test('two rows with the same content do not overwrite each other', async () => {
    const twins = [line(1, { raw: 'same' }), line(2, { raw: 'same' })];
    await rejectTable({ client, tableName }).write(resultOf('b3'), lines(twins), hurried());
    expect(await rowsOf('b3#0')).toHaveLength(2);
  });

  test('an end of life is set where it is wished', async () => {
    const run = hurried({ clock: { now: () => 1_000_500 } });
    await rejectTable({ client, tableName, keepDays: 2 }).write(resultOf('b4'), lines([line(1)]), run);
    expect((await rowsOf('b4#0'))[0]!.expiresAt).toEqual({ N: String(1000 + 2 * 86_400) });
  });

  test.each<[string, Partial<RejectLine>]>([
    ['a megabyte of text', { raw: 'ü'.repeat(500_000) }],
    ['25 of the largest issues', { issues: Array(25).fill({ ...line(1).issues[0]!, value: '😀'.repeat(200) }) }],
    ['thousands of issues', { issues: Array(5000).fill(line(1).issues[0]!) }],
    ['empty text', { raw: '' }],
  ])('an item with %s fits', async (_, more) => {
    const large = Array.from({ length: 25 }, (_, row) => line(row, more));
    await rejectTable({ client, tableName }).write(resultOf(`b5-${_}`), lines(large), hurried());
    const [item] = await rowsOf(`b5-${_}#0`);
    expect(more.raw?.startsWith(item!.raw!.S!.slice(0, 1000)) ?? true).toBe(true);
    if ((more.raw?.length ?? 0) > 300_000) expect(item!.wholeIn).toEqual({ S: 's3://work/rejects/0.jsonl' });
  });

  test('bytes that are no text are kept in Base64, not bent', async () => {
    const { raw: _, ...rest } = line(1);
    await rejectTable({ client, tableName }).write(resultOf('b6'), lines([{ ...rest, rawBase64: '/w==' }]), hurried());
    const [item] = await rowsOf('b6#0');
    expect(item!.raw).toBeUndefined();
    expect(item!.rawBase64).toEqual({ S: '/w==' });
    expect(item!.wholeIn).toBeUndefined();
  });

  test('what is left unprocessed is sent again, after growing waits, until nothing is left', async () => {
    const { sink, batches } = await between([20, 7, 1, 0]);
    const run = hurried();
    await sink.write(resultOf('x'), lines(Array.from({ length: 25 }, (_, row) => line(row))), run);
    expect(batches).toEqual([25, 20, 7, 1]);
    expect(run.waits).toEqual([50, 100, 200]);
  });

  test('what is left unprocessed for ever is DELIVERY_FAILED, which is tried again', async () => {
    const { sink, batches } = await between([1]);
    await expect(sink.write(resultOf('x'), lines([line(1)]), hurried())).rejects.toMatchObject({
      name: 'PipelineDeliveryError',
      code: 'DELIVERY_FAILED',
      retryable: true,
      message: expect.stringContaining('1 were left unprocessed 8 times'),
    });
    expect(batches).toHaveLength(8);
  });

  test('an error of the service is DELIVERY_FAILED by its name, without any row', async () => {
    const { sink } = await between(['com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException']);
    const error = await sink.write(resultOf('x'), lines([line(1, { raw: 'canary' })]), hurried()).catch((e) => e);
    expect(error).toMatchObject({ code: 'DELIVERY_FAILED' });
    expect(error.message).toContain('ProvisionedThroughputExceededException');
    expect(error.message).not.toContain('canary');
  });

  test('an abort leaves as its reason', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const run = hurried({ signal: controller.signal });
    await expect(rejectTable({ client, tableName }).write(resultOf('b7'), lines([line(1)]), run)).rejects.toThrow(
      'enough',
    );
    expect(await rowsOf('b7#0')).toEqual([]);
  });
});
