import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that the command line starts in, with a temporary folder of its own to see what stays behind. */
export interface Place {
  readonly folder: string;
  readonly temp: string;
  start(args: readonly string[]): ChildProcess & { readonly answer: Promise<Answer> };
  run(...args: readonly string[]): Promise<Answer>;
  remove(): Promise<void>;
}

/** The environment without what leads elsewhere or changes the text. */
const environment = (temp: string, more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|NODE_OPTIONS|FORCE_COLOR|VITEST)/.test(name)),
  ),
  TMPDIR: temp,
  ...more,
});

export const openPlace = async (more: NodeJS.ProcessEnv = {}): Promise<Place> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'cli-test-'));
  const temp = await mkdtemp(path.join(tmpdir(), 'cli-temp-'));
  const start: Place['start'] = (args) => {
    const child = spawn(process.execPath, ['--conditions=@pipeline/source', main, ...args], {
      cwd: folder,
      env: environment(temp, more),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const answer = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
    return Object.assign(child, { answer });
  };
  return {
    folder,
    temp,
    start,
    run: (...args) => start(args).answer,
    async remove() {
      await rm(folder, { recursive: true, force: true });
      await rm(temp, { recursive: true, force: true });
    },
  };
};
