import type { RunContext } from '@pipeline/core';
import pLimit from 'p-limit';
import { batchKeys } from './batch-keys.ts';
import { isCount, isPositive, requireOption } from './check-options.ts';
import { loadBatch } from './load-batch.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import { createLruCache } from './lru-cache.ts';
import { createRateLimit } from './rate-limit.ts';
import { joinAll, type SharedTask, shareTask } from './shared-task.ts';

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
  /** Time limit of one call, in milliseconds; without it a call may take as long as the run. @default none */
  readonly timeoutMs?: number;
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

type Answers<K, V> = ReadonlyMap<K, V | LookupKeyError>;

/**
 * Makes a look-up of a function from keys to values: keys are asked for once however often and by whomever they are
 * wanted, in batches, within limits, with a cache and with retries. Meant to live as long as the process.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 *
 * @example
 * const customers = createLookup<string, Customer>({
 *   name: 'customers',
 *   load: async (ids, { signal }) => new Map((await db.customers(ids, { signal })).map((c) => [c.id, c])),
 *   ratePerSecond: 50,
 * });
 */
export const createLookup = <K extends LookupKey, V>({
  name,
  load,
  batchSize = 100,
  concurrency = 4,
  ratePerSecond = Number.POSITIVE_INFINITY,
  cacheSize = 10_000,
  ttlMs = Number.POSITIVE_INFINITY,
  missingTtlMs = Math.min(ttlMs, 60_000),
  retries = 3,
  timeoutMs,
}: LookupOptions<K, V>): Lookup<K, V> => {
  requireOption(typeof name === 'string' && name !== '', 'name', 'a name', name);
  requireOption(isCount(batchSize, 1), 'batchSize', 'a whole number from 1', batchSize);
  requireOption(isCount(concurrency, 1), 'concurrency', 'a whole number from 1', concurrency);
  requireOption(isPositive(ratePerSecond), 'ratePerSecond', 'a positive number', ratePerSecond);
  requireOption(isCount(cacheSize, 0), 'cacheSize', 'a whole number from 0', cacheSize);
  requireOption(isPositive(ttlMs), 'ttlMs', 'a positive number', ttlMs);
  requireOption(isPositive(missingTtlMs), 'missingTtlMs', 'a positive number', missingTtlMs);
  requireOption(isCount(retries, 0), 'retries', 'a whole number from 0', retries);
  requireOption(timeoutMs === undefined || isPositive(timeoutMs), 'timeoutMs', 'a positive number', timeoutMs);

  const cache = createLruCache<K, V | LookupKeyError | undefined>(cacheSize);
  const inFlight = new Map<K, SharedTask<Answers<K, V>>>();
  const limit = pLimit(concurrency);
  const options = { name, load, rateLimit: createRateLimit(ratePerSecond), retries, timeoutMs };

  const loadAndRemember = async (keys: readonly K[], run: RunContext): Promise<Answers<K, V>> => {
    run.signal.throwIfAborted();
    const answers = await loadBatch(keys, run, options);
    const nowMs = run.clock.now();
    for (const key of keys) {
      const value = answers.get(key);
      const absent = value === undefined || LookupKeyError.is(value);
      cache.set(key, value, nowMs + (absent ? missingTtlMs : ttlMs));
    }
    return answers;
  };

  const start = (keys: readonly K[], run: RunContext): SharedTask<Answers<K, V>> => {
    const task: SharedTask<Answers<K, V>> = shareTask(
      (signal) => limit(() => loadAndRemember(keys, { ...run, signal })),
      () => {
        for (const key of keys) if (inFlight.get(key) === task) inFlight.delete(key);
      },
    );
    for (const key of keys) inFlight.set(key, task);
    return task;
  };

  return {
    name,
    loadMany: async (keys, run) => {
      run.signal.throwIfAborted();
      const startedMs = run.clock.now();
      const answers = new Map<K, V | LookupKeyError>();
      const waiting = new Map<K, SharedTask<Answers<K, V>>>();
      const fresh = new Set<K>();
      for (const key of keys) {
        const hit = cache.get(key, startedMs);
        if (hit !== undefined) {
          if (hit.value !== undefined) answers.set(key, hit.value);
          continue;
        }
        const task = inFlight.get(key);
        if (task === undefined) fresh.add(key);
        else waiting.set(key, task);
      }
      const joined = waiting.size;
      const batches = batchKeys([...fresh], batchSize);
      for (const batch of batches) {
        const task = start(batch, run);
        for (const key of batch) waiting.set(key, task);
      }
      if (waiting.size === 0) return answers;

      const tasks = [...new Set(waiting.values())];
      const loaded = await joinAll(tasks, run.signal);
      const loadedBy = new Map(tasks.map((task, index) => [task, loaded[index]!]));
      let missing = 0;
      let failed = 0;
      for (const [key, task] of waiting) {
        const value = loadedBy.get(task)!.get(key);
        if (value === undefined) missing++;
        else answers.set(key, value);
        if (LookupKeyError.is(value)) failed++;
      }
      run.observe({
        type: 'lookup.loaded',
        batchId: run.batchId,
        lookup: name,
        asked: keys.length,
        loaded: fresh.size,
        calls: batches.length,
        joined,
        missing,
        failed,
        durationMs: run.clock.now() - startedMs,
      });
      return answers;
    },
  };
};
