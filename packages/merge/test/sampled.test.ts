import { batchKeys, type ChunkResult, createRunContext, type PipelineEvent, readJson, writeJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { merge, type ReportFile, resolve } from '../src/index.ts';
import { type BatchSpec, errorOf, locations, processed, rejecting, type TestBatch, textOf } from './helpers.ts';

const keys = batchKeys('b1', locations);
const sampled: BatchSpec = { splitting: { plan: 'sampled', chunkBytes: 400 } };

/** Rows of three fields; every tenth is bad. */
const plain = `id,name,note\n${Array.from({ length: 300 }, (_, row) => `${row},${row % 10 === 4 ? 'bad' : 'good'},n${row}\n`).join('')}`;

/** One quoted text that reads like good records wherever a sample begins. */
const misleading = `id,name,note\n1,a,b\n2,"${'7,x,y\n'.repeat(2000)}",c\n3,d,e\n`;

const edit = async ({ store }: TestBatch, index: number, change: (result: ChunkResult) => ChunkResult) =>
  writeJson(store, keys.result(index), change(await readJson<ChunkResult>(store, keys.result(index))));

const rejectsOf = async (batch: TestBatch): Promise<string> => {
  const { rejects } = await merge(batch.manifest, { ...batch, locations });
  return textOf(batch.store, rejects!.object);
};

describe('a sampled plan that every chunk proves', () => {
  test('gives the output, the rejects and their data rows of a plan of one pass', async () => {
    const [guessed, counted] = [
      await processed(plain, { ...sampled, stage: rejecting('bad') }),
      await processed(plain, { splitting: { plan: 'sequential', chunkBytes: 400 }, stage: rejecting('bad') }),
    ];
    expect(guessed.manifest).toMatchObject({ planMode: 'sampled', rowCount: null });
    expect(guessed.manifest.chunkCount).toBeGreaterThan(5);
    const resolution = await resolve(guessed.manifest, { ...guessed, locations });
    expect(resolution).toMatchObject({ replan: false, resolved: { issues: { 'RULE_CUSTOM|word|name': 30 } } });
    const reports = await Promise.all(
      [guessed, counted].map((batch) => merge(batch.manifest, { ...batch, locations })),
    );
    expect(reports[0]).toMatchObject({ rowsRead: 300, rowsWritten: 270, plan: { mode: 'sampled', number: 1 } });
    expect(reports[0]!.output.crc32).toBe(reports[1]!.output.crc32);
    expect(reports[0]!.rejects).toMatchObject({ crc32: reports[1]!.rejects!.crc32, rows: 30 });
    expect(await rejectsOf(guessed)).toMatch(/\n294,bad,n294,295,/);
  });

  test('has in its report the data row that each chunk begins with', async () => {
    const batch = await processed(plain, sampled);
    const { report } = await merge(batch.manifest, { ...batch, locations });
    const { chunks } = await readJson<ReportFile>(batch.store, report);
    let row = 1;
    for (const { firstRow, rowsRead } of chunks) {
      expect(firstRow).toBe(row);
      row += rowsRead;
    }
    expect(row).toBe(301);
  });

  test('numbers every reject by its row in the file, whatever the rows and the size of chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('1,a,b', '2,bad,"x\ny"', '3,"q,r",s', '4,short', ''), { maxLength: 40 }),
        fc.integer({ min: 1, max: 120 }),
        async (records, chunkBytes) => {
          const file = `id,name,note\n${records.map((record) => `${record}\n`).join('')}`;
          const [guessed, counted] = [
            await processed(file, { splitting: { plan: 'sampled', chunkBytes }, stage: rejecting('bad') }),
            await processed(file, { splitting: { plan: 'sequential', chunkBytes }, stage: rejecting('bad') }),
          ];
          if ((await resolve(guessed.manifest, { ...guessed, locations })).replan) return;
          const expected = await merge(counted.manifest, { ...counted, locations });
          const { rejects } = await merge(guessed.manifest, { ...guessed, locations });
          expect(rejects?.crc32).toBe(expected.rejects?.crc32);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(['id,name,note\n', 'id,name,note\n1,a,b', 'id,name,note\n\n'])('%j needs no second plan', async (text) => {
    const batch = await processed(text, sampled);
    expect(await resolve(batch.manifest, { ...batch, locations })).toMatchObject({ replan: false });
    const { output } = await merge(batch.manifest, { ...batch, locations });
    expect(await textOf(batch.store, output.object)).toBe(text.replace('\n\n', '\n'));
  });

  test('may have as many rejects in a chunk as was said, judged once it is proven', async () => {
    const limited: BatchSpec = { ...sampled, stage: rejecting('bad'), processing: { maxRejectRatio: 0.05 } };
    const batch = await processed(plain, limited);
    const error = await errorOf(resolve(batch.manifest, { ...batch, locations }));
    expect([error.name, error.code, error.details.limit]).toEqual(['PipelineRejectLimitError', 'REJECT_LIMIT', '5 %']);
    expect(batch.store.keys()).not.toContain(`work/${keys.resolved.key}`);
    const enough = await processed(plain, { ...limited, processing: { maxRejectRatio: 0.2 } });
    expect(await resolve(enough.manifest, { ...enough, locations })).toMatchObject({ replan: false });
  });
});

describe('a sampled plan that a chunk disproves', () => {
  test('is planned again: the first such chunk is named, and nothing is reduced', async () => {
    const { store, manifest } = await processed(misleading, sampled);
    expect(manifest.chunkCount).toBeGreaterThan(3);
    const events: PipelineEvent[] = [];
    const run = createRunContext({ batchId: 'b1', observe: (event) => events.push(event) });
    const resolution = await resolve(manifest, { store, locations, run });
    expect(resolution).toEqual({ replan: true, chunk: 0, state: expect.any(String) });
    expect(events).toEqual([{ type: 'plan.disproved', batchId: 'b1', chunk: 0, state: expect.any(String) }]);
    expect(store.keys()).not.toContain(`work/${keys.resolved.key}`);
  });

  test('is not merged', async () => {
    const batch = await processed(misleading, sampled);
    const error = await errorOf(merge(batch.manifest, { ...batch, locations }));
    expect([error.name, error.code, error.details.index]).toEqual(['PipelineMergeError', 'MERGE_MISMATCH', 0]);
    expect(error.message).toContain('its plan was sampled and is not proven');
    expect(batch.store.keys().filter((key) => key.includes('/output/'))).toEqual([]);
  });

  test('comes out right under the second plan, to which nothing of the first belongs', async () => {
    const store = memoryStore();
    await processed(misleading, { ...sampled, store, stage: rejecting('x') });
    const second = await processed(misleading, {
      store,
      stage: rejecting('x'),
      splitting: { plan: 'sampled', chunkBytes: 400, planNumber: 2 },
    });
    expect(second.manifest).toMatchObject({ planMode: 'sequential', planNumber: 2, rowCount: 3 });
    const resolution = await resolve(second.manifest, { store, locations, run: second.run });
    expect(resolution).toMatchObject({ replan: false, object: { key: 'batches/b1/plan-2/resolved.json' } });
    const report = await merge(second.manifest, { store, locations, run: second.run });
    expect(report).toMatchObject({ rowsRead: 3, rowsRejected: 1, plan: { mode: 'sequential', number: 2 } });
    expect(report.resolved).toEqual({ issues: { 'RULE_CUSTOM|word|name': 1 }, warnings: {} });
    expect(await textOf(store, report.output.object)).toBe('id,name,note\n1,a,b\n3,d,e\n');
    expect(await textOf(store, report.rejects!.object)).toContain(',c,2,19,');
  });

  test('has too many rejects in no chunk: they may be sound rows that were cut', async () => {
    const batch = await processed(misleading, {
      ...sampled,
      stage: rejecting('x'),
      processing: { maxRejectRatio: 0 },
    });
    expect(await resolve(batch.manifest, { ...batch, locations })).toMatchObject({ replan: true });
  });

  test.each([0, 3])('by giving no proof, as chunk %i does', async (index) => {
    const batch = await processed(plain, sampled);
    await edit(batch, index, ({ planProof: _, ...result }) => result);
    const resolution = await resolve(batch.manifest, { ...batch, locations });
    expect(resolution).toEqual({ replan: true, chunk: index, state: 'no proof was given' });
    const error = await errorOf(merge(batch.manifest, { ...batch, locations }));
    expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', index]);
  });
});

test('a counted plan needs no proof, and one that is given against it says nothing', async () => {
  const batch = await processed(plain);
  await edit(batch, 1, (result) => ({ ...result, planProof: { endsRecord: false } }));
  expect(await resolve(batch.manifest, { ...batch, locations })).toMatchObject({ replan: false });
});
