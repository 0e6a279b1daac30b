export interface BackoffOptions {
  /** Uniform in `[0, 1)`. */
  readonly random: () => number;
  /** Longest wait before the first retry, in milliseconds; doubles with every further one. @default 100 */
  readonly baseMs?: number;
  /** Longest wait of all, in milliseconds. @default 10_000 */
  readonly maxMs?: number;
  /** What the source asked for, in milliseconds; kept up to `maxRetryAfterMs`, with jitter on top. */
  readonly retryAfterMs?: number | undefined;
  /** @default 30_000 */
  readonly maxRetryAfterMs?: number;
}

/**
 * How long to wait before a retry, in milliseconds: anything between nothing and a bound that doubles ("full jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), after the time that the source asked for.
 *
 * @param retry - 0 for the first retry
 */
export const backoffMs = (
  retry: number,
  { random, baseMs = 100, maxMs = 10_000, retryAfterMs = 0, maxRetryAfterMs = 30_000 }: BackoffOptions,
): number => Math.min(retryAfterMs, maxRetryAfterMs) + random() * Math.min(maxMs, baseMs * 2 ** retry);
