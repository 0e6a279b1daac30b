import { type Automaton, createAutomaton, FAILED, MATCHED, START } from './automaton.ts';
import type { PatternProgram } from './program.ts';

/** A regular expression that takes time linear in the text, whatever pattern and text are. */
export interface LinearPattern {
  /** Whether the pattern matches somewhere in the text. */
  test(text: string): boolean;
  /** For the bytes of ASCII text; `undefined` where that takes more than `maxStates` states. */
  table(maxStates: number): PatternTable | undefined;
}

/** The steps of a pattern over ASCII: from state `s`, the byte `b` leads to `steps[s * 128 + b]`. */
export interface PatternTable {
  readonly steps: Uint16Array;
  readonly start: number;
  /** 1 for states at which a text that ends there matches. */
  readonly matches: Uint8Array;
}

/** States that are kept; the rest are made anew when they are reached again. */
const maxKeptStates = 2_000;

/** Makes a program ready to run. */
export const runProgram = (program: PatternProgram): LinearPattern => {
  const automaton = createAutomaton(program);
  return {
    test(text) {
      let state = START;
      for (let at = 0; at < text.length; at++) {
        const codePoint = program.unicode ? text.codePointAt(at)! : text.charCodeAt(at);
        if (codePoint > 0xffff) at++;
        state = automaton.step(state, codePoint);
        if (state === MATCHED) return true;
        if (state === FAILED) return false;
        if (automaton.size > maxKeptStates) state = automaton.keepOnly(state);
      }
      return automaton.matchesAt(state);
    },
    table: (maxStates) => patternTable(createAutomaton(program), maxStates),
  };
};

/** Walks all states that ASCII text can lead to. */
const patternTable = (automaton: Automaton, maxStates: number): PatternTable | undefined => {
  const steps: number[] = [];
  for (let state = 0; state < automaton.size; state++) {
    if (automaton.size > maxStates) return undefined;
    for (let code = 0; code < 128; code++) steps.push(automaton.step(state, code));
  }
  const matches = Uint8Array.from({ length: automaton.size }, (_, state) => Number(automaton.matchesAt(state)));
  return { steps: Uint16Array.from(steps), start: START, matches };
};
