/**
 * How many different hashes were seen, by HyperLogLog: the longest run of leading zeros in each of 2,048 groups of hashes,
 * whose standard error is 1.04 / √2048 = 2.3 %. Sketches of parts merge to the sketch of the whole.
 * http://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf
 */
export type DistinctSketch = Uint8Array;

const indexBits = 11;
const groups = 1 << indexBits;

export const createDistinctSketch = (): DistinctSketch => new Uint8Array(groups);

/** Adds a hash of 32 bits. */
export const addHash = (sketch: DistinctSketch, hash: number): void => {
  const group = hash >>> (32 - indexBits);
  // The bit behind the hash ends a run that it does not.
  const run = Math.clz32((hash << indexBits) | (1 << (indexBits - 1))) + 1;
  if (run > sketch[group]!) sketch[group] = run;
};

/** Adds all that another sketch saw. */
export const addSketch = (sketch: DistinctSketch, other: DistinctSketch): void => {
  for (let group = 0; group < groups; group++) if (other[group]! > sketch[group]!) sketch[group] = other[group]!;
};

const bias = 0.7213 / (1 + 1.079 / groups);
const hashes = 2 ** 32;

/** The estimate, rounded. */
export const distinctOf = (sketch: DistinctSketch): number => {
  let sum = 0;
  let untouched = 0;
  for (const run of sketch) {
    sum += 2 ** -run;
    if (run === 0) untouched++;
  }
  const raw = (bias * groups * groups) / sum;
  // Few hashes leave groups untouched, and many are the same by chance.
  if (raw <= 2.5 * groups && untouched > 0) return Math.round(groups * Math.log(groups / untouched));
  return Math.round(raw <= hashes / 30 ? raw : -hashes * Math.log(1 - Math.min(raw, hashes - 1) / hashes));
};

/** As text: a run fits in six bits, so four of them in three bytes, in base64. */
export const packDistinct = (sketch: DistinctSketch): string => {
  const bytes = Buffer.alloc((groups / 4) * 3);
  for (let group = 0, at = 0; group < groups; group += 4, at += 3)
    bytes.writeUIntBE(
      (sketch[group]! << 18) | (sketch[group + 1]! << 12) | (sketch[group + 2]! << 6) | sketch[group + 3]!,
      at,
      3,
    );
  return bytes.toString('base64');
};

export const unpackDistinct = (text: string): DistinctSketch => {
  const sketch = createDistinctSketch();
  const bytes = Buffer.from(text, 'base64');
  for (let group = 0, at = 0; group < groups && at + 3 <= bytes.length; group += 4, at += 3) {
    const four = bytes.readUIntBE(at, 3);
    for (let i = 0; i < 4; i++) sketch[group + i] = (four >>> (18 - 6 * i)) & 63;
  }
  return sketch;
};
