import { PipelineError } from '@pipeline/core';
import { parseRetryAfter } from './retry-after.ts';

/** What a failed call means for the ones after it. */
export interface Failure {
  readonly kind: 'retry' | 'throttled' | 'refused' | 'failed';
  /** For messages; made of names, statuses and codes, because an error's own text may quote keys. */
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** There was no answer in time. */
  readonly slow: boolean;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the SDK's own list. */
const throttlingNames = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

const transientNames = new Set([
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'InternalServerError',
  'ServiceUnavailable',
]);

const slowNames = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);

const refusalNames = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);

const networkCodes = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** The few things that errors of SDKs, fetch and Node say about themselves, wherever they say it. */
interface Telling {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly retryable?: unknown;
  readonly throttled?: unknown;
  readonly slow?: unknown;
  readonly retryAfterMs?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly $retryable?: { readonly throttling?: boolean };
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const numberOf = (...values: unknown[]): number | undefined =>
  values.find((value): value is number => typeof value === 'number');

/** The code of a network failure, in the error itself or in what caused it (fetch and AggregateError hide it there). */
const networkCodeOf = (error: Telling, depth = 0): string | undefined => {
  if (typeof error !== 'object' || error === null || depth > 3) return undefined;
  if (typeof error.code === 'string' && networkCodes.has(error.code)) return error.code;
  const inner = [error.cause, ...(Array.isArray(error.errors) ? error.errors : [])] as Telling[];
  return inner.map((each) => networkCodeOf(each, depth + 1)).find((code) => code !== undefined);
};

const kindOf = (error: Telling, name: string, status: number | undefined): Failure['kind'] => {
  if (error.throttled === true || error.$retryable?.throttling === true || throttlingNames.has(name) || status === 429)
    return 'throttled';
  if (error.retryable === false) return 'failed';
  if (error.retryable === true || error.$retryable !== undefined || transientNames.has(name)) return 'retry';
  if (status === 408 || status === 425 || (status !== undefined && status >= 500)) return 'retry';
  if (refusalNames.has(name)) return 'refused';
  if (status !== undefined && status >= 400 && status !== 404) return 'refused';
  return 'failed';
};

/** Tells from an error whether the call may be made again, and when. */
export const failureOf = (thrown: unknown, nowMs: number): Failure => {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Telling;
  const name = typeof error.name === 'string' ? error.name : 'Error';
  if (PipelineError.is(thrown)) {
    const { code, retryable } = thrown;
    const slow = code === 'STORAGE_STALLED';
    if (code === 'LOOKUP_THROTTLED') return { kind: 'throttled', reason: code, slow };
    return { kind: retryable && code !== 'DEADLINE' ? 'retry' : 'failed', reason: code, slow };
  }
  const status = numberOf(error.status, error.statusCode, error.$metadata?.httpStatusCode);
  const networkCode = networkCodeOf(error);
  const kind = kindOf(error, name, status);
  const retryAfterMs =
    numberOf(error.retryAfterMs) ?? parseRetryAfter(error.$response?.headers?.['retry-after'], nowMs);
  return {
    kind: kind === 'failed' && error.retryable === undefined && networkCode !== undefined ? 'retry' : kind,
    reason:
      typeof error.reason === 'string' && name === 'LookupSourceError'
        ? error.reason
        : [name, networkCode, status === undefined ? undefined : `HTTP ${status}`].filter(Boolean).join(', '),
    slow:
      error.slow === true ||
      slowNames.has(name) ||
      (networkCode ?? '').endsWith('TIMEOUT') ||
      networkCode === 'ETIMEDOUT' ||
      status === 408 ||
      status === 504,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
};
