// `pnpm bench [name …] [--options]`: runs the benchmark files of all packages, or those of a package (`chunker`), of one
// table (`chunker/scan`) or whose path contains a name. Options go to the benchmarks: see packages/chunker/bench.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Measured, printBars } from '../packages/chunker/bench/support/bars.ts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('--'));
const wanted = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);

const isWanted = (file: string, name: string): boolean =>
  file.includes(name) || file.includes(name.replace('/', '/bench/'));
const files = globSync('packages/*/bench/*.bench.ts', { cwd: root })
  .sort()
  .filter((file) => wanted.length === 0 || wanted.some((name) => isWanted(file, name)));

if (files.length === 0) {
  console.error(`no benchmark matches ${wanted.join(', ')}`);
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-bench-'));
const measured = path.join(folder, 'measured.jsonl');
let failed = 0;
try {
  for (const file of files) {
    console.log(`\n── ${file}`);
    const node = ['--expose-gc', '--conditions=@pipeline/source', '--disable-warning=ExperimentalWarning'];
    const { status } = spawnSync(process.execPath, [...node, file, ...options], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, BENCH_MEASURED: measured },
    });
    if (status !== 0) failed++;
  }
  if (existsSync(measured)) {
    console.log('\n### Bars\n');
    const lines = readFileSync(measured, 'utf8').trim().split('\n');
    printBars(lines.map((line) => JSON.parse(line) as Measured));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
