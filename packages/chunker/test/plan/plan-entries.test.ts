import type { ObjectStore } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { type SplitOptions, split } from '../../src/index.ts';
import { chunksOf, input, locations, runOf, storeWith } from '../helpers.ts';

/** A store that refuses what S3 does, and keeps what was read of the source. */
const watched = (store: ObjectStore) => {
  const reads: number[] = [];
  const seen = { mostAtOnce: 0, reads };
  let open = 0;
  const watching: ObjectStore = {
    ...store,
    async *read(ref, options = {}) {
      const { range } = options;
      if (ref.key !== input.key || range === undefined) return yield* store.read(ref, options);
      if (range.start >= range.end) throw new Error('S3 knows no empty range');
      if (range.start > 0) reads.push(range.end - range.start); // behind the header
      seen.mostAtOnce = Math.max(seen.mostAtOnce, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      yield* store.read(ref, options);
      open--;
    },
  };
  return { store: watching, seen };
};
const planOf = async (text: string, options: Partial<SplitOptions>) => {
  const { store, seen } = watched(await storeWith(text));
  const manifest = await split(input, { store, locations, run: runOf(), ...options });
  return { chunks: await chunksOf(manifest), ...seen };
};

describe('a file of which only the header is there', () => {
  test.each(['sequential', 'parallel', 'sampled'] as const)('is read no further: %s', async (plan) => {
    const { chunks } = await planOf('id,name\n', { plan });
    expect(chunks.map(({ range }) => range)).toEqual([{ start: 8, end: 8 }]);
  });

  test('is read no further to be written as a chunk', async () => {
    const { chunks } = await planOf('id,name\n', { materialize: true });
    expect(chunks).toHaveLength(1);
  });
});

describe('a plan from samples', () => {
  const text = `id,name\n${Array.from({ length: 9000 }, (_, row) => `${row},some "name" of ${row % 7}\n`).join('')}`;

  test('reads as many at once as it is told', async () => {
    const options = { plan: 'sampled', chunkBytes: 4000 } as const;
    expect((await planOf(text, { ...options, concurrency: 3 })).mostAtOnce).toBe(3);
    expect((await planOf(text, options)).mostAtOnce).toBe(16);
  });

  test('knows the records of a file with columns that are not read', async () => {
    const rows = Array.from({ length: 9000 }, (_, row) => `${row},"${row % 7}",${row},x\n`).join('');
    const { reads } = await planOf(`id,name,__pipeline_row,__pipeline_rules\n${rows}`, {
      plan: 'sampled',
      chunkBytes: 40_000,
    });
    const samples = reads.filter((bytes) => bytes > 3000);
    expect(samples.length).toBeGreaterThan(2);
    expect(Math.max(...samples)).toBeLessThanOrEqual(4 * 1024 + 1); // a sample that is not sure grows
  });
});
