import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// For mutation testing: those tests of the scanner and the planners that are quick.
const conditions = ['@pipeline/source'];
const plainFastCheck = fileURLToPath(new URL('./scripts/plain-fast-check.ts', import.meta.url));

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  resolve: { conditions, alias: { 'fast-check': plainFastCheck } },
  test: {
    include: [
      'packages/chunker/test/{split,limits,header,bounded,grammar.prop,split.prop,scan-tasks.prop}.test.ts',
      'packages/chunker/test/malformed/*.test.ts',
      'packages/chunker/test/plan/*.test.ts',
      'packages/chunker/test/scan/{block-borders,kernel.prop,policies.prop,units.prop,utf16.prop}.test.ts',
      'packages/merge/test/plan-merge.prop.test.ts',
    ],
    testTimeout: 60_000,
  },
});
