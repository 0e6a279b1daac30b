import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFirstRows } from '../../src/unique/first-rows.ts';

// Few values, so that hashes meet in some words and differ in others, and places collide.
const word = fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1);
const hash = fc.tuple(word, word, word, word);

test('remembers what a Map remembers, also when it is used again', () => {
  fc.assert(
    fc.property(fc.array(fc.array(hash, { maxLength: 200 }), { maxLength: 3 }), (rounds) => {
      const table = createFirstRows();
      for (const hashes of rounds) {
        table.clear();
        const map = new Map<string, number>();
        for (const [at, [a, b, c, d]] of hashes.entries()) {
          const key = [a, b, c, d].join();
          expect(table.firstOf(a, b, c, d, at + 1)).toBe(map.get(key));
          if (!map.has(key)) map.set(key, at + 1);
        }
      }
    }),
  );
});

test('grows, forgets nothing, and takes 24 bytes a slot', () => {
  const table = createFirstRows();
  const before = table.bytes;
  // The place is taken from the last word: here all of them begin in one of 16.
  for (let row = 1; row <= 5000; row++) expect(table.firstOf(row, 7, 7, row % 16, row)).toBeUndefined();
  for (let row = 1; row <= 5000; row++) expect(table.firstOf(row, 7, 7, row % 16, 9e9)).toBe(row);
  expect([before, table.bytes]).toEqual([1024 * 24, 8192 * 24]);
});

test('rows of far places keep their numbers', () => {
  const table = createFirstRows();
  table.firstOf(1, 2, 3, 4, 2 ** 52 + 1);
  expect(table.firstOf(1, 2, 3, 4, 5)).toBe(2 ** 52 + 1);
});
