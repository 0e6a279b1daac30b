import { assignValues, type ChunkRef, type ColumnProfile, type RowBatch, rejectRows } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addHash,
  createDistinctSketch,
  foldDistinct,
  mergeDistinct,
  packDistinct,
  unpackDistinct,
} from '../../src/profile/distinct-sketch.ts';
import {
  columnProfiles,
  mergeProfiles,
  type ProfileSketch,
  profileReducer,
  profilesOf,
} from '../../src/profile/index.ts';
import { detailOf } from '../../src/profile/sketch-detail.ts';
import { batchOf } from '../helpers.ts';

const chunk = { source: { dialect: { delimiter: ',', quote: '"', newline: 'lf' } } } as ChunkRef;

const sketchOf = (batches: readonly RowBatch<unknown>[], values: 'show' | 'hide' = 'show'): ProfileSketch => {
  const gather = columnProfiles({ values }).start(chunk);
  for (const batch of batches) gather.add(batch);
  // As a result carries it.
  return JSON.parse(JSON.stringify(gather.finish())) as ProfileSketch;
};
const columnOf = (values: readonly string[]): RowBatch<unknown> =>
  batchOf(
    ['v'],
    values.map((value) => [value]),
  );
const profile = (values: readonly string[]): ColumnProfile => profilesOf(sketchOf([columnOf(values)]))[0]!;

const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', 'DE', 'FR', '2024-02-29', '2023-02-29', 'true', 'a@b.de', '12:30', '007'),
  },
  fc.integer().map(String),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((number) => number.toFixed(2)),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.toWellFormed()),
  fc.nat(2000).map((n) => `id-${n}`),
);
const values = fc.array(value, { maxLength: 1500, size: 'max' });

/** A split of a list at some places. */
const split = <T>(all: readonly T[], places: readonly number[]): T[][] => {
  const cuts = [0, ...places.map((place) => place % (all.length + 1)).sort((a, b) => a - b), all.length];
  return cuts.slice(1).map((cut, i) => all.slice(cuts[i], cut));
};

const tally = (all: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
};
const cut = (text: string): string => [...text].slice(0, 64).join('');

