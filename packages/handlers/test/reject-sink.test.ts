import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RejectLine } from '@pipeline/chunker';
import { type ChunkResult, createRunContext } from '@pipeline/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PlanOfChunk, rejectTable } from '../src/index.ts';
import { credentials, startService } from './helpers.ts';

let service: Awaited<ReturnType<typeof startService>>;
let client: DynamoDBClient;
beforeAll(async () => {
  service = await startService(() => ({ body: { UnprocessedItems: {} } }));
  client = new DynamoDBClient({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await service.close();
});

const result = { batchId: 'b1', index: 7, rejects: { object: { bucket: 'work', key: 'x' } } } as unknown as ChunkResult;
async function* oneReject(): AsyncGenerator<RejectLine> {
  yield { rowNumber: 3, byteOffset: 40, raw: 'bad', issues: [] };
}

test.each<[PlanOfChunk | undefined, string, { S: string } | undefined]>([
  [undefined, 'b1#7', undefined],
  [{}, 'b1#7', undefined],
  [{ planMode: 'parallel', planNumber: 1 }, 'b1#7', undefined],
  [{ planMode: 'sampled' }, 'b1#7', { S: 'chunk' }],
  [{ planMode: 'sequential', planNumber: 2 }, 'b1#p2#7', undefined],
])('a reject of the plan %j has the key %s', async (chunk, pk, rowWithin) => {
  await rejectTable({ client, tableName: 'rejects' }).write(result, oneReject(), createRunContext(), chunk);
  const [{ PutRequest }] = service.calls.at(-1)!.body.RequestItems.rejects;
  expect(PutRequest.Item).toMatchObject({ pk: { S: pk }, row: { N: '3' }, byteOffset: { N: '40' } });
  expect(PutRequest.Item.rowWithin).toEqual(rowWithin);
});
