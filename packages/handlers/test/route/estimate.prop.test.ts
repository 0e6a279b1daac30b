import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addRun, type DurationHistory, type RunDuration, routeOf, secondsPerMb } from '../../src/index.ts';

const run: fc.Arbitrary<RunDuration> = fc
  .record({
    batchId: fc.integer({ min: 0, max: 60 }).map((n) => `b${n}`),
    chunks: fc.integer({ min: 1, max: 500 }),
    chunkBytes: fc.integer({ min: 1024 * 1024, max: 500_000_000 }),
    ms: fc.integer({ min: 1, max: 10_000_000 }),
  })
  .map(({ chunkBytes, ...rest }) => ({ ...rest, bytes: chunkBytes * rest.chunks }));
const historyOf = (runs: readonly RunDuration[]): DurationHistory =>
  runs.reduce(addRun, { formatVersion: '1.0', runs: [] } as DurationHistory);
const rateOf = ({ bytes, ms }: RunDuration): number => ms / 1000 / (bytes / 1_000_000);

test('an estimate is the rate of one of the runs, whatever their order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(run, { minLength: 1, maxLength: 32, selector: ({ batchId }) => batchId }), (runs) => {
      const rate = secondsPerMb(historyOf(runs))!;
      expect(runs.map(rateOf)).toContain(rate);
      expect(secondsPerMb(historyOf(runs.toReversed()))).toBe(rate);
    }),
  );
});

test('nine of ten chunks kept to it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(run, { minLength: 1, maxLength: 32, selector: ({ batchId }) => batchId }), (runs) => {
      const rate = secondsPerMb(historyOf(runs))!;
      const chunksOf = (some: readonly RunDuration[]): number => some.reduce((sum, { chunks }) => sum + chunks, 0);
      const kept = chunksOf(runs.filter((one) => rateOf(one) <= rate));
      expect(kept).toBeGreaterThanOrEqual(0.9 * chunksOf(runs));
    }),
  );
});

test('a run that took longer never lowers it', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(run, { minLength: 1, maxLength: 32, selector: ({ batchId }) => batchId }),
      fc.nat(31),
      fc.integer({ min: 0, max: 1_000_000 }),
      (runs, at, more) => {
        const slower = runs.map((one, index) => (index === at % runs.length ? { ...one, ms: one.ms + more } : one));
        expect(secondsPerMb(historyOf(slower))!).toBeGreaterThanOrEqual(secondsPerMb(historyOf(runs))!);
      },
    ),
  );
});

test('what is remembered stays small, has each batch once, and the newest last', () => {
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 100 }), (runs) => {
      const { runs: kept } = historyOf(runs);
      expect(kept.length).toBeLessThanOrEqual(32);
      expect(new Set(kept.map(({ batchId }) => batchId)).size).toBe(kept.length);
      expect(kept.at(-1)).toEqual(runs.at(-1));
    }),
  );
});

test('a larger or slower chunk never comes back from a task to Lambda', () => {
  const size = fc.integer({ min: 0, max: 10 ** 11 });
  const rate = fc.double({ min: 0, max: 1000, noNaN: true });
  fc.assert(
    fc.property(size, size, rate, rate, (bytes, moreBytes, seconds, moreSeconds) => {
      if (routeOf(bytes, seconds) === 'task') expect(routeOf(bytes + moreBytes, seconds + moreSeconds)).toBe('task');
    }),
  );
});

test('runs of tiny chunks say nothing, and without any run chunks go to Lambda, unless a rate is assumed', () => {
  const tiny = historyOf([{ batchId: 'b', chunks: 3, bytes: 300, ms: 90_000 }]);
  expect(secondsPerMb(tiny)).toBeUndefined();
  expect([routeOf(10 ** 12, undefined), routeOf(10 ** 9, undefined, { secondsPerMb: 1 })]).toEqual(['lambda', 'task']);
});