describe('what chunks say together', () => {
  test('is what all rows say in one, however they are split', () => {
    fc.assert(
      fc.property(
        values,
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.constantFrom('show', 'hide'),
        (all, places, show) => {
          const whole = profilesOf(sketchOf([columnOf(all)], show))[0];
          const parts = split(all, places).map((part) => sketchOf([columnOf(part)], show));
          let sum = profileReducer.initial();
          for (const part of parts) sum = profileReducer.add(sum, part, undefined as never);
          const together = profileReducer.finish!(sum)[0];
          if (whole === undefined || together === undefined) return void expect(together).toEqual(whole);
          const { top: _, patterns: __, numbers, ...exact } = whole;
          expect(together).toMatchObject(exact);
          if (numbers === undefined) return void expect(together.numbers).toBe(undefined);
          const { mean, standardDeviation, ...counted } = numbers;
          expect(together.numbers).toMatchObject(counted);
          expect(together.numbers!.mean).toBeCloseTo(mean, 3);
          return void expect(together.numbers!.standardDeviation / (standardDeviation || 1)).toBeCloseTo(
            standardDeviation === 0 ? 0 : 1,
            6,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('counts the most frequent values from below, by no less than one in 65 of all', () => {
    fc.assert(
      fc.property(values, fc.array(fc.nat(), { maxLength: 4 }), (all, places) => {
        const parts = split(all, places).map((part) => sketchOf([columnOf(part)]));
        const [told] = profilesOf(parts.reduce(mergeProfiles));
        const counts = tally(all.filter((one) => one !== '').map(cut));
        const most = all.length / 65;
        for (const { value: text, count } of told?.top ?? []) {
          expect(count).toBeLessThanOrEqual(counts.get(text)!);
          expect(count).toBeGreaterThanOrEqual(counts.get(text)! - most);
        }
        const frequent = [...counts].filter(([, count]) => count > Math.max(most * 2, all.length / 8));
        for (const [text] of frequent) expect(told?.top?.map((item) => item.value)).toContain(text);
      }),
      { numRuns: 60 },
    );
  });
});

test('exact fields are those of a count by hand', () => {
  fc.assert(
    fc.property(values, (all) => {
      if (all.length === 0) return;
      const told = profile(all);
      const filled = all.filter((one) => one !== '');
      expect(told).toMatchObject({ count: all.length, empty: all.length - filled.length });
      expect(Object.values(told.kinds).reduce((sum, count) => sum + count, 0)).toBe(filled.length);
      if (filled.length === 0) return void expect(told).not.toHaveProperty('range');
      const lengths = filled.map((one) => [...one].length);
      expect(told.length).toMatchObject({ min: Math.min(...lengths), max: Math.max(...lengths) });
      const ordered = [...filled].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      return void expect(told.range).toEqual({ min: cut(ordered[0]!), max: cut(ordered.at(-1)!) });
    }),
    { numRuns: 60 },
  );
});

test('few different values are counted exactly, many within 7 %', () => {
  for (const different of [0, 1, 64])
    expect(profile(Array.from({ length: 300 }, (_, i) => (different === 0 ? '' : `v${i % different}`))).distinct).toBe(
      different,
    );
  for (const different of [65, 500, 5_000, 40_000]) {
    const { distinct } = profile(Array.from({ length: different * 2 }, (_, i) => `value ${i % different}`));
    expect(Math.abs(distinct - different) / different).toBeLessThan(0.07);
  }
});

test('kinds and formats are told by what a value looks like', () => {
  const kindsOf = (...texts: string[]) => profile(texts).kinds;
  expect(kindsOf('0', '-7', '42')).toEqual({ integer: 3 });
  expect(kindsOf('0.5', '-.5', '1e5', '10.00')).toEqual({ number: 4 });
  expect(kindsOf('007', '9007199254740993', '1.', '+1', '0x1F', '1,5', '5-3', 'NaN')).toEqual({ text: 8 });
  expect(kindsOf('true', 'False', 'TRUE', 'yes')).toEqual({ boolean: 3, text: 1 });
  expect(kindsOf('2024-02-29', '2023-02-29', '2024-1-1')).toEqual({ date: 1, text: 2 });
  expect(kindsOf('12:30', '23:59:59.5Z', '25:00')).toEqual({ time: 2, text: 1 });
  expect(kindsOf('2024-01-01T00:00:00Z', '2024-01-01 12:30', '2024-13-01T00:00:00Z')).toEqual({
    'date-time': 2,
    text: 1,
  });
  expect(
    profile(['a@b.de', 'a@b', '123e4567-e89b-12d3-a456-426614174000', '2024-01-01T00:00:00+01:00']).formats,
  ).toEqual({
    email: 1,
    uuid: 1,
    'date-time': 1,
  });
});

test('numbers are those that JavaScript reads, however they are written', () => {
  const digits = fc.stringMatching(/^-?[0-9]{0,18}(\.[0-9]{0,18})?([eE][-+]?[0-9]{1,2})?$/);
  fc.assert(
    fc.property(digits, (text) => {
      const told = profile([text]);
      if (told.numbers === undefined) return;
      expect(told.numbers.min).toBe(Number(text) + 0);
      expect(told.kinds).toEqual(/[.eE]/.test(text) ? { number: 1 } : { integer: 1 });
      expect(text).toMatch(/^-?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][-+]?[0-9]+)?$/);
    }),
    { numRuns: 1000 },
  );
});

test('shapes stand for values, and signs that could be mistaken are escaped', () => {
  expect(profile(['AB-12', 'AB-345', 'x+1', 'Grüße', 'é'.repeat(3), '']).patterns).toEqual([
    { pattern: 'A+-9+', count: 2 },
    { pattern: 'Aa+', count: 1 },
    { pattern: 'a+', count: 1 },
    { pattern: 'a\\+9', count: 1 },
  ]);
});

test('numbers are told with mean, spread and bins', () => {
  const { numbers } = profile(Array.from({ length: 1001 }, (_, i) => String(i - 500)));
  expect(numbers).toMatchObject({ count: 1001, min: -500, max: 500, mean: 0 });
  expect(numbers!.standardDeviation).toBeCloseTo(288.96, 1);
  expect(numbers!.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(1001);
  expect(numbers!.histogram.every(({ from, to }, i, all) => from < to && (i === 0 || all[i - 1]!.to === from))).toBe(
    true,
  );
  for (const { share, value: at } of numbers!.quantiles!) expect(Math.abs(at - (share * 1000 - 500))).toBeLessThan(20);
});

test('values that are hidden are nowhere, not even as hashes', () => {
  const sketch = sketchOf([columnOf(['secret-a', 'secret-b', 'secret-a'])], 'hide');
  expect(JSON.stringify(sketch)).not.toMatch(/secret|hash/);
  const [told] = profilesOf(sketch);
  expect(told).toMatchObject({ count: 3, distinct: 2, patterns: [{ pattern: 'a+-a', count: 3 }] });
  expect(told).not.toHaveProperty('top');
  expect(told).not.toHaveProperty('range');
});

test('rows are told as they are written: assigned values count, rejected rows do not', () => {
  const batch = batchOf(
    ['id', 'note'],
    [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ],
  );
  const assigned = assignValues(batch, [{ note: 'x', tier: 'gold' }, undefined, { tier: null }]);
  const issue = { code: 'RULE_CUSTOM', rule: 'r', message: 'm', severity: 'error' } as const;
  const first = batchOf(['id', 'note'], [['9', '']]);
  const kept = rejectRows(assigned, (index) => (index === 1 ? [issue] : undefined));
  const told = profilesOf(sketchOf([first, kept]));
  expect(told.map(({ name, count, empty }) => [name, count, empty])).toEqual([
    ['id', 3, 0],
    ['note', 3, 1],
    ['tier', 3, 2],
  ]);
  expect(told[1]!.top!.map((item) => item.value)).toEqual(['c', 'x']);
});

test('a column that only some chunks have is empty in the others', () => {
  const told = profilesOf(
    mergeProfiles(sketchOf([batchOf(['a'], [['1']])]), sketchOf([batchOf(['b'], [['2'], ['3']])])),
  );
  expect(told.map(({ name, count, empty }) => [name, count, empty])).toEqual([
    ['a', 3, 2],
    ['b', 3, 1],
  ]);
});

describe('the columns of the output', () => {
  const batch = assignValues(
    batchOf(
      ['id', 'note', 'secret'],
      [
        ['1', 'a', 'x'],
        ['2', 'b', 'y'],
      ],
    ),
    [{ tier: 'gold', inner: 1 }, undefined],
  );
  const written = {
    columns: [
      { from: 'tier', to: 'level' },
      { from: 'id', to: 'id' },
      { from: 'id', to: 'again' },
      { from: 'note', to: 'secret' },
      { from: 'late', to: 'late' },
    ],
  };
  const toldOf = (columns?: readonly string[]) => {
    const gather = columnProfiles(columns === undefined ? {} : { columns }).start(chunk, written);
    gather.add(batch);
    return profilesOf(gather.finish()).map(({ name, top }) => [name, ...top!.map((item) => item.value)]);
  };

  test('are told by the names that they have there; what stages drop is not', () => {
    expect(toldOf()).toEqual([['level', 'gold'], ['id', '1', '2'], ['secret', 'a', 'b'], ['late']]);
  });

  test('can be chosen, and so can one that is dropped, if no other has its name', () => {
    expect(toldOf(['level', 'inner', 'secret'])).toEqual([
      ['level', 'gold'],
      ['secret', 'a', 'b'],
      ['inner', '1'],
    ]);
  });
});

describe('where there are many columns', () => {
  /** A file whose first column is told, beside others that make it wide. */
  const wide = (all: readonly string[], columns: number): RowBatch<unknown> => {
    const names = Array.from({ length: columns }, (_, i) => `c${i}`);
    const rest = new Array<string>(columns - 1).fill('');
    return batchOf(
      names,
      all.map((one) => [one, ...rest]),
    );
  };
  const columns = fc.constantFrom(33, 65, 129, 300);
  const many = fc.array(value, { minLength: 1, maxLength: 400 });

  test('parts still say what the whole says, and counts fall short by no more than one in values + 1', () => {
    fc.assert(
      fc.property(many, columns, fc.array(fc.nat(), { maxLength: 3 }), (all, width, places) => {
        const [whole] = profilesOf(sketchOf([wide(all, width)]));
        const parts = split(all, places).map((part) => sketchOf([wide(part, width)]));
        const [together] = profilesOf(parts.reduce(mergeProfiles));
        const { top: _, patterns: __, numbers, ...exact } = whole!;
        expect(together).toMatchObject(exact);
        expect(together!.numbers?.quantiles).toEqual(numbers?.quantiles);
        const counts = tally(all.filter((one) => one !== '').map(cut));
        const most = all.length / (detailOf(width).values + 1);
        for (const { value: text, count } of together!.top ?? []) {
          expect(count).toBeLessThanOrEqual(counts.get(text)!);
          expect(count).toBeGreaterThanOrEqual(counts.get(text)! - most);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('different values are counted as exactly as the groups allow', () => {
    for (const width of [33, 65, 129, 300])
      for (const different of [10, 100, 3_000]) {
        const { groups, values: exactly } = detailOf(width);
        const all = Array.from({ length: different }, (_, i) => `value ${i}`);
        const { distinct } = profilesOf(sketchOf([wide(all, width)]))[0]!;
        const off = Math.abs(distinct - different) / different;
        if (different <= exactly) expect(off).toBe(0);
        else expect(off).toBeLessThan((3 * 1.04) / Math.sqrt(groups));
      }
  });

  test('a quantile is off by a bucket, which is the wider the more sizes there are', () => {
    fc.assert(
      fc.property(
        columns,
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.double({ min: 1, max: 2, noNaN: true, maxExcluded: true }), { minLength: 5, maxLength: 150 }),
        (width, octaves, fractions) => {
          const numbers = fractions.map((one, i) => one * 2 ** (i % (octaves + 1)));
          const { quantiles } = profilesOf(sketchOf([wide(numbers.map(String), width)]))[0]!.numbers!;
          const bits = Math.min(5, Math.floor(Math.log2(detailOf(width).buckets / (octaves + 1))));
          const ordered = numbers.toSorted((a, b) => a - b);
          for (const { share, value: at } of quantiles!) {
            const real = ordered[Math.ceil(share * ordered.length) - 1]!;
            expect(Math.abs(at - real)).toBeLessThanOrEqual(real * 2 ** -bits);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a sketch with fewer groups is that of the same values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { maxLength: 3000, size: 'max' }),
        fc.constantFrom(256, 1024),
        (hashes, groups) => {
          const [one, two, all] = [createDistinctSketch(), createDistinctSketch(), createDistinctSketch()];
          hashes.forEach((hash, i) => {
            addHash(all, hash);
            addHash(i % 2 === 0 ? one : two, hash);
          });
          const folded = foldDistinct(all, groups);
          expect(mergeDistinct(foldDistinct(one, groups), two)).toEqual(folded);
          expect(unpackDistinct(packDistinct(folded))).toEqual(folded);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('all of them together stay small, whatever they hold', () => {
    for (const [width, most] of [
      [200, 500],
      [500, 1_150],
    ] as const) {
      const names = Array.from({ length: width }, (_, i) => `column number ${i}`);
      const rows = Array.from({ length: 300 }, (_, row) =>
        names.map((_, i) =>
          i % 3 === 0
            ? String((row % 29) ** (i % 17))
            : i % 3 === 1
              ? `${row % 37} ${'some text of its own '.repeat(row % 5)}${i}`
              : `state ${row % (i + 1)}`,
        ),
      );
      expect(JSON.stringify(sketchOf([batchOf(names, rows)])).length / 1024).toBeLessThan(most);
    }
  });
});

test('what a chunk says of a column has a size that does not grow with its rows', () => {
  const rows = Array.from(
    { length: 30_000 },
    (_, i) => `${(i * 7919) % 30_000}.${i % 97} some text ${'x'.repeat(i % 50)}`,
  );
  expect(JSON.stringify(sketchOf([columnOf(rows)])).length).toBeLessThan(20_000);
  expect(JSON.stringify(sketchOf([columnOf(rows.map((_, i) => String((i * 7919) / 100)))])).length).toBeLessThan(
    20_000,
  );
});

test('wrong options are refused', () => {
  expect(() => columnProfiles({ values: 'some' as 'show' })).toThrow(/CONFIG_INVALID.*values/);
  expect(() => columnProfiles({ columns: 'id' as never })).toThrow(/CONFIG_INVALID.*columns/);
});
