import type { RunContext } from '@pipeline/core';
import { nextRetry, type Retrier, type TriesSoFar } from './next-retry.ts';
import type { Target } from './target.ts';

/** Who tries, and how often. */
export interface CallTargetOptions {
  /** Names the work, and with a number behind it each try of it. */
  readonly name: string;
  /** What is tried again. */
  readonly retry: readonly Retrier[];
  readonly run: RunContext;
}

/** Calls a target, and again as long as its errors may pass. */
export const callTarget = async <Event, Result>(
  target: Target<Event, Result>,
  event: Event,
  { name, retry, run }: CallTargetOptions,
): Promise<Result> => {
  let tries: TriesSoFar = [];
  for (let number = 1; ; number++) {
    run.signal.throwIfAborted();
    try {
      const attempt = `${run.attempt}-${name}-${number}`;
      return await target.run(event, { attempt, batchId: run.batchId, signal: run.signal });
    } catch (error) {
      run.signal.throwIfAborted();
      const next = nextRetry(retry, (error as Error).name, tries, run.random());
      if (next === undefined) throw error;
      tries = next.tries;
      const { name: reason } = error as Error;
      run.observe({ type: 'work.retried', batchId: run.batchId, work: name, reason, afterMs: next.delayMs });
      await run.timers.sleep(next.delayMs, run.signal);
    }
  }
};
