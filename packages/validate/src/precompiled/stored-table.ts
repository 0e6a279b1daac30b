import type { PatternTable } from '../patterns/run-program.ts';

/** A table as it is written into a module: characters that lead to the same states everywhere are of one class. */
export interface StoredTable {
  readonly start: number;
  /** 1 for states at which a text that ends there matches. */
  readonly matches: readonly number[];
  /** Of each ASCII character. */
  readonly classes: readonly number[];
  /** For each state, where each class leads. */
  readonly steps: readonly (readonly number[])[];
}

export const storeTable = ({ start, matches, steps }: PatternTable): StoredTable => {
  const states = [...matches.keys()];
  const known = new Map<string, number>();
  const columns: (readonly number[])[] = [];
  const classes = Array.from({ length: 128 }, (_, code) => {
    const column = states.map((state) => steps[state * 128 + code]!);
    const key = column.join();
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, columns.length);
    return columns.push(column) - 1;
  });
  return {
    start,
    matches: [...matches],
    classes,
    steps: states.map((state) => columns.map((column) => column[state]!)),
  };
};

export const loadTable = ({ start, matches, classes, steps }: StoredTable): PatternTable => {
  const all = new Uint16Array(steps.length * 128);
  for (const [state, next] of steps.entries())
    for (let code = 0; code < 128; code++) all[state * 128 + code] = next[classes[code]!]!;
  return { start, matches: Uint8Array.from(matches), steps: all };
};
