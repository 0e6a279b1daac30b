// `npm run test:coverage` and `npm run test:mutation`: how much of the code the tests would notice. Both take long; they are no
// part of `npm test`. What stands behind the name goes on to vitest or Stryker.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [task, ...args] = process.argv.slice(2);
const covered = ['core', 'chunker', 'validate', 'enrich', 'merge'];

const coverage = [
  'run',
  '--project=unit',
  ...covered.map((name) => `packages/${name}`),
  // What reads S3 is tested on the local stack.
  'packages/local/test/s3-store.test.ts',
  'packages/local/test/unique',
  // Counting makes them several times as slow.
  '--testTimeout=300000',
  '--coverage.enabled',
  '--coverage.provider=v8',
  ...covered.map((name) => `--coverage.include=packages/${name}/src/**`),
  '--coverage.reporter=text',
  '--coverage.reportsDirectory=coverage/lines',
  '--coverage.thresholds.lines=95',
  '--coverage.thresholds.branches=95',
  ...args,
];

const { status } = spawnSync(
  task === 'mutation' ? 'stryker' : 'vitest',
  task === 'mutation' ? ['run', ...args] : coverage,
  { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' },
);
process.exit(status ?? 1);
