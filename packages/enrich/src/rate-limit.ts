import type { RunContext } from '@pipeline/core';
import { requireTime } from './time-left.ts';

/** Lets calls through at a given rate. */
export interface RateLimit {
  /**
   * Resolves when the call may be made; rejects with the signal's reason when the run is aborted before.
   *
   * @throws PipelineDeadlineError `DEADLINE`, at once, when the run's deadline comes before
   */
  take(run: Pick<RunContext, 'clock' | 'deadlineMs' | 'timers' | 'signal'>, name?: string): Promise<void>;
}

/**
 * A token bucket that holds a tenth of a second's calls: in any stretch of time at most `ratePerSecond` per second and
 * one bucket more are let through. Whoever comes too early is given the next free moment, in order of arrival.
 *
 * @param ratePerSecond - calls per second; `Infinity` for no limit
 */
export const createRateLimit = (ratePerSecond: number): RateLimit => {
  if (ratePerSecond === Number.POSITIVE_INFINITY) return { take: async () => {} };
  const intervalMs = 1000 / ratePerSecond;
  const bucketMs = (Math.max(1, ratePerSecond / 10) - 1) * intervalMs;
  let nextMs = Number.NEGATIVE_INFINITY;
  return {
    take: async (run, name = '') => {
      const { clock, timers, signal } = run;
      const nowMs = clock.now();
      const slotMs = Math.max(nextMs, nowMs - bucketMs);
      requireTime(run, Math.max(0, slotMs - nowMs), `look-up ${name}`);
      nextMs = slotMs + intervalMs;
      // Rounded up: setTimeout cuts fractions off and would come back before the slot.
      if (slotMs > nowMs) await timers.sleep(Math.ceil(slotMs - nowMs), signal);
    },
  };
};
