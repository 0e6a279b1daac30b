import { parsePattern } from './pattern-tree.ts';
import { programOf } from './program.ts';
import { type LinearPattern, runProgram } from './run-program.ts';

/**
 * Compiles a pattern.
 *
 * @param flags - `i` and `u`
 * @throws PatternRefusal for lookaround, backreferences, inline flags, and what unfolds to too many steps; SyntaxError
 * @example
 * compileLinear('^(a+)+$').test(`${'a'.repeat(100_000)}!`); // false, at once
 */
export const compileLinear = (source: string, flags = 'u'): LinearPattern =>
  runProgram(programOf(parsePattern(source, flags), flags));
