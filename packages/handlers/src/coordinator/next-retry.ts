/** One entry of a Retry list of the Amazon States Language. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  /** From 0: tries beside the first one. */
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds: number;
  readonly JitterStrategy: 'FULL' | 'NONE';
}

/** What has been tried of one unit of work: how often each retrier of the list was used. */
export type TriesSoFar = readonly number[];

/**
 * Whether and when work that failed is tried again, as Step Functions decides it: the first retrier that names the error
 * counts, each with a count of its own.
 *
 * @param random - uniform in `[0, 1)`
 * @returns `undefined` when the error is final
 * @example
 * const next = nextRetry(transientRetry, error.name, tries, Math.random());
 * if (next === undefined) throw error;
 * await run.timers.sleep(next.delayMs, run.signal);
 */
export const nextRetry = (
  policy: readonly Retrier[],
  errorName: string,
  tries: TriesSoFar,
  random: number,
): { readonly delayMs: number; readonly tries: TriesSoFar } | undefined => {
  const at = policy.findIndex(({ ErrorEquals }) => ErrorEquals.includes(errorName));
  const retrier = policy[at];
  if (retrier === undefined) return undefined;
  const used = tries[at] ?? 0;
  if (used >= retrier.MaxAttempts) return undefined;
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
  const ceilingMs = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** used) * 1000;
  return {
    delayMs: Math.round(JitterStrategy === 'FULL' ? ceilingMs * random : ceilingMs),
    tries: policy.map((_, index) => (tries[index] ?? 0) + (index === at ? 1 : 0)),
  };
};
