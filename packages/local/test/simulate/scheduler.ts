import { setImmediate as turn } from 'node:timers/promises';
import { createSleepers } from '../support/sleepers.ts';

/** The one clock of a simulated world; everything that takes time waits here, and what is due first goes on first. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets the world go on until it is settled. @throws Error when it stands still before, or never ends */
  runUntil(settled: () => boolean): Promise<void>;
}

/** Far more than the longest run ever took. */
const mostSteps = 200_000;

export const createScheduler = (startMs = Date.UTC(2026, 0, 1)): Scheduler => {
  let now = startMs;
  const { sleep, inOrder } = createSleepers(() => now);
  return {
    now: () => now,
    sleep,
    async runUntil(settled) {
      for (let step = 0; step < mostSteps; step++) {
        // Whatever the last step set off has to come to rest, or the order would be that of the machine.
        await turn();
        await turn();
        if (settled()) return;
        const [next] = inOrder();
        if (next === undefined) throw new Error('the world stands still');
        now = Math.max(now, next.due);
        next.wake();
      }
      throw new Error(`the world did not settle within ${mostSteps} steps`);
    },
  };
};
