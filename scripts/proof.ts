// `npm run test:coverage`, `npm run test:mutation` and `npm run test:iam`: how much of the code, and of what roles are granted,
// the tests would notice. They take long and are no part of `npm test`. What stands behind the name goes on to vitest or Stryker.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parts, partVariable } from './mutation/test-files.ts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [task, ...args] = process.argv.slice(2);
const covered = ['core', 'chunker', 'validate', 'enrich', 'merge'];
/** Per cent of the lines and branches of each package. */
const least = 95;
const summaryFile = path.join(root, 'coverage', 'lines', 'coverage-summary.json');

const coverage = [
  'run',
  '--project=unit',
  ...covered.map((name) => `packages/${name}`),
  // What the handlers and the local stack use of them: revisions, S3, rows that repeat.
  'packages/handlers',
  'packages/local/test/s3-',
  'packages/local/test/handlers',
  'packages/local/test/unique',
  'packages/local/test/profiles',
  // Counting makes them several times as slow.
  '--testTimeout=300000',
  '--coverage.enabled',
  '--coverage.provider=v8',
  ...covered.map((name) => `--coverage.include=packages/${name}/src/**/*.ts`),
  '--coverage.reporter=text',
  '--coverage.reporter=json',
  '--coverage.reporter=json-summary',
  '--coverage.reportsDirectory=coverage/lines',
  ...args,
];

interface Counted {
  readonly total: number;
  readonly covered: number;
}
type Summary = Readonly<Record<string, { readonly lines: Counted; readonly branches: Counted }>>;

/** Prints lines and branches by package; false where one has too few of them. */
const holds = (summary: Summary): boolean => {
  let enough = true;
  console.log('\n| package | lines | branches |\n|---|---:|---:|');
  for (const name of covered) {
    const files = Object.entries(summary).filter(([file]) => file.includes(`packages/${name}/src/`));
    const share = (what: 'lines' | 'branches'): number => {
      const sum = (of: keyof Counted): number => files.reduce((all, [, counts]) => all + counts[what][of], 0);
      return (sum('covered') / sum('total')) * 100;
    };
    const [lines, branches] = [share('lines'), share('branches')];
    if (!(lines >= least && branches >= least)) enough = false;
    console.log(`| ${name} | ${lines.toFixed(2)} % | ${branches.toFixed(2)} % |`);
  }
  if (!enough) console.error(`\neach package needs ${least} % of both`);
  return enough;
};

const run = (command: string, rest: readonly string[], environment: Readonly<Record<string, string>> = {}): boolean =>
  spawnSync(command, rest, {
    ...{ cwd: root, stdio: 'inherit', shell: process.platform === 'win32' },
    env: { ...process.env, ...environment },
  }).status === 0;

/** Each part in turn; with `--mutate` what is named alone, which is of one part. */
const mutate = (): boolean => {
  if (args.some((arg) => arg.startsWith('--mutate'))) {
    const part = args.some((arg) => arg.includes('/scan/')) ? 'scanner' : 'planners';
    return run('stryker', ['run', ...args], { [partVariable]: part });
  }
  const each = Object.entries(parts).map(([part, { mutate: files }]) =>
    run('stryker', ['run', '--mutate', files.join(','), ...args], { [partVariable]: part }),
  );
  return each.every(Boolean);
};

const cover = (): boolean => {
  rmSync(summaryFile, { force: true });
  const passed = run('vitest', coverage);
  return existsSync(summaryFile) && holds(JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary) && passed;
};

const iam = (): boolean =>
  run('vitest', ['run', '--project=e2e', 'examples/orders-pipeline/test/iam', ...args], { TEST_LONG: '1' });

const proofs: Readonly<Record<string, () => boolean>> = { coverage: cover, mutation: mutate, iam };
process.exit(proofs[task ?? '']!() ? 0 : 1);
