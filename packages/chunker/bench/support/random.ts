/** Numbers that look random and are the same in every run. Algorithm: mulberry32, public domain. */
export interface Random {
  /** A whole number of `[0, bound)`. */
  below(bound: number): number;
  /** One of them. */
  pick<T>(values: readonly T[]): T;
}

export const createRandom = (seed: number): Random => {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return { below, pick: (values) => values[below(values.length)]! };
};
