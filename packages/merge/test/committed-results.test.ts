import { batchKeys, type ChunkResult, createRunContext, type ObjectStore, readJson, writeJson } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { checkResult, committedResults } from '../src/index.ts';
import { at, errorOf, locations, processed, type TestBatch } from './helpers.ts';

const keys = batchKeys('b1', locations);
const source = `id\n${Array.from({ length: 10 }, (_, row) => `${row}\n`).join('')}`;

const all = async ({ store, manifest, run }: TestBatch, using: ObjectStore = store): Promise<ChunkResult[]> => {
  const results: ChunkResult[] = [];
  for await (const result of committedResults(manifest, { store: using, locations, run })) results.push(result);
  return results;
};
const edit = async (
  { store }: TestBatch,
  index: number,
  change: (result: ChunkResult) => ChunkResult,
): Promise<unknown> =>
  writeJson(store, keys.result(index), change(await readJson<ChunkResult>(store, keys.result(index))));

describe('committedResults', () => {
  test('gives the result of every chunk in the order of the plan, without listing', async () => {
    const batch = await processed(`id\n${Array.from({ length: 201 }, (_, row) => `${row}\n`).join('')}`, {
      chunkRows: 1,
    });
    const noList: ObjectStore = {
      ...batch.store,
      list: () => {
        throw new Error('results are never listed');
      },
    };
    expect((await all(batch, noList)).map(({ index }) => index)).toEqual(Array.from({ length: 201 }, (_, i) => i));
  });

  test('objects that no chunk of the plan names are not looked at', async () => {
    const batch = await processed(source);
    await batch.store.write(keys.result(5), Buffer.from('{"foreign":true}'));
    await batch.store.write(at('batches/b1/results/zzz.json'), Buffer.from('no json'));
    expect(await all(batch)).toHaveLength(5);
  });

  test.each([0, 2, 4])('a missing result of chunk %i is MERGE_INCOMPLETE and names it', async (index) => {
    const batch = await processed(source);
    await batch.store.deleteMany([keys.result(index)]);
    const error = await errorOf(all(batch));
    expect([error.name, error.code, error.details.index]).toEqual(['PipelineMergeError', 'MERGE_INCOMPLETE', index]);
    expect(error.message).toMatch(new RegExp(`^MERGE_INCOMPLETE: chunk ${index} has no committed result`));
  });

  test.each<[string, (batch: TestBatch) => Promise<unknown>, number]>([
    ['doubled', (batch) => edit(batch, 3, (result) => ({ ...result, index: 2 })), 3],
    [
      'swapped',
      async (batch) => {
        const [a, b] = [
          await readJson<ChunkResult>(batch.store, keys.result(1)),
          await readJson<ChunkResult>(batch.store, keys.result(3)),
        ];
        await writeJson(batch.store, keys.result(1), b);
        await writeJson(batch.store, keys.result(3), a);
      },
      1,
    ],
    ['of another batch', (batch) => edit(batch, 4, (result) => ({ ...result, batchId: 'b2' })), 4],
    ['with rows lost', (batch) => edit(batch, 1, (result) => ({ ...result, rowsRead: 1, rowsWritten: 1 })), 1],
    ['that does not add up', (batch) => edit(batch, 1, (result) => ({ ...result, rowsRejected: 1 })), 1],
    ['whose output has other rows', (b) => edit(b, 0, (r) => ({ ...r, output: { ...r.output, rows: 1 } })), 0],
    [
      'whose rejects are missing',
      (batch) => edit(batch, 0, (r) => ({ ...r, rowsWritten: 1, rowsRejected: 1, output: { ...r.output, rows: 1 } })),
      0,
    ],
    ['cut in the middle', ({ store }) => store.write(keys.result(2), Buffer.from('{"index":2,"ro')), 2],
    ['empty', ({ store }) => store.write(keys.result(2), new Uint8Array()), 2],
  ])('a result %s is MERGE_MISMATCH and names its chunk', async (_, spoil, index) => {
    const batch = await processed(source);
    await spoil(batch);
    const error = await errorOf(all(batch));
    expect([error.name, error.code, error.details.index]).toEqual(['PipelineMergeError', 'MERGE_MISMATCH', index]);
    expect(error.retryable).toBe(false);
  });

  test('an early exit ends the reads that were begun', async () => {
    const batch = await processed(source, { chunkRows: 1 });
    let open = 0;
    let opened = 0;
    const counting: ObjectStore = {
      ...batch.store,
      async *read(ref, options) {
        open++;
        opened++;
        try {
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield* batch.store.read(ref, options);
        } finally {
          open--;
        }
      },
    };
    for await (const result of committedResults(batch.manifest, {
      store: counting,
      locations,
      run: batch.run,
      concurrency: 2,
    })) {
      expect(result.index).toBe(0);
      break;
    }
    expect(open).toBe(0);
    expect(opened).toBeLessThan(11);
  });

  test('an abort leaves as its reason', async () => {
    const batch = await processed(source);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const run = createRunContext({ signal: controller.signal });
    await expect(all({ ...batch, run })).rejects.toThrow('enough');
  });
});

test('checkResult takes a sound result', async () => {
  const batch = await processed(source);
  const [result] = await all(batch);
  for await (const chunk of batch.manifest.chunks) {
    expect(() => checkResult(chunk, result!)).not.toThrow();
    break;
  }
});
