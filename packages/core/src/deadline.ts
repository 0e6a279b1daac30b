import { PipelineDeadlineError } from './errors.ts';
import { longestTimerMs, type Timers } from './run.ts';

/** How much of the time is kept back, and what else ends the work. */
export interface DeadlineOptions {
  /** Kept back for clean-up, in milliseconds. @default 10_000 */
  readonly reserveMs?: number;
  /** Another reason to stop, such as that of a caller. @default none */
  readonly signal?: AbortSignal;
  /** Wait for the deadline; a simulation gives its own. @default the system's, which keep no process alive */
  readonly timers?: Timers;
}

/** A deadline is no reason to keep a process alive. */
const quietTimers: Timers = {
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, Math.min(longestTimerMs, ms)).unref();
    }),
};

/**
 * A signal that aborts with `PipelineDeadlineError` shortly before a Lambda's time is up.
 *
 * @example
 * const signal = deadlineSignal(context, { reserveMs: 15_000 });
 */
export const deadlineSignal = (
  context: { getRemainingTimeInMillis(): number },
  { reserveMs = 10_000, signal, timers = quietTimers }: DeadlineOptions = {},
): AbortSignal => {
  const controller = new AbortController();
  timers.sleep(Math.max(0, context.getRemainingTimeInMillis() - reserveMs), signal).then(
    () => controller.abort(new PipelineDeadlineError('DEADLINE', {})),
    () => {}, // the caller's own signal came first
  );
  return signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]);
};
