import { PipelineError, PipelineLookupError, PipelineLookupRefusedError, type RunContext } from '@pipeline/core';
import { withTimeout } from './abort.ts';
import { backoffMs } from './backoff.ts';
import type { BreakerChange, CircuitBreaker, Permit } from './circuit-breaker.ts';
import { type Failure, failureOf } from './failures.ts';
import { LookupKeyError } from './lookup.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RetryBudget } from './retry-budget.ts';
import { type Pace, requireTime } from './time-left.ts';

export interface LoadBatchOptions<K, V> {
  readonly name: string;
  readonly load: (keys: readonly K[], run: RunContext) => Promise<ReadonlyMap<K, V | LookupKeyError>>;
  readonly rateLimit: RateLimit;
  readonly breaker: CircuitBreaker | undefined;
  readonly retryBudget: RetryBudget | undefined;
  readonly pace: Pace;
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly patienceMs: number | undefined;
}

/** What came of a batch of keys: answers, and what the source failed with when it left some without. */
export interface LoadedBatch<K, V> {
  readonly answers: ReadonlyMap<K, V | LookupKeyError>;
  readonly failed?: FailedKeys<K>;
}

/** Keys that the source gave no answer for, for all tries. */
export interface FailedKeys<K> {
  readonly keys: ReadonlySet<K>;
  readonly error: PipelineError;
  readonly reason: string;
  readonly slow: boolean;
}

/**
 * Loads one batch of keys, again and again for what is left over, until all have an answer or there is no more of what
 * retries need: retries without any progress, budget, patience, a source that is not left alone.
 *
 * @throws PipelineLookupRefusedError, PipelineDeadlineError, and any other error of the pipeline that `load` threw
 */
export const loadBatch = async <K, V>(
  keys: readonly K[],
  run: RunContext,
  options: LoadBatchOptions<K, V>,
): Promise<LoadedBatch<K, V>> => {
  const { name, load, rateLimit, breaker, retryBudget, pace, retries, timeoutMs, patienceMs } = options;
  const answers = new Map<K, V | LookupKeyError>();
  const startedMs = run.clock.now();
  const patienceLeft = (): number => (patienceMs ?? Number.POSITIVE_INFINITY) - (run.clock.now() - startedMs);
  const outOfPatience = `no answer within ${patienceMs} ms over all tries`;
  let todo = keys;
  let retried = 0;
  const giveUp = (failure: Failure | undefined, thrown: unknown, tries: number): LoadedBatch<K, V> => {
    const error = finalError(name, failure, thrown, tries, todo.length);
    if (!error.retryable || error.code === 'DEADLINE') throw error;
    const reason = failure?.reason ?? 'no answer for some keys';
    return { answers, failed: { keys: new Set(todo), error, reason, slow: failure?.slow ?? false } };
  };

  for (let tries = 1; ; tries++) {
    await rateLimit.take(run, name);
    run.signal.throwIfAborted();
    requireTime(run, pace.typicalMs, `look-up ${name}`);
    if (patienceLeft() <= 0) return giveUp({ kind: 'retry', reason: outOfPatience, slow: true }, undefined, tries - 1);
    const permit = breaker?.enter(run.clock.now());
    if (permit !== undefined && 'againMs' in permit) {
      const open = new PipelineLookupError('LOOKUP_OPEN', { lookup: name, ...permit });
      return giveUp({ kind: 'failed', reason: `it is left alone: ${permit.reason}`, slow: false }, open, tries);
    }
    if (permit?.probe) run.observe({ type: 'lookup.probing', batchId: run.batchId, lookup: name });
    if (tries === 1) retryBudget?.called();

    let thrown: unknown;
    let failure: Failure | undefined;
    let progress = false;
    try {
      const calledMs = run.clock.now();
      const loaded = await withTimeout((limited) => load(todo, limited), run, least(timeoutMs, patienceLeft()));
      pace.took(run.clock.now() - calledMs);
      observeChange(permit?.succeeded(run.clock.now()), name, run);
      const left = takeAnswers(todo, loaded, answers);
      if (left.length === 0) return { answers };
      progress = left.length < todo.length;
      todo = left;
    } catch (error) {
      if (run.signal.aborted) permit?.abandoned();
      run.signal.throwIfAborted();
      thrown = error;
      failure = failureOf(error, run.clock.now());
      tell(permit, failure, name, run);
    }

    if (progress) retried = 0;
    const final = failure !== undefined && failure.kind !== 'retry' && failure.kind !== 'throttled';
    if (final || (!progress && retried >= retries)) return giveUp(failure, thrown, tries);
    if (!progress && retryBudget?.take() === false)
      return giveUp(withReason(failure, 'the budget of retries is spent'), thrown, tries);
    const delayMs = backoffMs(retried, { random: run.random, retryAfterMs: failure?.retryAfterMs });
    if (delayMs >= patienceLeft()) return giveUp({ ...withReason(failure, outOfPatience), slow: true }, thrown, tries);
    requireTime(run, delayMs + pace.typicalMs, `look-up ${name}`);
    if (!progress) retried++;
    const reason = failure?.reason ?? 'keys without an answer';
    const details = { lookup: name, keys: todo.length, tries, delayMs, reason };
    run.observe({ type: 'lookup.retried', batchId: run.batchId, ...details });
    await run.timers.sleep(delayMs, run.signal);
  }
};

const least = (timeoutMs: number | undefined, patienceMs: number): number | undefined =>
  patienceMs === Number.POSITIVE_INFINITY ? timeoutMs : Math.min(timeoutMs ?? patienceMs, patienceMs);

const withReason = (failure: Failure | undefined, reason: string): Failure => ({
  kind: failure?.kind ?? 'retry',
  slow: failure?.slow ?? false,
  reason: failure === undefined ? reason : `${failure.reason}; ${reason}`,
});

/** Throttling is no failure of the source: it is well, and asked too much. */
const tell = (permit: Permit | undefined, failure: Failure, name: string, run: RunContext): void => {
  if (failure.kind === 'throttled') permit?.abandoned();
  else observeChange(permit?.failed(run.clock.now(), failure.reason), name, run);
};

const observeChange = (change: BreakerChange | undefined, lookup: string, run: RunContext): void => {
  if (change === undefined) return;
  const { to, ...details } = change;
  run.observe({ type: to === 'open' ? 'lookup.opened' : 'lookup.closed', batchId: run.batchId, lookup, ...details });
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
  if (failure === undefined || cause === undefined)
    return new PipelineLookupError('LOOKUP_INCOMPLETE', { lookup, keys, tries });
  if (PipelineError.is(cause)) return cause;
  const { kind, reason } = failure;
  if (kind === 'refused') return new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup, reason }, { cause });
  if (kind === 'throttled') return new PipelineLookupError('LOOKUP_THROTTLED', { lookup, tries }, { cause });
  return new PipelineLookupError('LOOKUP_FAILED', { lookup, tries, reason }, { cause });
};
