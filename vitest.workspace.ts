import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Vitest reads vitest.config.ts, which re-exports this file.
// Only our own condition: naming `module` or `import` too makes Node load packages by entries that it would not choose.
const conditions = ['@pipeline/source'];
const long = process.env.TEST_LONG === '1';
const longFastCheck = fileURLToPath(new URL('./scripts/long-fast-check.ts', import.meta.url));

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  resolve: { conditions, alias: long ? { 'fast-check': longFastCheck } : {} },
  test: {
    // Time limits are there for what hangs, not for what is slow: shared machines can be ten times slower than usual.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'docs/snippets/*.test.ts'],
          exclude: ['**/*.e2e.test.ts', '**/node_modules/**'],
          testTimeout: long ? 900_000 : 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, only: true, include: ['packages/*/test/**/*.test-d.ts'] },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['packages/*/test/**/*.e2e.test.ts', 'examples/*/test/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
