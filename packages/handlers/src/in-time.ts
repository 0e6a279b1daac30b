import { type RunContext, withTimeLimit } from '@pipeline/core';

/** A service that says nothing for so long is given up, well before Lambda's own limit. */
const answerMs = 20_000;

/**
 * Makes a call that is given up when nobody answers. The work's signal is that of the call.
 *
 * @throws Error named `TimeoutError` when no answer came; otherwise what the call throws
 */
export const inTime = <T>(
  run: RunContext,
  call: (abort: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> =>
  withTimeLimit((abortSignal) => call({ abortSignal }), { limitMs: answerMs, timers: run.timers, signal: run.signal });
