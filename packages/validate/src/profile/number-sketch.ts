import type { NumberProfile } from '@pipeline/core';
import { addToBins, type Bins, binOf, mergeBins, widen } from './bins.ts';
import { addToBuckets, createBuckets, limitBuckets, mergeBuckets, quantileOf, type SizeBuckets } from './quantiles.ts';

/** What is kept of numbers; everything but `mean` and `squares`, which are rounded, is exact however they are split. */
export interface NumberSketch {
  count: number;
  min: number;
  max: number;
  mean: number;
  /** Sum of the squared distances from the mean. */
  squares: number;
  readonly bins: Bins;
  readonly buckets: SizeBuckets;
}

/** The same as JSON. */
export interface PackedNumbers extends Omit<NumberSketch, 'buckets'> {
  readonly buckets: { readonly bits: number; readonly counts: readonly (readonly [number, number])[] };
}

/** No column of measurements has larger ones, and their squares still have a sum. */
export const largestNumber = 1e140;

/** A sketch of one number, seen so many times. */
export const startNumbers = (value: number, count: number): NumberSketch => {
  const buckets = createBuckets();
  addToBuckets(buckets, value, count);
  return { count, min: value, max: value, mean: value, squares: 0, bins: binOf(value, count), buckets };
};

/** Adds a number so many times. */
export const addNumber = (sketch: NumberSketch, value: number, count: number): void => {
  // Welford's way, which loses no digits: https://doi.org/10.1080/00401706.1962.10490022
  const distance = value - sketch.mean;
  sketch.count += count;
  sketch.mean += (distance * count) / sketch.count;
  sketch.squares += count * distance * (value - sketch.mean);
  if (value < sketch.min) sketch.min = value;
  if (value > sketch.max) sketch.max = value;
  addToBins(sketch.bins, value, count);
  addToBuckets(sketch.buckets, value, count);
};

/** Adds the numbers of another part. */
export const mergeNumbers = (sketch: NumberSketch, other: NumberSketch): void => {
  const count = sketch.count + other.count;
  const distance = other.mean - sketch.mean;
  sketch.squares += other.squares + (distance * distance * sketch.count * other.count) / count;
  sketch.mean += (distance * other.count) / count;
  sketch.count = count;
  sketch.min = Math.min(sketch.min, other.min);
  sketch.max = Math.max(sketch.max, other.max);
  mergeBins(sketch.bins, other.bins);
  mergeBuckets(sketch.buckets, other.buckets);
};

export const packNumbers = (sketch: NumberSketch): PackedNumbers => ({
  ...sketch,
  bins: { ...sketch.bins, counts: [...sketch.bins.counts] },
  buckets: { bits: sketch.buckets.bits, counts: [...sketch.buckets.counts] },
});

export const unpackNumbers = (packed: PackedNumbers): NumberSketch => ({
  ...packed,
  bins: { ...packed.bins, counts: [...packed.bins.counts] },
  buckets: { bits: packed.buckets.bits, counts: new Map(packed.buckets.counts) },
});

/** The same with at most so many buckets. */
export const narrowNumbers = (packed: PackedNumbers, buckets: number): PackedNumbers => {
  if (packed.buckets.counts.length <= buckets) return packed;
  const sketch = unpackNumbers(packed);
  limitBuckets(sketch.buckets, buckets);
  return packNumbers(sketch);
};

const shares = [0.05, 0.25, 0.5, 0.75, 0.95];

/** @param whole - all of them are integers */
export const numberProfile = (sketch: NumberSketch, whole: boolean): NumberProfile => {
  const { count, min, max, mean, squares, buckets } = sketch;
  const bins: Bins = { ...sketch.bins };
  if (whole) widen(bins, 0);
  const width = 2 ** bins.exponent;
  const histogram =
    min === max
      ? [{ from: min, to: max, count }]
      : bins.counts.map((inside, i) => ({
          from: (bins.first + i) * width,
          to: (bins.first + i + 1) * width,
          count: inside,
        }));
  return {
    count,
    min,
    max,
    mean,
    standardDeviation: Math.sqrt(Math.max(0, squares) / count),
    histogram,
    quantiles: shares.map((share) => ({ share, value: quantileOf(buckets, share, { min, max }) })),
  };
};
