import type { RunContext } from '@pipeline/core';

/** What a look-up can be keyed by. */
export type LookupKey = string | number;

/** What kind of failure of a key it was, and whether asking again may help. */
export interface LookupKeyErrorOptions {
  /** The source gave no answer yet: ask again for this key, and fail the call when the retries are used up. @default false */
  readonly retryable?: boolean;
  /** Which policy applies. @default 'poisoned' */
  readonly kind?: KeyFailure;
  /** The error that led to this one. @default none */
  readonly cause?: unknown;
}

const brand = Symbol.for('@pipeline/enrich/LookupKeyError');

/**
 * Why a key has no answer: `poisoned` when the source answered, for this key, with what cannot be used; `failed` when it did
 * not answer for all tries; `slow` when it did not in time.
 */
export type KeyFailure = 'poisoned' | 'failed' | 'slow';

/**
 * The answer for one key that could not be looked up, given as a value in the Map that `load` returns. Its row becomes
 * a reject with issue `LOOKUP_KEY_FAILED` unless a policy says otherwise; the other keys of the batch are not touched.
 *
 * @example
 * return new Map(rows.map((row) => [row.id, row.locked ? new LookupKeyError('the account is locked') : row]));
 */
export class LookupKeyError extends Error {
  override readonly name: string = 'LookupKeyError';
  /** Why, for the person who mends the row. Must not contain the key. */
  readonly reason: string;
  /** The source gave no answer yet: ask again for this key, and fail the batch when the retries are used up. */
  readonly retryable: boolean;
  /** @default 'poisoned' */
  readonly kind: KeyFailure;
  readonly [brand] = true;

  constructor(reason: string, { retryable = false, kind = 'poisoned', cause }: LookupKeyErrorOptions = {}) {
    super(reason, cause === undefined ? {} : { cause });
    this.reason = reason;
    this.retryable = retryable;
    this.kind = kind;
  }

  /** Recognises it across copies of the package. */
  static is(value: unknown): value is LookupKeyError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}

/** How a call failed, and whether it may be made again. */
export interface LookupSourceErrorOptions {
  /** HTTP status, where there is one. @default none */
  readonly status?: number;
  /** Whether the call may be made again. @default told by the status: 408, 425, 429 and 5xx may */
  readonly retryable?: boolean;
  /** The source asked for fewer calls. @default true for 429 */
  readonly throttled?: boolean;
  /** There was no answer in time. @default true for 408 and 504 */
  readonly slow?: boolean;
  /** How long the source wants to be left alone, in milliseconds. @default told by backoff */
  readonly retryAfterMs?: number;
  /** The error that led to this one. @default none */
  readonly cause?: unknown;
}

/**
 * What `load` throws to say how a whole call failed; `reason` goes into messages and must not contain keys.
 *
 * @example
 * throw new LookupSourceError('the price service is being restarted', { retryable: true, retryAfterMs: 2_000 });
 */
export class LookupSourceError extends Error {
  override readonly name: string = 'LookupSourceError';
  readonly reason: string;
  readonly status?: number;
  readonly retryable?: boolean;
  readonly throttled: boolean;
  readonly slow: boolean;
  readonly retryAfterMs?: number;

  constructor(reason: string, options: LookupSourceErrorOptions = {}) {
    super(reason, options.cause === undefined ? {} : { cause: options.cause });
    this.reason = reason;
    if (options.status !== undefined) this.status = options.status;
    if (options.retryable !== undefined) this.retryable = options.retryable;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    this.throttled = options.throttled ?? options.status === 429;
    this.slow = options.slow ?? (options.status === 408 || options.status === 504);
  }
}

/** How a caller wants to be told of calls that failed for all tries. */
export interface LoadManyOptions {
  /**
   * `throw` rejects at the first of them; `answer` gives their keys a `LookupKeyError` of kind `failed` or `slow`, beside the
   * values of all others. Aborts, the deadline and refusals reject in any case. @default 'throw'
   */
  readonly onFailure?: 'throw' | 'answer';
}

/** What is remembered of a key; a missing one has `undefined`. */
export interface Remembered<V> {
  readonly value: V | LookupKeyError | undefined;
}

/** Values by key, from wherever they come. */
export interface Lookup<K extends LookupKey, V> {
  /** Names it in issues, errors and events. */
  readonly name: string;
  /**
   * The values of the keys that have one. A key that is absent from the answer is missing at the source.
   *
   * @throws PipelineLookupError `LOOKUP_FAILED`, `LOOKUP_THROTTLED`, `LOOKUP_INCOMPLETE`, `LOOKUP_OPEN` when another try may help
   * @throws PipelineLookupRefusedError `LOOKUP_REFUSED` when it will not
   * @throws PipelineDeadlineError `DEADLINE` when the run leaves no time for a call
   */
  loadMany(keys: readonly K[], run: RunContext, options?: LoadManyOptions): Promise<ReadonlyMap<K, V | LookupKeyError>>;
  /** What is known of a key without asking the source; `undefined` when it must be asked, or when nothing is remembered. */
  recall?(key: K, nowMs: number): Remembered<V> | undefined;
}
