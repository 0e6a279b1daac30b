import type { Timers } from './run.ts';

/** How long work may take, and by whose clock. */
export interface TimeLimit {
  /** Milliseconds, from 1. */
  readonly limitMs: number;
  readonly timers: Timers;
  /** Ends the work before. @default none */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does work that could wait for ever, such as a call that nobody answers. The signal it gets aborts when the time is up.
 *
 * @throws Error named `TimeoutError` when the time is up; otherwise what the work throws
 * @example
 * const answer = await withTimeLimit((signal) => client.send(command, { abortSignal: signal }), { limitMs: 10_000, timers });
 */
export const withTimeLimit = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  { limitMs, timers, signal }: TimeLimit,
): Promise<T> => {
  const done = new AbortController();
  const late = new AbortController();
  const tooLate = Object.assign(new Error(`no answer within ${limitMs} ms`), { name: 'TimeoutError' });
  timers.sleep(limitMs, done.signal).then(
    () => late.abort(tooLate),
    () => {}, // it was done in time
  );
  try {
    return await work(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
  } catch (error) {
    throw late.signal.aborted && signal?.aborted !== true ? tooLate : error;
  } finally {
    done.abort();
  }
};
