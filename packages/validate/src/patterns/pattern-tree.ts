import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { PatternRefusal } from './program.ts';

/** A pattern as plain data: its alternatives, each a run of pieces. */
export type PatternTree = readonly (readonly PatternPiece[])[];

/** A text is an atom, as it stands in the pattern: it matches one character. */
export type PatternPiece = string | { readonly any: PatternTree } | { readonly at: Assertion } | PatternRepeat;

export interface PatternRepeat {
  readonly repeat: PatternPiece;
  readonly min: number;
  /** Without it there is no end. */
  readonly max?: number;
}

/** `^`, `$`, `\b`, `\B`. */
export type Assertion = 'start' | 'end' | 'word' | 'not word';

const parser = new RegExpParser();

/**
 * Parses a regular expression of ECMAScript.
 *
 * @param flags - `i` and `u`
 * @throws PatternRefusal for lookaround, backreferences and inline flags; SyntaxError
 */
export const parsePattern = (source: string, flags: string): PatternTree => {
  const { alternatives } = parser.parsePattern(source, 0, source.length, { unicode: flags.includes('u') });
  return branches(alternatives);
};

const branches = (alternatives: readonly AST.Alternative[]): PatternTree =>
  alternatives.map(({ elements }) => elements.map(piece));

const piece = (element: AST.Element): PatternPiece => {
  switch (element.type) {
    case 'Character':
    case 'CharacterClass':
    case 'CharacterSet':
      return element.raw;
    case 'Group':
      if (element.modifiers !== null) throw new PatternRefusal('it has flags inside');
      return { any: branches(element.alternatives) };
    case 'CapturingGroup':
      return { any: branches(element.alternatives) };
    case 'Quantifier': {
      const { min, max } = element;
      return { repeat: piece(element.element), min, ...(max === Number.POSITIVE_INFINITY ? {} : { max }) };
    }
    case 'Assertion':
      if (element.kind === 'lookahead' || element.kind === 'lookbehind')
        throw new PatternRefusal(`it looks ${element.kind.slice(4)}`);
      return { at: element.kind === 'word' && element.negate ? 'not word' : element.kind };
    case 'Backreference':
      throw new PatternRefusal('it refers back to a group');
    default:
      throw new PatternRefusal('it has classes of strings');
  }
};
