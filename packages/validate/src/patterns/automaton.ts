import type { PatternProgram } from './program.ts';

/** What a state says instead of a further state. */
export const MATCHED = 0;
export const FAILED = 1;
/** The state in front of the first character. */
export const START = 2;

const END = -1;
const unknown = -1;

/**
 * A program as a deterministic automaton whose states are made when they are first reached, as in RE2
 * (https://swtch.com/~rsc/regexp/regexp3.html): one step per character whatever the pattern.
 */
export interface Automaton {
  /** The state after one more character. */
  step(state: number, codePoint: number): number;
  /** Whether a text that ends in a state matches. */
  matchesAt(state: number): boolean;
  /** How many states there are so far. */
  readonly size: number;
  /** Forgets all states but START and one, whose new number it answers. */
  keepOnly(state: number): number;
}

interface State {
  /** Nodes that may come next, before those that lead on without a character are followed; ascending. */
  readonly nodes: readonly number[];
  readonly atStart: boolean;
  /** The character before counts for `\b`. */
  readonly afterWord: boolean;
}

/** Characters beyond ASCII whose steps are kept, per automaton. */
const maxKeptSteps = 10_000;

export const createAutomaton = (program: PatternProgram): Automaton => {
  const { nodes, first, accept, anchored, isWord } = program;
  const states: (State | undefined)[] = [undefined, undefined];
  const ids = new Map<string, number>();
  const ascii: Int32Array[] = [new Int32Array(128).fill(MATCHED), new Int32Array(128).fill(FAILED)];
  const ends: (boolean | undefined)[] = [true, false];
  const others = new Map<number, number>();
  const start: State = { nodes: [first], atStart: true, afterWord: false };

  const idOf = (state: State): number => {
    const key = `${state.atStart ? '^' : ''}${state.afterWord ? 'w' : ''}${state.nodes.join()}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = states.push(state) - 1;
      ids.set(key, id);
      ascii.push(new Int32Array(128).fill(unknown));
      ends.push(undefined);
    }
    return id;
  };

  /** All nodes that are reached without a character, given the one that comes next. */
  const reached = (state: State, nextCodePoint: number): Set<number> => {
    const atWord = nextCodePoint !== END && isWord(nextCodePoint);
    const edge = atWord !== state.afterWord;
    const found = new Set<number>(state.nodes);
    for (const id of found) {
      const node = nodes[id]!;
      if (node.consumes !== undefined) continue;
      const goesOn =
        node.holds === undefined ||
        (node.holds === 'start' && state.atStart) ||
        (node.holds === 'end' && nextCodePoint === END) ||
        (node.holds === 'word' && edge) ||
        (node.holds === 'not word' && !edge);
      if (goesOn) for (const next of node.next) found.add(next);
    }
    return found;
  };

  const advance = (state: State, codePoint: number): number => {
    const here = reached(state, codePoint);
    if (here.has(accept)) return MATCHED;
    const next = new Set<number>(anchored ? [] : [first]);
    for (const id of here) {
      const node = nodes[id]!;
      if (node.consumes?.(codePoint) === true) for (const behind of node.next) next.add(behind);
    }
    if (next.size === 0) return FAILED;
    return idOf({ nodes: [...next].sort((a, b) => a - b), atStart: false, afterWord: isWord(codePoint) });
  };

  idOf(start);
  return {
    step(state, codePoint) {
      if (codePoint < 128) {
        const steps = ascii[state]!;
        let next = steps[codePoint]!;
        if (next === unknown) {
          next = advance(states[state]!, codePoint);
          steps[codePoint] = next;
        }
        return next;
      }
      if (state === MATCHED || state === FAILED) return state;
      const key = state * 0x110000 + codePoint;
      let next = others.get(key);
      if (next === undefined) {
        next = advance(states[state]!, codePoint);
        if (others.size >= maxKeptSteps) others.clear();
        others.set(key, next);
      }
      return next;
    },
    matchesAt(state) {
      ends[state] ??= reached(states[state]!, END).has(accept);
      return ends[state];
    },
    get size() {
      return states.length;
    },
    keepOnly(state) {
      const kept = states[state]!;
      for (const table of [states, ascii, ends]) table.length = START;
      ids.clear();
      others.clear();
      idOf(start);
      return idOf(kept);
    },
  };
};
