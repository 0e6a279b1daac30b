import { PipelineError, PipelineLookupError, PipelineLookupRefusedError, type RunContext } from '@pipeline/core';
import { withTimeout } from './abort.ts';
import { backoffMs } from './backoff.ts';
import { type Failure, failureOf } from './failures.ts';
import { LookupKeyError } from './lookup.ts';
import type { RateLimit } from './rate-limit.ts';

export interface LoadBatchOptions<K, V> {
  readonly name: string;
  readonly load: (keys: readonly K[], run: RunContext) => Promise<ReadonlyMap<K, V | LookupKeyError>>;
  readonly rateLimit: RateLimit;
  readonly retries: number;
  readonly timeoutMs: number | undefined;
}

/**
 * Loads one batch of keys, again and again for what is left over, until all have an answer or the retries are used up
 * without any progress.
 */
export const loadBatch = async <K, V>(
  keys: readonly K[],
  run: RunContext,
  { name, load, rateLimit, retries, timeoutMs }: LoadBatchOptions<K, V>,
): Promise<ReadonlyMap<K, V | LookupKeyError>> => {
  const answers = new Map<K, V | LookupKeyError>();
  let todo = keys;
  let retried = 0;
  for (let tries = 1; ; tries++) {
    await rateLimit.take(run);
    run.signal.throwIfAborted();
    let thrown: unknown;
    let failure: Failure | undefined;
    let progress = false;
    try {
      const loaded = await withTimeout((limited) => load(todo, limited), run, timeoutMs);
      const left = takeAnswers(todo, loaded, answers);
      if (left.length === 0) return answers;
      progress = left.length < todo.length;
      todo = left;
    } catch (error) {
      run.signal.throwIfAborted();
      thrown = error;
      failure = failureOf(error, run.clock.now());
    }
    if (progress) retried = 0;
    const final = failure !== undefined && failure.kind !== 'retry' && failure.kind !== 'throttled';
    if (final || (!progress && retried >= retries)) throw finalError(name, failure, thrown, tries, todo.length);
    const delayMs = backoffMs(retried, { random: run.random, retryAfterMs: failure?.retryAfterMs });
    if (!progress) retried++;
    const reason = failure?.reason ?? 'keys without an answer';
    run.observe({
      type: 'lookup.retried',
      batchId: run.batchId,
      lookup: name,
      keys: todo.length,
      tries,
      delayMs,
      reason,
    });
    await run.timers.sleep(delayMs, run.signal);
  }
};

/** Moves what was answered into `answers` and gives back the keys that are to be asked for again. */
const takeAnswers = <K, V>(
  keys: readonly K[],
  loaded: ReadonlyMap<K, V | LookupKeyError>,
  answers: Map<K, V | LookupKeyError>,
): readonly K[] => {
  const left: K[] = [];
  for (const key of keys) {
    const answer = loaded.get(key);
    if (LookupKeyError.is(answer) && answer.retryable) left.push(key);
    else if (answer !== undefined) answers.set(key, answer);
  }
  return left;
};

const finalError = (
  lookup: string,
  failure: Failure | undefined,
  cause: unknown,
  tries: number,
  keys: number,
): PipelineError => {
  if (failure === undefined) return new PipelineLookupError('LOOKUP_INCOMPLETE', { lookup, keys, tries });
  if (PipelineError.is(cause)) return cause;
  const { kind, reason } = failure;
  if (kind === 'refused') return new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup, reason }, { cause });
  if (kind === 'throttled') return new PipelineLookupError('LOOKUP_THROTTLED', { lookup, tries }, { cause });
  return new PipelineLookupError('LOOKUP_FAILED', { lookup, tries, reason }, { cause });
};
