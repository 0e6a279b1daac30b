import type { StateError } from '../data/errors.ts';
import type { Catcher, Retrier } from '../definition.ts';

/** Errors that the wildcard States.ALL does not match. */
const BEYOND_ALL = new Set(['States.DataLimitExceeded']);

/**
 * Whether a Retry or Catch entry matches an error. `States.Runtime` is matched by nothing, `States.DataLimitExceeded`
 * only by its own name, and `States.TaskFailed` stands for every error but a timeout.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matchesError(errorEquals: readonly string[], { error }: StateError): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === error) return true;
    // The service reports a missed heartbeat as States.Timeout and lets either name catch it.
    if (name === 'States.HeartbeatTimeout') return error === 'States.Timeout';
    if (error !== undefined && BEYOND_ALL.has(error)) return false;
    if (name === 'States.ALL') return true;
    return name === 'States.TaskFailed' && error !== 'States.Timeout';
  });
}

/** Counts the retries of one visit to a state, by Retry entry. */
export type RetryCounts = Map<Retrier, number>;

/**
 * The seconds to wait before the next attempt, or undefined when the error is not to be retried.
 * `IntervalSeconds * BackoffRate ^ retries`, at most `MaxDelaySeconds`; jitter FULL draws from zero up to that.
 */
export function nextRetryDelay(
  retriers: readonly Retrier[] | undefined,
  error: StateError,
  counts: RetryCounts,
  random: () => number,
): number | undefined {
  const retrier = retriers?.find(({ ErrorEquals }) => matchesError(ErrorEquals, error));
  if (!retrier) return undefined;
  const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds, JitterStrategy = 'NONE' } = retrier;
  const done = counts.get(retrier) ?? 0;
  if (done >= MaxAttempts) return undefined;
  counts.set(retrier, done + 1);
  const delay = Math.min(IntervalSeconds * BackoffRate ** done, MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return JitterStrategy === 'FULL' ? random() * delay : delay;
}

/** The Catch entry for an error. */
export function findCatcher(catchers: readonly Catcher[] | undefined, error: StateError): Catcher | undefined {
  return catchers?.find(({ ErrorEquals }) => matchesError(ErrorEquals, error));
}
