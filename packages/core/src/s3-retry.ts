import type { RunContext } from './run.ts';

/** The parts of a run context that retries need. */
export type RetryContext = Pick<RunContext, 'timers' | 'random' | 'observe'>;

export interface RetryOptions {
  /** Tries in all. */
  readonly tries: number;
  /** First ceiling of the wait; doubles with each try. */
  readonly baseMs: number;
  readonly maxMs: number;
}

interface HttpFailure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const networkCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
const retryableNames = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'TimeoutError',
  'ThrottlingException',
  'BadDigest',
  'StallError',
  'ShortBodyError',
]);

/** Whether the same call may succeed a moment later: throttled, failed on the server, or broken on the way. */
export const isTransient = (error: unknown): boolean => {
  const failure = (error ?? {}) as HttpFailure;
  const status = failure.$metadata?.httpStatusCode ?? 0;
  return (
    status >= 500 ||
    status === 429 ||
    retryableNames.has(failure.name ?? '') ||
    networkCodes.has(failure.code ?? '') ||
    failure.name === 'AbortError'
  );
};

const overloadNames = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'ThrottlingException',
  'RequestTimeout',
  'TimeoutError',
]);

/**
 * Whether a failure says that there were more requests at a time than the service bears: refused as one too many, or not
 * answered in time (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html).
 */
export const isOverload = (error: unknown): boolean => {
  const { name = '', code = '' } = (error ?? {}) as HttpFailure;
  const status = statusOf(error);
  return status === 503 || status === 429 || overloadNames.has(name) || code === 'ETIMEDOUT';
};

/** HTTP status of a failed call, or 0. */
export const statusOf = (error: unknown): number => ((error ?? {}) as HttpFailure).$metadata?.httpStatusCode ?? 0;

/**
 * Waits before try number `tried + 1`: full jitter, which keeps many clients apart
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export const backoff = (
  context: RetryContext,
  tried: number,
  { baseMs, maxMs }: RetryOptions,
  signal?: AbortSignal,
): Promise<void> => context.timers.sleep(context.random() * Math.min(maxMs, baseMs * 2 ** (tried - 1)), signal);
