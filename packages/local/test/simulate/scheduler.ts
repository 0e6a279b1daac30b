import { setImmediate as turn } from 'node:timers/promises';

/** The one clock of a simulated world; everything that takes time waits here, and what is due first goes on first. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets the world go on until it is settled. @throws Error when it stands still before, or never ends */
  runUntil(settled: () => boolean): Promise<void>;
}

interface Sleeper {
  readonly due: number;
  readonly nth: number;
  readonly wake: () => void;
}

/** Far more than the longest run ever took. */
const mostSteps = 200_000;

export const createScheduler = (startMs = Date.UTC(2026, 0, 1)): Scheduler => {
  let now = startMs;
  let count = 0;
  const sleepers = new Set<Sleeper>();

  const first = (): Sleeper | undefined => {
    let found: Sleeper | undefined;
    for (const one of sleepers)
      if (found === undefined || one.due < found.due || (one.due === found.due && one.nth < found.nth)) found = one;
    return found;
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const end = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', aborted);
        };
        const aborted = (): void => {
          end();
          reject(signal?.reason);
        };
        const wake = (): void => {
          end();
          resolve();
        };
        const sleeper = { due: now + Math.max(0, ms), nth: count++, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', aborted, { once: true });
      }),
    async runUntil(settled) {
      for (let step = 0; step < mostSteps; step++) {
        // Whatever the last step set off has to come to rest, or the order would be that of the machine.
        await turn();
        await turn();
        if (settled()) return;
        const next = first();
        if (next === undefined) throw new Error('the world stands still');
        now = Math.max(now, next.due);
        next.wake();
      }
      throw new Error(`the world did not settle within ${mostSteps} steps`);
    },
  };
};
