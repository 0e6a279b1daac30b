import { assignValues, createRowBatch } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { keysOf } from '../../src/unique/key-of-row.ts';
import { rawRecords } from '../helpers.ts';

const meaning = { columns: ['a'], compare: 'typed', ignoreCase: false, emptyKeys: 'skip' } as const;

/** Keys of typed rows of one column; a row each. */
const keys = (values: readonly unknown[], over: Partial<{ compare: 'text' | 'typed'; emptyKeys: 'compare' }> = {}) => {
  const records = rawRecords(
    ['a'],
    values.map((_, row) => [`source ${row}`]),
  );
  const positions = values.map((_, row) => row);
  const batch = createRowBatch(records, positions);
  // As stages make them: the typed view, and what the writer gets.
  const assigned = assignValues(
    batch,
    values.map((a) => ({ a })),
  );
  const of = keysOf(assigned, { ...meaning, ...over });
  return positions.map((index) => of(index));
};

describe('typed keys', () => {
  test('are the same for the same value, however it is held', () => {
    const [number, bigint, minus, zero] = keys([7, 7n, -0, 0]);
    expect(number).toBe(bigint);
    expect(minus).toBe(zero);
  });

  test('are told apart by type', () => {
    const all = keys([
      '7',
      7,
      true,
      new Date('2024-02-29T00:00:00Z'),
      '2024-02-29T00:00:00.000Z',
      { b: 1, a: [2] },
      'true',
    ]);
    expect(new Set(all).size).toBe(all.length);
  });

  test('are those of objects whatever the order of their members', () => {
    const [one, other] = keys([
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]);
    expect(one).toBe(other);
  });

  test('are none where there is no value, unless that counts as one', () => {
    expect(keys([null, undefined, ''])).toEqual([undefined, undefined, undefined]);
    expect(keys([null, ''], { emptyKeys: 'compare' })).toEqual(['', '']);
  });
});

test('keys by text are what stages assigned, as it is written, else the text of the source', () => {
  const date = new Date('2024-02-29T12:00:00Z');
  expect(keys([1.5, date, { b: 1, a: 2 }, undefined, null], { compare: 'text' })).toEqual([
    '1.5',
    date.toISOString(),
    '{"a":2,"b":1}',
    'source 3',
    undefined,
  ]);
});
