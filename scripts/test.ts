// `npm test`: everything that must hold before a change lands, with a count at the end. The end-to-end tests run one
// file at a time and mostly wait, so everything else runs beside them; each step's output is shown when it ends.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const long = process.argv.includes('--long');
const scratch = mkdtempSync(path.join(tmpdir(), 'pipeline-test-'));
const times: string[] = [];

const run = async (
  name: string,
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<boolean> => {
  console.log(`── ${name} …`);
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => output.push(bytes));
  const passed = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  const line = `${passed ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`;
  console.log(`${Buffer.concat(output).toString()}\n── ${line}\n`);
  times.push(line);
  return passed;
};

/** Packs every package as it would be published and lets publint and attw look at what is in the archive. */
const pack = async (): Promise<boolean> => {
  if (!(await run('pack', 'pnpm', ['-r', '--filter', './packages/*', 'pack', '--pack-destination', scratch])))
    return false;
  const archives = readdirSync(scratch).filter((file) => file.endsWith('.tgz'));
  let sound = archives.length > 0;
  for (const file of archives) {
    const archive = path.join(scratch, file);
    if (!(await run(`publint ${file}`, 'publint', [archive, '--strict']))) sound = false;
    if (!(await run(`attw ${file}`, 'attw', [archive, '--profile', 'esm-only', '--quiet', '--no-emoji'])))
      sound = false;
  }
  return sound;
};

const reportOf = (name: string): string => path.join(scratch, `${name}.json`);
const vitest = (name: string, ...projects: readonly string[]): Promise<boolean> =>
  run(
    long ? `long ${name} tests` : `${name} tests`,
    'vitest',
    [
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportOf(name)}`,
    ],
    long ? { TEST_LONG: '1' } : {},
  );

const lanes = [
  [() => vitest('end-to-end', 'e2e')],
  [
    () => run('types', 'tsc', ['-p', 'tsconfig.json']),
    () => run('lint and format', 'biome', ['check', '.']),
    () => run('build', 'pnpm', ['-r', '--filter', './packages/*', '--reporter=silent', 'run', 'build']),
    pack,
    () => vitest('unit', 'unit', 'types'),
  ],
];

let failed = 0;
await Promise.all(
  lanes.map(async (steps) => {
    for (const step of steps) if (!(await step())) failed++;
  }),
);

let passedTests = 0;
let failedTests = 0;
for (const name of ['end-to-end', 'unit'])
  try {
    const counted = JSON.parse(readFileSync(reportOf(name), 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    if (counted.numPassedTests === 0) failed++;
    passedTests += counted.numPassedTests;
    failedTests += counted.numFailedTests;
  } catch {
    failed++;
    console.error(`the test runner left no report of the ${name} tests`);
  }
rmSync(scratch, { recursive: true, force: true });

console.log(`\n${times.join('\n')}\n\n${passedTests} passed, ${failedTests} failed`);
process.exit(failed === 0 && failedTests === 0 ? 0 : 1);
