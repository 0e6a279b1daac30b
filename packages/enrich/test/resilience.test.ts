import {
  PipelineDeadlineError,
  PipelineError,
  PipelineLookupError,
  PipelineStorageError,
  type RunContext,
} from '@pipeline/core';
import { describe, expect, test, vi } from 'vitest';
import { createLookup, LookupKeyError, LookupSourceError } from '../src/index.ts';
import { virtualRun } from './helpers.ts';

const upper = async (keys: readonly string[]) => new Map(keys.map((key) => [key, key.toUpperCase()]));
const busy = new LookupSourceError('HTTP 503', { status: 503 });

const rejection = async (promise: Promise<unknown>): Promise<PipelineError> => {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(PipelineError.is(error), String(error)).toBe(true);
  return error as PipelineError;
};

describe('a budget of retries', () => {
  test('that is spent ends a call that could have been made again, and says so', async () => {
    const load = vi.fn(async () => Promise.reject(busy));
    const options = { retries: 3, breaker: false as const, retryBudget: { share: 0.5, burst: 3 } };
    const lookup = createLookup<string, string>({ name: 'names', load, ...options });
    const run = virtualRun();
    expect((await rejection(lookup.loadMany(['a'], run))).message).toContain('failed after 4 tries: HTTP 503');
    const error = await rejection(lookup.loadMany(['a'], run));
    expect(error.message).toBe(
      'LOOKUP_FAILED: look-up names failed after 1 tries: HTTP 503; the budget of retries is spent',
    );
    expect(load).toHaveBeenCalledTimes(5);
  });

  test('does not pay for keys that are asked for again while there is progress', async () => {
    const again = new LookupKeyError('later', { retryable: true });
    const lookup = createLookup<string, string>({
      name: 'drip',
      retryBudget: { burst: 0 },
      load: async (keys) => new Map(keys.map((key, index) => [key, index === 0 ? key.toUpperCase() : again])),
    });
    expect((await lookup.loadMany(['a', 'b', 'c'], virtualRun())).size).toBe(3);
  });
});

describe('a circuit breaker', () => {
  const flaky = (breaker: object) => {
    let healthy = false;
    const load = vi.fn(async (keys: readonly string[]) => (healthy ? upper(keys) : Promise.reject(busy)));
    const lookup = createLookup<string, string>({ name: 'names', load, retries: 0, breaker });
    return {
      load,
      lookup,
      mend: () => {
        healthy = true;
      },
    };
  };

  test('leaves the source alone, tries it once, and tells of it all', async () => {
    const { load, lookup, mend } = flaky({ failures: 2, openMs: 1_000 });
    const run = virtualRun();
    for (const key of ['a', 'b']) expect((await rejection(lookup.loadMany([key], run))).code).toBe('LOOKUP_FAILED');
    const open = await rejection(lookup.loadMany(['c'], run));
    expect([open.name, open.retryable, open.message]).toEqual([
      'PipelineLookupError',
      true,
      'LOOKUP_OPEN: look-up names is left alone after 2 failed calls, the last with HTTP 503; it is tried again in 1,000 ms',
    ]);
    expect(load).toHaveBeenCalledTimes(2);
    await run.timers.sleep(1_000);
    mend();
    expect((await lookup.loadMany(['c'], run)).get('c')).toBe('C');
    expect((await lookup.loadMany(['d'], run)).get('d')).toBe('D');
    expect(run.events.filter(({ type }) => type !== 'lookup.loaded')).toEqual([
      { type: 'lookup.opened', batchId: 'local', lookup: 'names', failures: 2, calls: 2, openMs: 1_000 },
      { type: 'lookup.probing', batchId: 'local', lookup: 'names' },
      { type: 'lookup.closed', batchId: 'local', lookup: 'names' },
    ]);
  });

  test('still answers from what is remembered', async () => {
    const { lookup, mend, load } = flaky({ failures: 1 });
    const run = virtualRun();
    mend();
    await lookup.loadMany(['a'], run);
    load.mockImplementation(async () => Promise.reject(busy));
    await rejection(lookup.loadMany(['b'], run));
    expect((await rejection(lookup.loadMany(['b'], run))).code).toBe('LOOKUP_OPEN');
    expect((await lookup.loadMany(['a'], run)).get('a')).toBe('A');
  });

  test('opens in the middle of the retries of a call, which are not waited for then', async () => {
    const load = vi.fn(async () => Promise.reject(busy));
    const lookup = createLookup<string, string>({ name: 'names', load, retries: 9, breaker: { failures: 3 } });
    expect((await rejection(lookup.loadMany(['a'], virtualRun()))).code).toBe('LOOKUP_OPEN');
    expect(load).toHaveBeenCalledTimes(3);
  });

  test('does not count throttling, nor keys that failed on their own', async () => {
    const throttled = new LookupSourceError('HTTP 429', { status: 429 });
    const load = vi.fn(async () => Promise.reject(throttled));
    const lookup = createLookup<string, string>({ name: 'names', load, retries: 9, breaker: { failures: 2 } });
    expect((await rejection(lookup.loadMany(['a'], virtualRun()))).code).toBe('LOOKUP_THROTTLED');
    const poison = createLookup<string, string>({
      name: 'names',
      load: async (keys) => new Map(keys.map((key) => [key, new LookupKeyError('poison')])),
      breaker: { failures: 1 },
    });
    for (const key of ['a', 'b', 'c']) expect((await poison.loadMany([key], virtualRun())).size).toBe(1);
  });

  test('that is tried by a caller who leaves is tried by the next', async () => {
    const { lookup, mend } = flaky({ failures: 1, openMs: 1_000 });
    const run = virtualRun();
    await rejection(lookup.loadMany(['a'], run));
    await run.timers.sleep(1_000);
    const abort = new AbortController();
    const left = lookup.loadMany(['a'], run.with({ signal: abort.signal }));
    abort.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    mend();
    expect((await lookup.loadMany(['a'], run)).get('a')).toBe('A');
  });
});

