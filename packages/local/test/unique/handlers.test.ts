import { type CsvRecord, type ObjectStore, type PipelineEvent, passThrough, readBytes, readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import {
  createMergeHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  oneBucket,
  type RejectSink,
} from '@pipeline/handlers';
import { uniqueRows } from '@pipeline/validate';
import { expect, test } from 'vitest';

const locations = oneBucket('orders');
const source = { bucket: 'orders', key: 'input/orders.csv' };
const batchId = 'b1';
type Context = Parameters<ReturnType<typeof createSplitHandler>>[1];
const context = (awsRequestId: string): Context =>
  ({ awsRequestId, functionName: 'f', getRemainingTimeInMillis: () => 60_000 }) as unknown as Context;
const read = async (store: ObjectStore, key: string): Promise<string> =>
  Buffer.from(await readBytes(store, { bucket: 'orders', key })).toString();

test('the handlers share a rule: repeated rows leave the output, reach the sink, and no log tells their values', async () => {
  const store = memoryStore();
  await store.write(source, Buffer.from('id,n\ncanary,1\nb,2\nbad\ncanary,3\nb,4\n'));
  const unique = [uniqueRows({ columns: ['id'] })];
  const sunk: [number, number][] = [];
  const rejectSink: RejectSink = {
    async write(result, rejects) {
      for await (const { rowNumber } of rejects) sunk.push([result.index, rowNumber]);
    },
  };
  const logged: unknown[] = [];
  const place = { store, locations, log: (entry: unknown) => void logged.push(entry) };
  const split = createSplitHandler(place);
  const { manifest, chunks } = await split({ batchId, source, settings: { chunkRows: 2 } }, context('s'));
  const work = createProcessHandler({ ...place, stage: passThrough<CsvRecord>(), unique, rejectSink });
  for (const [index, line] of (await read(store, chunks!.key)).trim().split('\n').entries())
    await work({ batchId, manifest: manifest!, chunk: JSON.parse(line) }, context(`p${index}`));
  const barrier = createResolveHandler({ ...place, unique, uniqueMemoryBytes: 1024 * 1024, rejectSink });
  const answer = { resolved: true, replan: false, disprovedBy: null };
  expect(await barrier({ batchId, manifest: manifest! }, context('r1'))).toEqual(answer);
  expect(await barrier({ batchId, manifest: manifest! }, context('r2'))).toEqual(answer);

  const { report, ...counts } = await createMergeHandler(place)({ batchId, manifest: manifest! }, context('m'));
  expect(counts).toEqual({ rowsRead: 5, rowsWritten: 2, rowsRejected: 3 });
  expect(await readJson(store, report)).toMatchObject({ resolved: { issues: { 'ROW_DUPLICATE|unique:id|id': 2 } } });
  expect(await read(store, 'batches/b1/output/r1/orders.csv')).toBe('id,n\ncanary,1\nb,2\n');
  expect(new Set(sunk.map(String))).toEqual(new Set(['1,3', '1,4', '2,5']));
  const events = logged as PipelineEvent[];
  expect(events).toContainEqual(expect.objectContaining({ message: 'unique.amended', chunks: 2 }));
  expect(JSON.stringify(logged)).not.toContain('canary');
});
