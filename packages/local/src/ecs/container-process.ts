import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Watchdog } from '../lambda/watchdog.ts';

/** A container under way. */
export interface ContainerProcess {
  /** Exit code, 128 and the signal's number for one that a signal ended. */
  readonly ended: Promise<number>;
  /** SIGTERM, and SIGKILL after so long. */
  stop(graceMs: number): void;
}

/** Runs a module as a container would: a process of its own, of whose surroundings it sees only what is given. */
export const startContainer = (options: {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly watchdog: Watchdog;
  readonly onLine: (line: string) => void;
}): Promise<ContainerProcess> => {
  const { file, args, env, watchdog, onLine } = options;
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  let late: NodeJS.Timeout | undefined;
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(late);
      if (child.pid !== undefined) watchdog.remove(child.pid);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('spawn', () => {
      watchdog.add(child.pid!);
      resolve({
        ended,
        stop(graceMs) {
          if (late !== undefined) return;
          child.kill('SIGTERM');
          late = setTimeout(() => void child.kill('SIGKILL'), graceMs);
        },
      });
    });
  });
};
