import { expect, test } from 'vitest';
import { backoffMs } from '../src/backoff.ts';
import { parseRetryAfter } from '../src/retry-after.ts';

const nowMs = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

test.each([
  ['0', 0],
  [' 120 ', 120_000],
  ['99999999999', 99_999_999_999_000],
  ['Wed, 21 Oct 2026 07:28:05 GMT', 5_000],
  ['Wednesday, 21-Oct-26 07:28:05 GMT', 5_000],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j is read as %j ms', (header, expected) => {
  expect(parseRetryAfter(header, nowMs)).toBe(expected);
});

test('the wait doubles up to its cap, is jittered down to nothing, and comes after what the source asked for', () => {
  const longest = (retry: number, retryAfterMs?: number) => backoffMs(retry, { random: () => 1, retryAfterMs });
  expect([0, 1, 2, 3].map((retry) => longest(retry))).toEqual([100, 200, 400, 800]);
  expect(longest(40)).toBe(10_000);
  expect(backoffMs(40, { random: () => 0 })).toBe(0);
  expect(longest(0, 5_000)).toBe(5_100);
  expect(longest(0, 9e15)).toBe(30_100);
});
