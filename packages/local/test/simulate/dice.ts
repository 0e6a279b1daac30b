import type { Random } from './random.ts';

/** What may go wrong in one run, and how often. All of it ends with `calm`. */
export interface Dice {
  readonly random: Random;
  /** Whether something of a kind goes wrong now. */
  strikes(kind: 'call' | 'function' | 'lookup' | 'mail'): boolean;
  /** How long a call takes: some milliseconds, at times minutes. */
  latencyMs(): number;
  /** No fault from now on. */
  calm(): void;
}

export const createDice = (random: Random): Dice => {
  let stormy = true;
  const rates = {
    call: random.pick([0, 0.002, 0.01, 0.03]),
    function: random.pick([0, 0.05, 0.15, 0.3]),
    lookup: random.pick([0, 0.02, 0.1]),
    mail: random.pick([0, 0.2, 0.5]),
  };
  const slow = random.pick([0, 0.001, 0.01]);
  return {
    random,
    strikes: (kind) => stormy && random.chance(rates[kind]),
    latencyMs: () => (stormy && random.chance(slow) ? random.whole(5_000, 1_500_000) : random.whole(1, 60)),
    calm: () => {
      stormy = false;
    },
  };
};
