/**
 * Numbers counted in bins whose width is a power of two and whose borders are its multiples: exact, and the bins of parts
 * merge to those of the whole, since a wider bin is made of narrower ones.
 */
export interface Bins {
  /** Width of a bin is 2 to this power. */
  exponent: number;
  /** The first bin begins at so many widths. */
  first: number;
  /** From the first bin to the last one. */
  counts: number[];
}

/** So many bins at most; fewer than half as many only where the numbers are alike. */
const mostBins = 32;
/** A bin is not narrower than a number's size divided by 2 to this power. */
const finestBits = 20;
const smallest = 2 ** -460;

const finest = (value: number): number => {
  const size = Math.max(Math.abs(value), smallest);
  return Math.floor(Math.log2(size)) - finestBits;
};

export const binOf = (value: number, count: number): Bins => {
  const exponent = finest(value);
  return { exponent, first: Math.floor(value * 2 ** -exponent), counts: [count] };
};

/** Counts a number so many times. */
export const addToBins = (bins: Bins, value: number, count: number): void => {
  const exponent = finest(value);
  if (exponent > bins.exponent) widen(bins, exponent);
  for (;;) {
    const index = Math.floor(value * 2 ** -bins.exponent) - bins.first;
    if (index >= 0 && index < mostBins) {
      while (bins.counts.length <= index) bins.counts.push(0);
      bins.counts[index]! += count;
      return;
    }
    if (index < 0 && bins.counts.length - index <= mostBins) {
      bins.counts = [...new Array<number>(-index).fill(0), ...bins.counts];
      bins.counts[0] = count;
      bins.first += index;
      return;
    }
    widen(bins, bins.exponent + 1);
  }
};

/** Adds the numbers of other bins. */
export const mergeBins = (bins: Bins, other: Bins): void => {
  const theirs: Bins = { ...other, counts: [...other.counts] };
  widen(bins, theirs.exponent);
  widen(theirs, bins.exponent);
  let first = Math.min(bins.first, theirs.first);
  let end = Math.max(bins.first + bins.counts.length, theirs.first + theirs.counts.length);
  while (end - first > mostBins) {
    for (const each of [bins, theirs]) widen(each, each.exponent + 1);
    first = Math.min(bins.first, theirs.first);
    end = Math.max(bins.first + bins.counts.length, theirs.first + theirs.counts.length);
  }
  const counts = new Array<number>(end - first).fill(0);
  for (const each of [bins, theirs])
    each.counts.forEach((count, i) => {
      counts[each.first - first + i]! += count;
    });
  Object.assign(bins, { first, counts });
};

/** Makes bins wider, up to `exponent`; wider ones stay. */
export const widen = (bins: Bins, exponent: number): void => {
  const steps = exponent - bins.exponent;
  if (steps <= 0) return;
  const first = Math.floor(bins.first * 2 ** -steps);
  const counts: number[] = [];
  bins.counts.forEach((count, i) => {
    const index = Math.floor((bins.first + i) * 2 ** -steps) - first;
    while (counts.length <= index) counts.push(0);
    counts[index]! += count;
  });
  Object.assign(bins, { exponent, first, counts });
};
