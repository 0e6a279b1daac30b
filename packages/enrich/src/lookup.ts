import type { RunContext } from '@pipeline/core';

/** What a look-up can be keyed by. */
export type LookupKey = string | number;

const brand = Symbol.for('@pipeline/enrich/LookupKeyError');

/**
 * The answer for one key that could not be looked up, given as a value in the Map that `load` returns. Its row becomes
 * a reject with issue `LOOKUP_KEY_FAILED`; the other keys of the batch are not touched.
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
  readonly [brand] = true;

  constructor(reason: string, { retryable = false }: { readonly retryable?: boolean } = {}) {
    super(reason);
    this.reason = reason;
    this.retryable = retryable;
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
  readonly retryAfterMs?: number;

  constructor(reason: string, options: LookupSourceErrorOptions = {}) {
    super(reason, options.cause === undefined ? {} : { cause: options.cause });
    this.reason = reason;
    if (options.status !== undefined) this.status = options.status;
    if (options.retryable !== undefined) this.retryable = options.retryable;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    this.throttled = options.throttled ?? options.status === 429;
  }
}

/** Values by key, from wherever they come. */
export interface Lookup<K extends LookupKey, V> {
  /** Names it in issues, errors and events. */
  readonly name: string;
  /**
   * The values of the keys that have one. A key that is absent from the answer is missing at the source.
   *
   * @throws PipelineLookupError `LOOKUP_FAILED`, `LOOKUP_THROTTLED`, `LOOKUP_INCOMPLETE` when another try may help
   * @throws PipelineLookupRefusedError `LOOKUP_REFUSED` when it will not
   */
  loadMany(keys: readonly K[], run: RunContext): Promise<ReadonlyMap<K, V | LookupKeyError>>;
}
