import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRetryBudget } from '../src/retry-budget.ts';

test('of any calls in a row, at most the burst and their share are made again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.array(fc.boolean(), { maxLength: 200, size: 'max' }),
      fc.nat({ max: 200 }),
      (burst, share, steps, from) => {
        const budget = createRetryBudget({ burst, share });
        let calls = 0;
        let retries = 0;
        for (const [index, isCall] of steps.entries()) {
          if (index === from) {
            calls = 0;
            retries = 0;
          }
          if (isCall) {
            calls++;
            budget.called();
          } else if (budget.take()) retries++;
          expect(retries).toBeLessThanOrEqual(burst + share * calls + 1e-9);
        }
      },
    ),
  );
});

test('a source in health has its whole burst again', () => {
  const budget = createRetryBudget({ burst: 2, share: 0.5 });
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  budget.called();
  expect(budget.take()).toBe(false);
  for (let call = 0; call < 100; call++) budget.called();
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
});

test.each([
  ['share', -1],
  ['burst', 0.5],
])('%s = %j is refused by name', (option, value) => {
  expect(() => createRetryBudget({ [option]: value })).toThrow(`CONFIG_INVALID: retryBudget.${option} must be`);
});