describe('a deadline', () => {
  const timed = (ms: number, options: object = {}) => {
    const startedMs: number[] = [];
    const lookup = createLookup<string, string>({
      name: 'slow',
      batchSize: 1,
      concurrency: 1,
      load: async (keys, { timers, clock }) => {
        startedMs.push(clock.now());
        await timers.sleep(ms);
        return upper(keys);
      },
      ...options,
    });
    return { lookup, startedMs };
  };
  const runUntil = (ms: number) => {
    const run = virtualRun();
    return run.with({ deadlineMs: run.clock.now() + ms });
  };

  test('ends the asking as soon as the next call would not be done before it', async () => {
    const run = runUntil(3_500);
    const { lookup, startedMs } = timed(1_000);
    const beganMs = run.clock.now();
    const error = await rejection(lookup.loadMany(['a', 'b', 'c', 'd', 'e'], run));
    expect([error.name, error.message]).toEqual([
      'PipelineDeadlineError',
      'DEADLINE: look-up slow was not done in the time that was set aside',
    ]);
    expect(startedMs).toHaveLength(3);
    expect(run.clock.now() - beganMs).toBe(3_000);
  });

  test('ends a pause before it begins, be it for a retry or for the rate', async () => {
    const run = runUntil(5_000);
    const wait = new LookupSourceError('busy', { status: 429, retryAfterMs: 10_000 });
    const load = vi.fn(async (): Promise<Map<string, string>> => Promise.reject(wait));
    const throttled = createLookup<string, string>({ name: 'names', load });
    expect(await rejection(throttled.loadMany(['a'], run))).toBeInstanceOf(PipelineDeadlineError);
    const slow = createLookup<string, string>({ name: 'names', load: upper, batchSize: 1, ratePerSecond: 0.1 });
    expect(await rejection(slow.loadMany(['a', 'b'], run))).toBeInstanceOf(PipelineDeadlineError);
    expect(run.slept).toEqual([]);
  });

  test('of whoever asked first is not that of those who have more time', async () => {
    const run = runUntil(1_000);
    const load = vi.fn(async (keys: readonly string[], { timers, signal }: RunContext) => {
      await timers.sleep(500, signal);
      if (load.mock.calls.length <= 2) throw new LookupSourceError('busy', { status: 503, retryAfterMs: 2_000 });
      return upper(keys);
    });
    const lookup = createLookup<string, string>({ name: 'names', load });
    const hasty = rejection(lookup.loadMany(['a'], run));
    const patient = lookup.loadMany(['a'], run.with({ deadlineMs: run.clock.now() + 60_000 }));
    expect(await hasty).toBeInstanceOf(PipelineDeadlineError);
    expect((await patient).get('a')).toBe('A');
  });
});

