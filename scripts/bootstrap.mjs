// Brings a fresh machine up and runs one task: `node scripts/bootstrap.mjs <task> [arguments]`.
// Needs only Node >= 20 and npm, so it is plain JavaScript without dependencies. It installs when the lockfile or a
// manifest has changed since the last time, and otherwise starts the task at once.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);
const windows = process.platform === 'win32';
const node = at('node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
const stampFile = at('node_modules', '.setup-stamp');

const source = ['--conditions=@pipeline/source', '--disable-warning=ExperimentalWarning'];
const tasks = {
  setup: undefined,
  demo: [...source, at('examples', 'orders-pipeline', 'demo.ts')],
  pipeline: [...source, at('packages', 'local', 'src', 'cli', 'main.ts')],
  test: [...source, at('scripts', 'test.ts')],
  'test:long': [...source, at('scripts', 'test.ts'), '--long'],
  'test:faults': [...source, at('packages', 'local', 'test', 'faults', 'main.ts')],
  simulate: [...source, at('packages', 'local', 'test', 'simulate', 'main.ts')],
  'test:coverage': [...source, at('scripts', 'proof.ts'), 'coverage'],
  'test:mutation': [...source, at('scripts', 'proof.ts'), 'mutation'],
  'test:iam': [...source, at('scripts', 'proof.ts'), 'iam'],
  bench: [...source, at('scripts', 'bench.ts')],
};

const [task, ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task ?? '')) {
  console.error(`usage: node scripts/bootstrap.mjs <${Object.keys(tasks).join('|')}> [arguments]`);
  process.exit(2);
}

/** What an installation depends on: every manifest and the lockfile. */
const stamp = () => {
  const manifests = ['packages', 'examples', 'docs'].flatMap((folder) =>
    readdirSync(at(folder)).map((name) => path.join(folder, name, 'package.json')),
  );
  const hash = createHash('sha256');
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests.sort()])
    if (existsSync(at(file))) hash.update(file).update(readFileSync(at(file)));
  return hash.digest('hex');
};

const installed = () => existsSync(node) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();

if (!installed()) {
  const { pnpm } = JSON.parse(readFileSync(at('package.json'), 'utf8')).devDependencies;
  console.error('Installing dependencies and Node 24 (once) …');
  const install = spawnSync('npx', ['-y', `pnpm@${pnpm}`, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (install.status !== 0) {
    console.error(install.stdout, install.stderr);
    console.error('The installation failed; see above. Is the npm registry reachable?');
    process.exit(1);
  }
  writeFileSync(stampFile, stamp());
}

if (tasks[task] !== undefined) {
  const PATH = [path.dirname(node), at('node_modules', '.bin'), process.env.PATH].join(path.delimiter);
  // `--` separates npm's arguments from ours; the task wants only ours.
  const child = spawn(node, [...tasks[task], ...args.filter((arg, index) => arg !== '--' || index > 0)], {
    stdio: 'inherit',
    env: { ...process.env, PATH },
    // npm runs scripts in the root; paths on the command line are meant from where it was called.
    cwd: task === 'pipeline' ? (process.env.INIT_CWD ?? process.cwd()) : root,
  });
  // The terminal sends Ctrl-C to the child as well; it decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
