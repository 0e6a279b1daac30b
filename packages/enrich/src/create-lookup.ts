import type { RunContext } from '@pipeline/core';
import pLimit from 'p-limit';
import { batchKeys } from './batch-keys.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { type FailedKeys, type LoadedBatch, loadBatch } from './load-batch.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import { checkLookupOptions, type LookupOptions } from './lookup-options.ts';
import { createLruCache } from './lru-cache.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRetryBudget } from './retry-budget.ts';
import { joinAll, type SharedTask, shareTask } from './shared-task.ts';
import { createPace } from './time-left.ts';

/** A batch that is being loaded, and until when whoever began it has time for it. */
interface Flight<K, V> {
  readonly task: SharedTask<LoadedBatch<K, V>>;
  readonly deadlineMs: number;
}

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
export const createLookup = <K extends LookupKey, V>(given: LookupOptions<K, V>): Lookup<K, V> => {
  const options = checkLookupOptions(given);
  const { name, batchSize, ttlMs, missingTtlMs, breaker, retryBudget } = options;
  const cache = createLruCache<K, V | LookupKeyError | undefined>(options.cacheSize);
  const inFlight = new Map<K, Flight<K, V>>();
  const limit = pLimit(options.concurrency);
  const batchOptions = {
    ...options,
    rateLimit: createRateLimit(options.ratePerSecond),
    breaker: breaker === false ? undefined : createCircuitBreaker(breaker),
    retryBudget: retryBudget === false ? undefined : createRetryBudget(retryBudget),
    pace: createPace(),
  };

  const loadAndRemember = async (keys: readonly K[], run: RunContext): Promise<LoadedBatch<K, V>> => {
    run.signal.throwIfAborted();
    const loaded = await loadBatch(keys, run, batchOptions);
    const nowMs = run.clock.now();
    for (const key of keys) {
      if (loaded.failed?.keys.has(key)) continue; // a failure of the source says nothing of the key
      const value = loaded.answers.get(key);
      const absent = value === undefined || LookupKeyError.is(value);
      cache.set(key, value, nowMs + (absent ? missingTtlMs : ttlMs));
    }
    return loaded;
  };

  const start = (keys: readonly K[], run: RunContext): Flight<K, V> => {
    const task = shareTask(
      (signal) => limit(() => loadAndRemember(keys, { ...run, signal })),
      () => {
        for (const key of keys) if (inFlight.get(key) === flight) inFlight.delete(key);
      },
    );
    const flight: Flight<K, V> = { task, deadlineMs: deadlineOf(run) };
    for (const key of keys) inFlight.set(key, flight);
    return flight;
  };

  return {
    name,
    recall: (key, nowMs) => cache.get(key, nowMs),
    loadMany: async (keys, run, { onFailure = 'throw' } = {}) => {
      run.signal.throwIfAborted();
      const startedMs = run.clock.now();
      const answers = new Map<K, V | LookupKeyError>();
      const waiting = new Map<K, SharedTask<LoadedBatch<K, V>>>();
      const fresh = new Set<K>();
      for (const key of keys) {
        const hit = cache.get(key, startedMs);
        if (hit !== undefined) {
          if (hit.value !== undefined) answers.set(key, hit.value);
          continue;
        }
        const flight = inFlight.get(key);
        // Whoever began with less time may stop before it is there for those with more.
        if (flight === undefined || flight.deadlineMs < deadlineOf(run)) fresh.add(key);
        else waiting.set(key, flight.task);
      }
      const joined = waiting.size;
      const batches = batchKeys([...fresh], batchSize);
      for (const batch of batches) {
        const { task } = start(batch, run);
        for (const key of batch) waiting.set(key, task);
      }
      if (waiting.size === 0) return answers;

      const tasks = [...new Set(waiting.values())];
      const loaded = await joinAll(tasks, run.signal, onFailure === 'throw' ? throwFailed : undefined);
      const loadedBy = new Map(tasks.map((task, index) => [task, loaded[index]!]));
      let missing = 0;
      let failed = 0;
      for (const [key, task] of waiting) {
        const batch = loadedBy.get(task)!;
        const value = batch.failed?.keys.has(key) ? keyErrorOf(batch.failed) : batch.answers.get(key);
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

const deadlineOf = (run: RunContext): number => run.deadlineMs ?? Number.POSITIVE_INFINITY;

const throwFailed = <K, V>({ failed }: LoadedBatch<K, V>): void => {
  if (failed !== undefined) throw failed.error;
};

const keyErrorOf = <K>({ reason, slow, error }: FailedKeys<K>): LookupKeyError =>
  new LookupKeyError(reason, { kind: slow ? 'slow' : 'failed', cause: error });
