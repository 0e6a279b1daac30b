import { type CsvRecord, type ObjectRef, passThrough, readJson } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BatchSettings,
  createMergeHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  oneBucket,
} from '../src/index.ts';
import { at, codeOf, context, keptLog, textOf } from './helpers.ts';

const locations = oneBucket('orders');
const source = at('input/orders.csv');
const batchId = 'b1';
const settings: BatchSettings = { plan: 'sampled', chunkBytes: 500 };
/** One text that reads like records wherever a sample begins. */
const csv = `id,note\n1,a\n2,"${'canary7,x\n'.repeat(2000)}"\n3,c\n`;

let store: MemoryStore;
let kept: ReturnType<typeof keptLog>;
beforeEach(async () => {
  store = memoryStore();
  kept = keptLog();
  await store.write(source, Buffer.from(csv));
});

/** Splits and processes as the state machine does under a plan number. */
const processed = async (planNumber: number): Promise<ObjectRef> => {
  const place = { store, locations, log: kept.log };
  const { manifest, chunks } = await createSplitHandler(place)({ batchId, source, settings, planNumber }, context());
  const work = createProcessHandler({ ...place, stage: passThrough<CsvRecord>() });
  for (const line of (await textOf(store, chunks!)).trim().split('\n'))
    await work({ batchId, manifest: manifest!, settings, chunk: JSON.parse(line) }, context());
  return manifest!;
};
const resolveIt = (manifest: ObjectRef) =>
  createResolveHandler({ store, locations, log: kept.log })({ batchId, manifest }, context());
const mergeIt = (manifest: ObjectRef) =>
  createMergeHandler({ store, locations, log: kept.log })({ batchId, manifest }, context());

describe('a sampled plan that is wrong', () => {
  test('is told by resolve, as often as it is asked, and in the log', async () => {
    const manifest = await processed(1);
    const answer = { resolved: false, replan: true, disprovedBy: 0 };
    expect(await resolveIt(manifest)).toEqual(answer);
    expect(await resolveIt(manifest)).toEqual(answer);
    expect(kept.entries).toContainEqual(expect.objectContaining({ message: 'plan.disproved', batchId, chunk: 0 }));
    expect(kept.text()).not.toContain('canary');
  });

  test('is never merged', async () => {
    expect(await codeOf(mergeIt(await processed(1)))).toBe('MERGE_MISMATCH');
  });

  test('gives way to a second one, which is resolved and merged though late workers of the first go on', async () => {
    const first = await processed(1);
    await resolveIt(first);
    const second = await processed(2);
    expect(await resolveIt(second)).toEqual({ resolved: true, replan: false, disprovedBy: null });
    await processed(1);
    const { report } = await mergeIt(second);
    expect(await readJson(store, report)).toMatchObject({ plan: { mode: 'sequential', number: 2 }, rowsRead: 3 });
    expect(await textOf(store, at('batches/b1/output/r1/orders.csv'))).toBe(csv);
  });
});
