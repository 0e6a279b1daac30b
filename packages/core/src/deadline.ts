import { PipelineDeadlineError } from './errors.ts';

/** How much of the time is kept back, and what else ends the work. */
export interface DeadlineOptions {
  /** Kept back for clean-up, in milliseconds. @default 10_000 */
  readonly reserveMs?: number;
  /** Another reason to stop, such as that of a caller. @default none */
  readonly signal?: AbortSignal;
}

/** `setTimeout` fires at once for anything longer. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * A signal that aborts with `PipelineDeadlineError` shortly before a Lambda's time is up.
 *
 * @example
 * const signal = deadlineSignal(context, { reserveMs: 15_000 });
 */
export const deadlineSignal = (
  context: { getRemainingTimeInMillis(): number },
  { reserveMs = 10_000, signal }: DeadlineOptions = {},
): AbortSignal => {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new PipelineDeadlineError('DEADLINE', {})),
    Math.min(longestTimerMs, Math.max(0, context.getRemainingTimeInMillis() - reserveMs)),
  );
  timer.unref();
  return signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]);
};