describe('patience', () => {
  test('covers a call with all its retries', async () => {
    const run = virtualRun();
    const beganMs = run.clock.now();
    const lookup = createLookup<string, string>({
      name: 'names',
      retries: 100,
      timeoutMs: 1_000,
      patienceMs: 2_500,
      load: (_, { timers, signal }) => timers.sleep(60_000, signal).then(() => new Map()),
    });
    const error = await rejection(lookup.loadMany(['a'], run));
    expect(error.code).toBe('LOOKUP_FAILED');
    expect(error.message).toContain('no answer within');
    expect(run.clock.now() - beganMs).toBeLessThanOrEqual(2_500);
  });
});

describe("calls that fail, under onFailure: 'answer'", () => {
  const lookupOf = (error: unknown, options: object = {}) =>
    createLookup<string, string>({
      name: 'names',
      batchSize: 1,
      retries: 0,
      load: async (keys) => (keys[0] === 'bad' ? Promise.reject(error) : upper(keys)),
      ...options,
    });
  const answer = async (error: unknown, options: object = {}) =>
    lookupOf(error, options).loadMany(['a', 'bad', 'b'], virtualRun(), { onFailure: 'answer' });

  test.each<[string, unknown, string, string]>([
    ['a 503', busy, 'failed', 'HTTP 503'],
    ['a 504', new LookupSourceError('HTTP 504', { status: 504 }), 'slow', 'HTTP 504'],
    ['a timeout', Object.assign(new Error('x'), { name: 'TimeoutError' }), 'slow', 'TimeoutError'],
    ['a 429', new LookupSourceError('HTTP 429', { status: 429 }), 'failed', 'HTTP 429'],
    ['a bug', new TypeError('bad is not a function'), 'failed', 'TypeError'],
    [
      'a store',
      new PipelineStorageError('STORAGE_STALLED', { operation: 'read', object: 'x', stallMs: 1 }),
      'slow',
      'STORAGE_STALLED',
    ],
  ])('%s leaves the others their values', async (_, error, kind, reason) => {
    const answers = await answer(error);
    expect([answers.get('a'), answers.get('b')]).toEqual(['A', 'B']);
    expect(answers.get('bad')).toMatchObject({ name: 'LookupKeyError', kind, reason });
  });

  test('keep the values that came before the failure of the rest of a batch', async () => {
    const again = new LookupKeyError('later', { retryable: true });
    const lookup = createLookup<string, string>({
      name: 'names',
      retries: 1,
      load: async (keys) => new Map(keys.map((key) => [key, key === 'a' ? 'A' : again])),
    });
    const answers = await lookup.loadMany(['a', 'b'], virtualRun(), { onFailure: 'answer' });
    expect(answers.get('a')).toBe('A');
    expect(answers.get('b')).toMatchObject({ kind: 'failed' });
  });

  test('are not remembered', async () => {
    const lookup = lookupOf(busy);
    const run = virtualRun();
    await lookup.loadMany(['a', 'bad'], run, { onFailure: 'answer' });
    expect(lookup.recall?.('bad', run.clock.now())).toBeUndefined();
    expect(lookup.recall?.('a', run.clock.now())).toMatchObject({ value: 'A' });
  });

  test('reject all the same where they say that no further call will do better', async () => {
    const refused = new LookupSourceError('HTTP 403', { status: 403 });
    await expect(answer(refused)).rejects.toMatchObject({ code: 'LOOKUP_REFUSED' });
    const deadline = new PipelineDeadlineError('DEADLINE', {});
    await expect(answer(deadline)).rejects.toBe(deadline);
  });

  test('reject those who do not ask for it', async () => {
    const error = await rejection(lookupOf(busy).loadMany(['a', 'bad'], virtualRun()));
    expect(error).toBeInstanceOf(PipelineLookupError);
  });
});
