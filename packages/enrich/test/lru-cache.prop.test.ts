import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLruCache } from '../src/lru-cache.ts';

/** The obvious cache: a list, oldest use first. */
const modelOf = (maxEntries: number) => {
  let entries: { key: number; value: number | undefined; expiresAtMs: number }[] = [];
  return {
    size: () => entries.length,
    get: (key: number, nowMs: number) => {
      const entry = entries.find((each) => each.key === key);
      entries = entries.filter((each) => each !== entry);
      if (entry === undefined || entry.expiresAtMs <= nowMs) return undefined;
      entries.push(entry);
      return entry;
    },
    set: (key: number, value: number | undefined, expiresAtMs: number) => {
      entries = entries.filter((each) => each.key !== key);
      entries.push({ key, value, expiresAtMs });
      entries = entries.slice(Math.max(0, entries.length - maxEntries));
    },
  };
};

const step = fc.oneof(
  fc.record({ do: fc.constant('get' as const), key: fc.integer({ min: 0, max: 8 }) }),
  fc.record({
    do: fc.constant('set' as const),
    key: fc.integer({ min: 0, max: 8 }),
    value: fc.option(fc.integer(), { nil: undefined }),
    ttlMs: fc.constantFrom(2, 20, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  }),
);

test('agrees with a plain list after every step and never grows beyond its size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.array(step, { minLength: 60, maxLength: 120 }),
      (maxEntries, steps) => {
        const cache = createLruCache<number, number | undefined>(maxEntries);
        const model = modelOf(maxEntries);
        for (const [nowMs, each] of steps.entries()) {
          if (each.do === 'set') {
            cache.set(each.key, each.value, nowMs + each.ttlMs);
            model.set(each.key, each.value, nowMs + each.ttlMs);
          } else {
            const expected = model.get(each.key, nowMs);
            const got = cache.get(each.key, nowMs);
            expect(got === undefined).toBe(expected === undefined);
            expect(got?.value).toBe(expected?.value);
          }
          expect(cache.size).toBe(model.size());
          expect(cache.size).toBeLessThanOrEqual(maxEntries);
        }
      },
    ),
    { numRuns: 200 },
  );
});
