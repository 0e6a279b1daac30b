import { patternName } from './pattern-name.ts';
import { type PatternTree, parsePattern } from './pattern-tree.ts';
import { programOf } from './program.ts';
import { runProgram } from './run-program.ts';

/** For ajv: patterns of schemas as linear ones. It keeps one for each text that `toString` gives. */
export const createLinearEngine = (onPattern: (name: string, tree: PatternTree) => void = () => {}) =>
  Object.assign(
    (source: string, flags: string) => {
      const name = patternName(source, flags);
      const tree = parsePattern(source, flags);
      onPattern(name, tree);
      return { test: runProgram(programOf(tree, flags)).test, toString: () => name };
    },
    // What makes a pattern in code that is written into a module.
    { code: 'linear' },
  );
