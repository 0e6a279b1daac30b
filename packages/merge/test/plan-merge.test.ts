import { type PlanMergeOptions, planMerge } from '@pipeline/merge';
import { describe, expect, test } from 'vitest';

const mebibyte = 1024 * 1024;
const limits = { minPartBytes: 4, maxPartBytes: 100, maxParts: 10, maxObjectBytes: 10_000 };

/** Parts in short: `3` is piece 3 copied whole, `3:2-9` some of it, `[0 1]` are pieces that are joined. */
const plan = (sizes: readonly number[], options: PlanMergeOptions = {}): string =>
  planMerge(sizes, { joinBytes: 4, limits, ...options })
    .map((part) => {
      const named = (slice: { readonly piece: number; readonly start: number; readonly end: number }): string =>
        slice.start === 0 && slice.end === sizes[slice.piece]
          ? `${slice.piece}`
          : `${slice.piece}:${slice.start}-${slice.end}`;
      return part.kind === 'copy' ? named(part.slice) : `[${part.slices.map(named).join(' ')}]`;
    })
    .join(', ');
const within = (maxParts: number) => ({ limits: { ...limits, maxParts } });

describe('parts', () => {
  test('are copies of pieces that are large enough', () => {
    expect(plan([4, 5, 100])).toBe('0, 1, 2');
    expect(planMerge([5], { limits })).toEqual([{ kind: 'copy', slice: { piece: 0, start: 0, end: 5 }, whole: true }]);
  });

  test('are several of a piece that is too large for one', () => {
    expect(plan([101])).toBe('0:0-50, 0:50-101');
    expect(plan([250])).toBe('0:0-83, 0:83-166, 0:166-250');
  });

  test('are joined of small pieces, and the last one may be small', () => {
    expect(plan([1, 1, 1, 1, 1])).toBe('[0 1 2 3], [4]');
    expect(plan([3, 2])).toBe('[0 1:0-1], [1:1-2]');
    expect(plan([0, 2, 0])).toBe('[1]');
    expect(plan([])).toBe('');
  });

  test('borrow the beginning of a large piece, where enough of it is left', () => {
    expect(plan([1, 7])).toBe('[0 1:0-3], 1:3-7');
    expect(plan([1, 6])).toBe('[0 1:0-3], [1:3-6]');
  });

  test('are filled to 16 MiB, when nobody says', () => {
    const parts = planMerge(Array.from({ length: 40 }, () => mebibyte));
    expect(parts.map((part) => part.kind === 'join' && part.bytes / mebibyte)).toEqual([16, 16, 8]);
  });
});

describe('fewer parts', () => {
  const pieces = [9, 9, 4, 4, 9, 9];

  test('are made only where there are too many', () => {
    expect(plan(pieces, within(6))).toBe('0, 1, 2, 3, 4, 5');
    expect(plan(pieces, within(5))).toBe('0, 1, [2 3], 4, 5');
  });

  test('cost as few bytes for each as can be', () => {
    // Three of 4 bytes save two parts for 12 bytes; two of 6 save one for as many.
    expect(plan([6, 6, 50, 4, 4, 4], within(4))).toBe('0, 1, 2, [3 4 5]');
    expect(plan([4, 4, 4, 50, 6, 6], within(4))).toBe('[0 1 2], 3, 4, 5');
    expect(plan([6, 6, 50, 4, 4, 4], within(3))).toBe('[0 1], 2, [3 4 5]');
  });

  test('begin with the first of those that cost the same, and join no more than is needed', () => {
    expect(plan([4, 4, 50, 4, 4, 50, 4, 4], within(7))).toBe('[0 1], 2, 3, 4, 5, 6, 7');
    expect(plan([4, 4, 50, 4, 4, 50, 4, 4], within(6))).toBe('[0 1], 2, [3 4], 5, 6, 7');
    expect(plan([4, 4, 4, 4], within(3))).toBe('[0 1], 2, 3');
  });

  test('are as large as may be before pieces are cut', () => {
    expect(plan([50, 50, 60, 4], within(3))).toBe('0, 1, [2 3]');
    expect(plan([50, 50, 60], within(2))).toBe('[0 1], 2');
  });

  test('are of equal size at last, wherever pieces end', () => {
    expect(plan([60, 60, 60], within(2))).toBe('[0 1:0-30], [1:30-60 2]');
    expect(plan([90, 90, 20], within(2))).toBe('[0 1:0-10], [1:10-90 2]');
    // A piece that fills a part is copied, and so is a range of one that is large enough for S3 to take it.
    expect(plan([100, 60, 40, 0], within(2))).toBe('0, [1 2]');
    expect(plan([199, 1], within(2))).toBe('0:0-100, [0:100-199 1]');
  });
});

test('more than a store takes is refused', () => {
  expect(() => plan([1001])).toThrow(
    expect.objectContaining({ code: 'MERGE_TOO_LARGE', details: { bytes: 1001, max: 1000 } }),
  );
  expect(() => plan([60], { limits: { ...limits, maxObjectBytes: 50 } })).toThrow(
    expect.objectContaining({ details: { bytes: 60, max: 50 } }),
  );
  expect(plan([1000])).toMatch(/^0:0-100, /);
});
