import type { RunContext } from '@pipeline/core';
import { LookupSourceError } from './lookup.ts';

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export const raceAbort = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });

/**
 * Does work under a time limit that is kept on the run's timers; the work's signal aborts when it is over.
 *
 * @throws LookupSourceError retryable, when the time is up
 */
export const withTimeout = async <T>(
  work: (run: RunContext) => Promise<T>,
  run: RunContext,
  timeoutMs: number | undefined,
): Promise<T> => {
  if (timeoutMs === undefined) return raceAbort(work(run), run.signal);
  const tooLate = new AbortController();
  const done = new AbortController();
  const expired = new LookupSourceError(`no answer within ${timeoutMs} ms`, { retryable: true, slow: true });
  run.timers.sleep(timeoutMs, done.signal).then(
    () => tooLate.abort(expired),
    () => {},
  );
  const signal = AbortSignal.any([run.signal, tooLate.signal]);
  try {
    return await raceAbort(work({ ...run, signal }), signal);
  } finally {
    done.abort();
  }
};
