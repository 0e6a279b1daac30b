/**
 * Numbers counted by their size: the sign, the exponent and the first bits of the fraction of a double name a bucket. Its
 * numbers differ by at most 1 / 2^bits of their size, and the buckets of parts merge to those of the whole.
 */
export interface SizeBuckets {
  /** Bits of the fraction that tell buckets apart; fewer, once there are too many buckets. */
  bits: number;
  readonly counts: Map<number, number>;
}

const mostBits = 5;
const mostBuckets = 256;
const fractionBits = 20;

const view = new DataView(new ArrayBuffer(8));

export const createBuckets = (bits = mostBits): SizeBuckets => ({ bits, counts: new Map() });

/** Counts a number so many times. */
export const addToBuckets = (buckets: SizeBuckets, value: number, count: number): void => {
  view.setFloat64(0, value === 0 ? 0 : value);
  const key = view.getInt32(0) >> (fractionBits - buckets.bits);
  buckets.counts.set(key, (buckets.counts.get(key) ?? 0) + count);
  limitBuckets(buckets, mostBuckets);
};

/** Adds the numbers of other buckets. */
export const mergeBuckets = (buckets: SizeBuckets, other: SizeBuckets): void => {
  blur(buckets, other.bits);
  for (const [key, count] of other.counts) {
    const own = key >> (other.bits - buckets.bits);
    buckets.counts.set(own, (buckets.counts.get(own) ?? 0) + count);
  }
  limitBuckets(buckets, mostBuckets);
};

/** At most so many buckets, the wider for it. */
export const limitBuckets = (buckets: SizeBuckets, most: number): void => {
  while (buckets.counts.size > most && buckets.bits > 0) blur(buckets, buckets.bits - 1);
};

const blur = (buckets: SizeBuckets, bits: number): void => {
  if (bits >= buckets.bits) return;
  const before = [...buckets.counts];
  buckets.counts.clear();
  for (const [key, count] of before) {
    const wider = key >> (buckets.bits - bits);
    buckets.counts.set(wider, (buckets.counts.get(wider) ?? 0) + count);
  }
  buckets.bits = bits;
};

/** The two ends of a bucket, the smaller one first. */
const endsOf = (key: number, bits: number): readonly [number, number] => {
  const shift = fractionBits - bits;
  view.setInt32(4, 0);
  view.setInt32(0, key << shift);
  const near = view.getFloat64(0);
  view.setInt32(0, (key + 1) << shift);
  const far = view.getFloat64(0);
  return near < far ? [near, far] : [far, near];
};

/**
 * The value below which a share of the numbers lies, `[0, 1]`: off by no more than its bucket is wide.
 *
 * @param range - the smallest and the largest number
 */
export const quantileOf = (
  { bits, counts }: SizeBuckets,
  share: number,
  range: { readonly min: number; readonly max: number },
): number => {
  const ordered = [...counts].map(([key, count]) => ({ ends: endsOf(key, bits), count }));
  ordered.sort((a, b) => a.ends[0] - b.ends[0]);
  const total = ordered.reduce((sum, { count }) => sum + count, 0);
  let before = 0;
  for (const { ends, count } of ordered) {
    if (before + count >= share * total) {
      const from = Math.max(ends[0], range.min);
      const to = Math.min(ends[1], range.max);
      return from + (to - from) * Math.min(1, Math.max(0, (share * total - before) / count));
    }
    before += count;
  }
  return range.max;
};
