/** Chance that a seed repeats. */
export interface Random {
  /** Uniform in `[0, 1)`. */
  next(): number;
  chance(probability: number): boolean;
  /** A whole number in `[from, to]`. */
  whole(from: number, to: number): number;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32, 32 bits of state: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (from) => from[whole(0, from.length - 1)]!,
  };
};
