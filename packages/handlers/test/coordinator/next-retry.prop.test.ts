import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextRetry, type Retrier, type TriesSoFar, transientRetry } from '../../src/index.ts';

const retrier: fc.Arbitrary<Retrier> = fc.record({
  ErrorEquals: fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D'), { minLength: 1, maxLength: 3 }),
  IntervalSeconds: fc.integer({ min: 1, max: 10 }),
  BackoffRate: fc.constantFrom(1, 1.5, 2, 3),
  MaxAttempts: fc.integer({ min: 0, max: 6 }),
  MaxDelaySeconds: fc.integer({ min: 1, max: 60 }),
  JitterStrategy: fc.constantFrom('FULL', 'NONE'),
});
const random = fc.double({ min: 0, max: 0.999999, noNaN: true });

describe('when work is tried again', () => {
  test('waits within the ceiling, and ends after the tries of the list', () => {
    fc.assert(
      fc.property(
        fc.array(retrier, { maxLength: 4 }),
        fc.infiniteStream(fc.constantFrom('A', 'B', 'C', 'D', 'E')),
        random,
        (policy, errors, r) => {
          let tries: TriesSoFar = [];
          const most = policy.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
          for (let count = 0; ; count++) {
            expect(count).toBeLessThanOrEqual(most);
            const name = errors.next().value as string;
            const next = nextRetry(policy, name, tries, r);
            if (next === undefined) return;
            const first = policy.find(({ ErrorEquals }) => ErrorEquals.includes(name))!;
            expect(next.delayMs).toBeGreaterThanOrEqual(0);
            expect(next.delayMs).toBeLessThanOrEqual(first.MaxDelaySeconds * 1000);
            tries = next.tries;
            expect(tries.reduce((sum, n) => sum + n, 0)).toBe(count + 1);
          }
        },
      ),
    );
  });

  test('without jitter waits grow until the ceiling', () => {
    const policy: Retrier[] = [
      {
        ErrorEquals: ['A'],
        IntervalSeconds: 1,
        BackoffRate: 2,
        MaxAttempts: 5,
        MaxDelaySeconds: 6,
        JitterStrategy: 'NONE',
      },
    ];
    const delays: number[] = [];
    for (let next = nextRetry(policy, 'A', [], 0); next !== undefined; next = nextRetry(policy, 'A', next.tries, 0))
      delays.push(next.delayMs);
    expect(delays).toEqual([1000, 2000, 4000, 6000, 6000]);
  });

  test('errors of the data and those nobody knows are final', () => {
    for (const name of ['PipelineSourceError', 'PipelineConfigError', 'TypeError'])
      expect(nextRetry(transientRetry, name, [], 0.5)).toBeUndefined();
  });
});
