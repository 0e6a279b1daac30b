import { patternName } from '../patterns/pattern-name.ts';
import type { PatternTree } from '../patterns/pattern-tree.ts';
import { programOf } from '../patterns/program.ts';
import { type LinearPattern, runProgram } from '../patterns/run-program.ts';

/** Patterns out of a module, by name; each is made ready when a text first meets it. */
export const linearPatterns =
  (trees: Readonly<Record<string, PatternTree>>) =>
  (source: string, flags: string): Pick<LinearPattern, 'test'> => {
    let ready: LinearPattern | undefined;
    return {
      test: (text) => {
        ready ??= runProgram(programOf(trees[patternName(source, flags)]!, flags));
        return ready.test(text);
      },
    };
  };
