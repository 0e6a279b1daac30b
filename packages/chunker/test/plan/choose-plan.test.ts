import type { PlanMode } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { choosePlan, type PlanChoice, parallelFromBytes, sampledFromBytes } from '../../src/plan/choose-plan.ts';

const choose = (choice: Partial<PlanChoice>): PlanMode =>
  choosePlan({ dataBytes: 1, byRows: false, fromFront: false, again: false, ...choice });

describe('without a wish a plan goes by size', () => {
  test.each([
    [0, 'sequential', 'sequential'],
    [parallelFromBytes - 1, 'sequential', 'sequential'],
    [parallelFromBytes, 'parallel', 'parallel'],
    [sampledFromBytes - 1, 'parallel', 'parallel'],
    [sampledFromBytes, 'sampled', 'parallel'],
    [sampledFromBytes + 1, 'sampled', 'parallel'],
  ] as const)('%d bytes: %s, and %s once samples were wrong', (dataBytes, first, again) => {
    expect(choose({ dataBytes })).toBe(first);
    expect(choose({ dataBytes, again: true })).toBe(again);
  });

  test.each([{ byRows: true }, { fromFront: true }])(
    'what follows one from the other is read in one pass: %j',
    (why) => {
      expect(choose({ ...why, dataBytes: sampledFromBytes })).toBe('sequential');
      expect(choose({ ...why, dataBytes: sampledFromBytes, plan: 'sequential' })).toBe('sequential');
    },
  );
});

test.each(['sequential', 'parallel', 'sampled'] as const)('a wish for %s is kept, whatever the size', (plan) => {
  expect(choose({ plan })).toBe(plan);
  expect(choose({ plan, dataBytes: sampledFromBytes })).toBe(plan);
});

test('a wish for samples that were wrong is not kept', () => {
  expect(choose({ plan: 'sampled', again: true })).toBe('sequential');
  expect(choose({ plan: 'sampled', again: true, dataBytes: parallelFromBytes })).toBe('parallel');
  expect(choose({ plan: 'parallel', again: true })).toBe('parallel');
});

test.each([
  ['parallel', { byRows: true }, "'sequential' for chunks by rows, which follow one from the other"],
  ['sampled', { fromFront: true }, "'sequential' for a source that can only be read from its beginning"],
] as const)('a wish for %s of a source that goes one by one is refused: %j', (plan, why, expected) => {
  expect(() => choose({ plan, ...why })).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      details: { option: 'plan', expected, got: JSON.stringify(plan) },
    }),
  );
});
