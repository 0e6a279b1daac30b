import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

/** Whether a program can be started by its name. */
export const onPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** The most memory that a process has held, where Linux tells it. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // ended already, or another system
  }
};

export interface Ran {
  readonly stdout: string;
  readonly peakBytes: number;
  /** What starting a program that does nothing takes, to be left out of the time. */
  readonly startMs: number;
}

let startMs: number | undefined;

const run = (program: string, args: readonly string[]): Promise<{ stdout: string; peakBytes: number }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LC_ALL: 'C' } });
    let stdout = '';
    let peakBytes = 0;
    const look = (): void => {
      peakBytes = Math.max(peakBytes, peakOf(child.pid!));
    };
    const looking = setInterval(look, 20);
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(looking);
      if (code === 0) resolve({ stdout, peakBytes });
      else reject(new Error(`${program} ended with ${code}`));
    });
  });

/** Runs a program to its end. */
export const runProgram = async (program: string, args: readonly string[]): Promise<Ran> => {
  if (startMs === undefined) {
    const starts: number[] = [];
    for (let i = 0; i < 9; i++) {
      const start = performance.now();
      await run('true', []);
      starts.push(performance.now() - start);
    }
    startMs = starts.toSorted((a, b) => a - b)[4]!;
  }
  return { ...(await run(program, args)), startMs };
};
