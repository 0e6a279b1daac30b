import { FAILED, MATCHED } from '../patterns/automaton.ts';
import type { PatternTable } from '../patterns/run-program.ts';

/** Longer ones are left to the table: written out, they would be too much code. */
const mostCharacters = 40;
/** A class of more ranges is left to the table. */
const mostRanges = 4;

/** ASCII codes from one to another, both included. */
type Range = readonly [from: number, to: number];

/**
 * The characters of a pattern that every text must have one by one, such as `^SKU-[0-9]{6}$`, as ranges for each place;
 * `undefined` where texts differ in length or in what may follow what. Comparing bytes at known places is several times as
 * fast as going from state to state, since no step waits for the one before.
 */
export const fixedPattern = ({ steps, start, matches }: PatternTable): readonly (readonly Range[])[] | undefined => {
  const places: Range[][] = [];
  let state = start;
  while (places.length <= mostCharacters) {
    const ranges: Range[] = [];
    let target = FAILED;
    for (let code = 0; code < 128; code++) {
      const next = steps[state * 128 + code]!;
      if (next === FAILED) continue;
      if (next === MATCHED || (target !== FAILED && next !== target)) return undefined;
      target = next;
      const last = ranges.at(-1);
      if (last?.[1] === code - 1) ranges[ranges.length - 1] = [last[0], code];
      else ranges.push([code, code]);
    }
    const ends = matches[state] === 1;
    if (target === FAILED) return ends ? places : undefined;
    if (ends || ranges.length > mostRanges) return undefined;
    places.push(ranges);
    state = target;
  }
  return undefined;
};

/** Code that says whether bytes `[s, e)` are such a text. */
export const fixedCode = (places: readonly (readonly Range[])[]): string =>
  [
    `e - s === ${places.length}`,
    ...places.map((ranges, i) => `(${ranges.map((range) => rangeCode(i, range)).join(' || ')})`),
  ].join(' && ');

const rangeCode = (place: number, [from, to]: Range): string =>
  from === to ? `bytes[s + ${place}] === ${from}` : `(bytes[s + ${place}] - ${from}) >>> 0 <= ${to - from}`;
