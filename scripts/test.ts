// `npm test`: everything that must hold before a change lands, one step after the other, with a count at the end.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const long = process.argv.includes('--long');
const scratch = mkdtempSync(path.join(tmpdir(), 'pipeline-test-'));
const times: string[] = [];

const run = (
  name: string,
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): boolean => {
  console.log(`\n── ${name}`);
  const startedAt = performance.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  });
  times.push(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return status === 0;
};

/** Packs every package as it would be published and lets publint and attw look at what is in the archive. */
const pack = (): boolean => {
  const packed = run('pack', 'pnpm', ['-r', '--filter', './packages/*', 'pack', '--pack-destination', scratch]);
  const archives = readdirSync(scratch).filter((file) => file.endsWith('.tgz'));
  return (
    packed &&
    archives.length > 0 &&
    archives.every(
      (file) =>
        run(`publint ${file}`, 'publint', [path.join(scratch, file), '--strict']) &&
        run(`attw ${file}`, 'attw', [path.join(scratch, file), '--profile', 'esm-only', '--quiet', '--no-emoji']),
    )
  );
};

const vitestReport = path.join(scratch, 'vitest.json');
const vitest = (): boolean =>
  run(
    long ? 'long tests' : 'tests',
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
    long ? { TEST_LONG: '1' } : {},
  );

const steps = [
  () => run('types', 'tsc', ['-p', 'tsconfig.json']),
  () => run('lint and format', 'biome', ['check', '.']),
  () => run('build', 'pnpm', ['-r', '--filter', './packages/*', '--reporter=silent', 'run', 'build']),
  pack,
  vitest,
];

let failed = 0;
for (const step of steps) if (!step()) failed++;

let passedTests = 0;
let failedTests = 0;
try {
  const counted = JSON.parse(readFileSync(vitestReport, 'utf8')) as { numPassedTests: number; numFailedTests: number };
  passedTests = counted.numPassedTests;
  failedTests = counted.numFailedTests;
} catch {
  failed++;
  console.error('the test runner left no report');
}
rmSync(scratch, { recursive: true, force: true });

console.log(`\n${times.join('\n')}\n\n${passedTests} passed, ${failedTests} failed`);
process.exit(failed === 0 && failedTests === 0 && passedTests > 0 ? 0 : 1);
