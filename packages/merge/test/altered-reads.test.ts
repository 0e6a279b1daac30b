import { type ObjectStore, PipelineError } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { merge, replay } from '../src/index.ts';
import { alterations, alteringReads } from './altered-reads.ts';
import { at, locations, processed, rejecting, type TestBatch, textOf } from './helpers.ts';

const source = 'id,name\n1,bad\n2,b\n3,bad\n4,d\n5,bad\n6,f\n';

/** What a step leaves for users: its output and its rejects. */
type Step = (batch: TestBatch, store: ObjectStore) => Promise<readonly string[]>;

const results = async (store: ObjectStore, revision: number): Promise<readonly string[]> => {
  const texts: string[] = [];
  for await (const { ref } of store.list('work', `batches/b1/output/r${revision}/`))
    if (!ref.key.endsWith('report.json')) texts.push(`${ref.key} ${await textOf(store, ref)}`);
  return texts;
};
const codes = ['MERGE_MISMATCH', 'STORAGE_MISMATCH', 'SOURCE_CHANGED', 'CONFIG_INVALID'];

const steps: Readonly<Record<string, { readonly before?: Step; readonly step: Step }>> = {
  'the merge': {
    step: async ({ manifest, run }, store) => {
      await merge(manifest, { store, locations, run });
      return results(store, 1);
    },
  },
  'a replay': {
    before: async ({ manifest, run }, store) => {
      const { rejects } = await merge(manifest, { store, locations, run });
      const text = await textOf(store, rejects!.object);
      await store.write(at('mended.csv'), Buffer.from(text.replace('1,bad,', '1,a,').replace('5,bad,', '5,e,')));
      return [];
    },
    step: async ({ manifest, run }, store) => {
      await replay(manifest, at('mended.csv'), { store, locations, run, stage: rejecting('bad') });
      return results(store, 2);
    },
  },
};

describe.each(Object.keys(steps))('bytes of a chunk that are altered on their way into %s', (name) => {
  const { before, step } = steps[name]!;

  test('end in an error that says so, or in the same output', async () => {
    // Without this, all would be copied by the store itself, which reads nothing.
    const stage = rejecting('bad');
    const batchOf = async (): Promise<TestBatch> => {
      const batch = await processed(source, { stage, chunkRows: 2, store: memoryStore() });
      await before?.(batch, batch.store);
      return batch;
    };
    const sound = await batchOf();
    const watched = alteringReads(sound.store);
    const expected = await step(sound, watched.store);
    expect(expected.length).toBe(2);
    const objects = [...watched.read].filter((object) => /\/(processed|rejects)\//.test(object));
    expect(objects.length).toBeGreaterThan(3);
    let refused = 0;
    for (const object of objects)
      for (const [what, how] of Object.entries(alterations)) {
        const batch = await batchOf();
        const { store } = alteringReads(batch.store, { object, how });
        const outcome = await step(batch, store).catch((error: unknown) => error);
        const told = `${object} ${what}: ${outcome}`;
        if (Array.isArray(outcome)) expect(outcome, told).toEqual(expected);
        else {
          expect(PipelineError.is(outcome) && codes.includes(outcome.code), told).toBe(true);
          expect(batch.store.openUploads(), told).toBe(0);
          refused++;
        }
      }
    expect(refused).toBeGreaterThan(objects.length * 3);
  });
});
