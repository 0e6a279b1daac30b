import { globSync } from 'node:fs';

/** A part of the code that is mutated, and the tests that are asked. */
export interface MutatedPart {
  /** As Stryker takes them. */
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

/**
 * Every file of tests is run once with all code counted, which makes the scanner's loops slow: it has its own tests and those of
 * whole files, the planners have nearly all.
 */
export const parts = {
  planners: {
    mutate: ['packages/chunker/src/plan/*.ts', 'packages/merge/src/plan-merge.ts'],
    tests: ['packages/chunker/test/**/*.test.ts', 'packages/merge/test/plan-merge*.test.ts'],
  },
  scanner: {
    mutate: ['packages/chunker/src/scan/*.ts', '!packages/chunker/src/scan/kernel-code.ts'],
    tests: [
      'packages/chunker/test/scan/*.test.ts',
      'packages/chunker/test/malformed/*.test.ts',
      'packages/chunker/test/{limits,header,split,grammar.prop,caps.prop,process-chunk}.test.ts',
    ],
  },
} as const satisfies Readonly<Record<string, MutatedPart>>;

/** Says which part's tests are meant. */
export const partVariable = 'MUTATED_PART';

/** What takes long by itself. */
const leftOut =
  /\/(?:bombs|linear-time|kernel-code|far-offsets|pollock|corpora|csv-parse\.prop|two-cuts|schemas)\.test\.ts$/;

/** Their paths, those of one planner before those of many parts, so that what is wrong shows soon. */
export const testFiles = (root: string): readonly string[] => {
  const { tests }: MutatedPart = process.env[partVariable] === 'scanner' ? parts.scanner : parts.planners;
  return tests
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !leftOut.test(file))
    .sort((a, b) => Number(/\.prop\./.test(a)) - Number(/\.prop\./.test(b)) || (a < b ? -1 : 1));
};
