import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchKeys } from '../src/batch-keys.ts';
import { createLookup } from '../src/index.ts';
import { virtualRun } from './helpers.ts';

test('batches laid end to end are the keys, none is empty or larger than the limit, and only the last is smaller', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { maxLength: 80, size: 'max' }),
      fc.integer({ min: 1, max: 20 }),
      (keys, batchSize) => {
        const batches = batchKeys(keys, batchSize);
        expect(batches.flat()).toEqual(keys);
        for (const batch of batches.slice(0, -1)) expect(batch).toHaveLength(batchSize);
        for (const batch of batches.slice(-1)) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(batchSize);
        }
      },
    ),
  );
});

test('whatever is asked for, in whatever order and how often, each distinct key is loaded once and answered rightly', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60, size: 'max' }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 3 }),
      async (calls, batchSize, concurrency) => {
        const loaded: number[] = [];
        const lookup = createLookup<number, string>({
          name: 'even',
          batchSize,
          concurrency,
          load: async (keys) => {
            expect(keys.length).toBeLessThanOrEqual(batchSize);
            await null;
            loaded.push(...keys);
            return new Map(keys.filter((key) => key % 2 === 0).map((key) => [key, `v${key}`]));
          },
        });
        const run = virtualRun();
        const answers = await Promise.all(calls.map((keys) => lookup.loadMany(keys, run)));
        expect([...loaded].sort((a, b) => a - b)).toEqual([...new Set(calls.flat())].sort((a, b) => a - b));
        for (const [index, keys] of calls.entries()) {
          const even = keys.filter((key) => key % 2 === 0);
          expect(new Map(answers[index])).toEqual(new Map(even.map((key) => [key, `v${key}`])));
        }
      },
    ),
    { numRuns: 60 },
  );
});
