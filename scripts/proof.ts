// `npm run test:coverage` and `npm run test:mutation`: how much of the code the tests would notice. Both take long; they are no
// part of `npm test`. What stands behind the name goes on to vitest or Stryker.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

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

rmSync(summaryFile, { force: true });
const { status } = spawnSync(
  task === 'mutation' ? 'stryker' : 'vitest',
  task === 'mutation' ? ['run', ...args] : coverage,
  { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' },
);
const covers =
  task === 'mutation' || (existsSync(summaryFile) && holds(JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary));
process.exit(status === 0 && covers ? 0 : 1);
