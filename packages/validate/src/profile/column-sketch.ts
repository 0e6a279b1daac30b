import type { ColumnProfile, ValueFormat, ValueKind } from '@pipeline/core';
import {
  addHash,
  createDistinctSketch,
  distinctOf,
  foldDistinct,
  mergeDistinct,
  packDistinct,
  unpackDistinct,
} from './distinct-sketch.ts';
import { type Frequent, mergeFrequent, shorten } from './frequent.ts';
import {
  mergeNumbers,
  narrowNumbers,
  numberProfile,
  type PackedNumbers,
  packNumbers,
  unpackNumbers,
} from './number-sketch.ts';
import { fullDetail, type SketchDetail } from './sketch-detail.ts';

/** A frequent value: its hash, and its text cut to 64 characters. */
export interface FrequentValue {
  readonly hash: number;
  readonly text: string;
  readonly count: number;
}

/** What a chunk says of one column: JSON, in constant size, and mergeable. */
export interface ColumnSketch {
  readonly name: string;
  readonly count: number;
  readonly empty: number;
  readonly kinds: Readonly<Partial<Record<ValueKind, number>>>;
  readonly formats: Readonly<Partial<Record<ValueFormat, number>>>;
  readonly ascii: number;
  readonly range?: { readonly min: string; readonly max: string };
  readonly length?: { readonly min: number; readonly max: number; readonly sum: number };
  readonly numbers?: PackedNumbers;
  /** Absent where values are not to be told. */
  readonly values?: Frequent<FrequentValue>;
  /** See `packDistinct`; absent where `values` has all values. */
  readonly distinct?: string;
  readonly patterns: Frequent<{ readonly pattern: string; readonly count: number }>;
}

const addCounts = <K extends string>(a: Partial<Record<K, number>>, b: Partial<Record<K, number>>) => {
  const sum: Partial<Record<K, number>> = { ...a };
  for (const [key, count] of Object.entries(b) as [K, number][]) sum[key] = (sum[key] ?? 0) + count;
  return sum;
};

/** By code points, which is the order of UTF-8; JavaScript compares UTF-16. */
const isBefore = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

const both = <T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T): T | undefined =>
  a === undefined || b === undefined ? (a ?? b) : join(a, b);

/** What two parts of a column say together; it does not matter how they were cut. */
export const mergeSketches = (a: ColumnSketch, b: ColumnSketch): ColumnSketch => {
  const range = both(a.range, b.range, (x, y) => ({
    min: isBefore(y.min, x.min) ? y.min : x.min,
    max: isBefore(x.max, y.max) ? y.max : x.max,
  }));
  const length = both(a.length, b.length, (x, y) => ({
    min: Math.min(x.min, y.min),
    max: Math.max(x.max, y.max),
    sum: x.sum + y.sum,
  }));
  const numbers = both(a.numbers, b.numbers, (x, y) => {
    const sum = unpackNumbers(x);
    mergeNumbers(sum, unpackNumbers(y));
    return packNumbers(sum);
  });
  const values =
    a.values === undefined || b.values === undefined
      ? undefined
      : mergeFrequent(a.values, b.values, { most: fullDetail.values, keyOf: ({ hash, text }) => `${hash} ${text}` });
  const distinct = values?.lost === 0 ? undefined : packDistinct(hashesOf(a, b));
  return {
    name: a.name,
    count: a.count + b.count,
    empty: a.empty + b.empty,
    kinds: addCounts(a.kinds, b.kinds),
    formats: addCounts(a.formats, b.formats),
    ascii: a.ascii + b.ascii,
    ...(range === undefined ? {} : { range }),
    ...(length === undefined ? {} : { length }),
    ...(numbers === undefined ? {} : { numbers }),
    ...(values === undefined ? {} : { values }),
    ...(distinct === undefined ? {} : { distinct }),
    patterns: mergeFrequent(a.patterns, b.patterns, { most: fullDetail.patterns, keyOf: ({ pattern }) => pattern }),
  };
};

const hashesOf = (...sketches: readonly ColumnSketch[]) =>
  sketches
    .map(({ distinct, values }) => {
      if (distinct !== undefined) return unpackDistinct(distinct);
      const all = createDistinctSketch();
      for (const { hash } of values?.items ?? []) addHash(all, hash);
      return all;
    })
    .reduce(mergeDistinct);

/** The same with less detail, as if it had never had more. */
export const narrowSketch = (sketch: ColumnSketch, detail: SketchDetail): ColumnSketch => {
  const { numbers, distinct: _, ...rest } = sketch;
  const values = sketch.values === undefined ? undefined : shorten(sketch.values, detail.values);
  return {
    ...rest,
    ...(numbers === undefined ? {} : { numbers: narrowNumbers(numbers, detail.buckets) }),
    ...(values === undefined ? {} : { values }),
    ...(values?.lost === 0 ? {} : { distinct: packDistinct(foldDistinct(hashesOf(sketch), detail.groups)) }),
    patterns: shorten(sketch.patterns, detail.patterns),
  };
};

/** A column of rows that have no such column: all of it is empty. */
export const emptySketch = (name: string, rows: number, hidden: boolean): ColumnSketch => ({
  name,
  count: rows,
  empty: rows,
  kinds: {},
  formats: {},
  ascii: 0,
  ...(hidden ? { distinct: packDistinct(createDistinctSketch()) } : { values: { items: [], lost: 0 } }),
  patterns: { items: [], lost: 0 },
});

const mostTold = 10;

const top = <Item extends { readonly count: number }>(items: readonly Item[], textOf: (item: Item) => string): Item[] =>
  [...items].sort((a, b) => b.count - a.count || (isBefore(textOf(a), textOf(b)) ? -1 : 1)).slice(0, mostTold);

/** What people are told of a column. */
export const profileOf = (sketch: ColumnSketch): ColumnProfile => {
  const { name, count, empty, kinds, formats, ascii, range, length, numbers, values, distinct, patterns } = sketch;
  const filled = count - empty;
  const whole = (kinds.number ?? 0) === 0;
  return {
    name,
    count,
    empty,
    distinct:
      distinct === undefined ? (values?.items.length ?? 0) : Math.min(filled, distinctOf(unpackDistinct(distinct))),
    kinds,
    ...(Object.keys(formats).length === 0 ? {} : { formats }),
    ascii,
    ...(range === undefined ? {} : { range }),
    ...(length === undefined ? {} : { length: { min: length.min, max: length.max, mean: length.sum / filled } }),
    ...(numbers === undefined ? {} : { numbers: numberProfile(unpackNumbers(numbers), whole) }),
    ...(values === undefined
      ? {}
      : { top: top(values.items, ({ text }) => text).map((item) => ({ value: item.text, count: item.count })) }),
    patterns: top(patterns.items, ({ pattern }) => pattern),
  };
};
