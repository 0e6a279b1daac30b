import type { RunContext } from '@pipeline/core';
import { isCount, isPositive, requireOption } from './check-options.ts';
import type { BreakerOptions } from './circuit-breaker.ts';
import type { LookupKey, LookupKeyError } from './lookup.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';

/** How hard a source is worked and how long its answers are kept; the same for every kind of look-up. */
export interface LookupTuning {
  /** Most calls under way at a time, in this process. @default 4 */
  readonly concurrency?: number;
  /** Most calls per second, retries included, in this process. @default Infinity */
  readonly ratePerSecond?: number;
  /** Most keys remembered, missing ones included; 0 remembers none. @default 10_000 */
  readonly cacheSize?: number;
  /** How long a value is remembered, in milliseconds. A warm Lambda keeps its process, and this cache, for hours. @default Infinity */
  readonly ttlMs?: number;
  /**
   * How long it is remembered that a key is missing or failed, in milliseconds. Short, so that rows mended by adding the
   * key at the source pass when they are uploaded again. @default the smaller of `ttlMs` and 60_000
   */
  readonly missingTtlMs?: number;
  /** How often a failed call is made again. @default 3 */
  readonly retries?: number;
  /** How many calls may be made again over all, as a share of the calls; `false` for as many as `retries` allows. @default half of them and 100 more */
  readonly retryBudget?: RetryBudgetOptions | false;
  /** When a source that keeps failing is left alone for a while; `false` for never. @default after 20 failed calls in a row, or half of 50 and more in 30 s; for 10 s */
  readonly breaker?: BreakerOptions | false;
  /** Time limit of one call, in milliseconds; without it a call may take as long as the run. @default none */
  readonly timeoutMs?: number;
  /** Time limit of a call with all its retries and the pauses between them, in milliseconds. @default none */
  readonly patienceMs?: number;
}

/** What `createLookup` makes a look-up of. */
export interface LookupOptions<K extends LookupKey, V> extends LookupTuning {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /**
   * Gets the values of distinct keys. A key that has none is left out of the answer; one that cannot be looked up gets a
   * `LookupKeyError` as its value. A rejection concerns the whole call: it is made again when the error says that this
   * may help (`LookupSourceError`, a retryable `PipelineError`, SDK throttling and `$retryable`, HTTP 429 and 5xx,
   * network codes). Hand `run.signal` on.
   */
  readonly load: (keys: readonly K[], run: RunContext) => Promise<ReadonlyMap<K, V | LookupKeyError>>;
  /** Most keys per call. @default 100 */
  readonly batchSize?: number;
}

/** Fills in what was left out. @throws PipelineConfigError `CONFIG_INVALID` */
export const checkLookupOptions = <K extends LookupKey, V>({
  name,
  load,
  batchSize = 100,
  concurrency = 4,
  ratePerSecond = Number.POSITIVE_INFINITY,
  cacheSize = 10_000,
  ttlMs = Number.POSITIVE_INFINITY,
  missingTtlMs = Math.min(ttlMs, 60_000),
  retries = 3,
  retryBudget = {},
  breaker = {},
  timeoutMs,
  patienceMs,
}: LookupOptions<K, V>) => {
  requireOption(typeof name === 'string' && name !== '', 'name', 'a name', name);
  requireOption(isCount(batchSize, 1), 'batchSize', 'a whole number from 1', batchSize);
  requireOption(isCount(concurrency, 1), 'concurrency', 'a whole number from 1', concurrency);
  requireOption(isPositive(ratePerSecond), 'ratePerSecond', 'a positive number', ratePerSecond);
  requireOption(isCount(cacheSize, 0), 'cacheSize', 'a whole number from 0', cacheSize);
  requireOption(isPositive(ttlMs), 'ttlMs', 'a positive number', ttlMs);
  requireOption(isPositive(missingTtlMs), 'missingTtlMs', 'a positive number', missingTtlMs);
  requireOption(isCount(retries, 0), 'retries', 'a whole number from 0', retries);
  requireOption(timeoutMs === undefined || isPositive(timeoutMs), 'timeoutMs', 'a positive number', timeoutMs);
  requireOption(patienceMs === undefined || isPositive(patienceMs), 'patienceMs', 'a positive number', patienceMs);
  return {
    name,
    load,
    batchSize,
    concurrency,
    ratePerSecond,
    cacheSize,
    ttlMs,
    missingTtlMs,
    retries,
    retryBudget,
    breaker,
    timeoutMs,
    patienceMs,
  };
};
