import { PipelineDeadlineError, PipelineError, PipelineLookupError, PipelineSourceError } from '@pipeline/core';
import { describe, expect, test, vi } from 'vitest';
import { createLookup, LookupKeyError, LookupSourceError } from '../src/index.ts';
import { virtualRun } from './helpers.ts';

const upper = async (keys: readonly string[]) => new Map(keys.map((key) => [key, key.toUpperCase()]));

/** Fails as told, call by call, then answers. */
const failing = (...errors: unknown[]) =>
  vi.fn(async (keys: readonly string[]) => {
    if (errors.length > 0) throw errors.shift();
    return upper(keys);
  });

const rejection = async (promise: Promise<unknown>): Promise<PipelineError> => {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(PipelineError.is(error), String(error)).toBe(true);
  return error as PipelineError;
};

describe('asking', () => {
  test('a key is loaded once, however often and by however many callers it is wanted at the same time', async () => {
    const load = vi.fn(upper);
    const lookup = createLookup({ name: 'names', load });
    const run = virtualRun();
    const [first, second] = await Promise.all([
      lookup.loadMany(['a', 'b', 'a'], run),
      lookup.loadMany(['b', 'c', 'b'], run),
    ]);
    expect([...first]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
    expect(new Map(second)).toEqual(
      new Map([
        ['b', 'B'],
        ['c', 'C'],
      ]),
    );
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['a', 'b'], ['c']]);
  });

  test('what was loaded is remembered, and so is that a key is missing', async () => {
    const load = vi.fn(async () => new Map([['a', 1]]));
    const lookup = createLookup<string, number>({ name: 'names', load });
    const run = virtualRun();
    for (let time = 0; time < 3; time++) expect([...(await lookup.loadMany(['a', 'b'], run))]).toEqual([['a', 1]]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('values that are falsy or null are values', async () => {
    const lookup = createLookup<string, number | null | ''>({
      name: 'falsy',
      load: async () =>
        new Map<string, number | null | ''>([
          ['zero', 0],
          ['null', null],
          ['empty', ''],
        ]),
    });
    const run = virtualRun();
    for (let time = 0; time < 2; time++) {
      const answers = await lookup.loadMany(['zero', 'null', 'empty', 'none'], run);
      expect([...answers]).toEqual([
        ['zero', 0],
        ['null', null],
        ['empty', ''],
      ]);
    }
  });

  test('a value is asked for again after ttlMs, a missing key after missingTtlMs', async () => {
    const load = vi.fn(async (keys: readonly string[]) => upper(keys.filter((key) => key !== 'gone')));
    const lookup = createLookup({ name: 'names', load, ttlMs: 3_600_000 });
    const run = virtualRun();
    const loadedAfter = async (ms: number) => {
      await run.timers.sleep(ms);
      load.mockClear();
      await lookup.loadMany(['here', 'gone'], run);
      return load.mock.calls.flatMap(([keys]) => keys);
    };
    expect(await loadedAfter(0)).toEqual(['here', 'gone']);
    expect(await loadedAfter(59_999)).toEqual([]);
    expect(await loadedAfter(1)).toEqual(['gone']);
    expect(await loadedAfter(3_540_000)).toEqual(['here', 'gone']);
  });

  test('an answer is whole even when it has more keys than the cache holds', async () => {
    const lookup = createLookup({ name: 'names', load: upper, cacheSize: 2, batchSize: 3 });
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
    expect([...(await lookup.loadMany(keys, virtualRun())).keys()]).toEqual(keys);
  });

  test('keys that were not asked for are not taken from the answer', async () => {
    const lookup = createLookup<string, string>({ name: 'chatty', load: async () => upper(['a', 'x']) });
    expect([...(await lookup.loadMany(['a', 'b'], virtualRun())).keys()]).toEqual(['a']);
  });

  test('no more calls are under way than concurrency says, and they start at ratePerSecond', async () => {
    const run = virtualRun();
    const startedMs: number[] = [];
    let under = 0;
    let peak = 0;
    const lookup = createLookup<string, string>({
      name: 'slow',
      batchSize: 1,
      concurrency: 3,
      ratePerSecond: 10,
      load: async (keys) => {
        startedMs.push(run.clock.now());
        peak = Math.max(peak, ++under);
        await run.timers.sleep(1_000);
        under--;
        return upper(keys);
      },
    });
    await lookup.loadMany(['a', 'b', 'c', 'd', 'e', 'f', 'g'], run);
    expect(peak).toBe(3);
    const begin = startedMs[0]!;
    expect(startedMs.map((each) => each - begin)).toEqual([0, 100, 200, 1000, 1100, 1200, 2000]);
  });

  test('events carry counts and never keys', async () => {
    const run = virtualRun({ batchId: 'b1' });
    const load = vi.fn(async (keys: readonly string[]) => {
      if (load.mock.calls.length === 1) throw new LookupSourceError('busy', { status: 503 });
      const answers = new Map<string, string | LookupKeyError>(
        await upper(keys.filter((key) => key !== 'secret-gone')),
      );
      return answers.set('secret-bad', new LookupKeyError('no'));
    });
    const lookup = createLookup<string, string>({ name: 'names', load });
    await lookup.loadMany(['secret-a', 'secret-a', 'secret-bad', 'secret-gone'], run);
    expect(run.events).toEqual([
      { type: 'lookup.retried', batchId: 'b1', lookup: 'names', keys: 3, tries: 1, delayMs: 50, reason: 'busy' },
      {
        type: 'lookup.loaded',
        batchId: 'b1',
        lookup: 'names',
        asked: 4,
        loaded: 3,
        calls: 1,
        joined: 0,
        missing: 1,
        failed: 1,
        durationMs: 50,
      },
    ]);
    expect(JSON.stringify(run.events)).not.toContain('secret');
  });

  test.each([
    ['name', ''],
    ['batchSize', 0],
    ['batchSize', 1.5],
    ['concurrency', 0],
    ['ratePerSecond', 0],
    ['cacheSize', -1],
    ['ttlMs', 0],
    ['missingTtlMs', Number.NaN],
    ['retries', -1],
    ['timeoutMs', 0],
  ])('option %s = %j is refused by name', (option, value) => {
    expect(() => createLookup({ name: 'names', load: upper, [option]: value })).toThrow(
      new RegExp(`^CONFIG_INVALID: ${option} must be`),
    );
  });
});

describe('failing', () => {
  test.each([
    ['a 503', new LookupSourceError('HTTP 503', { status: 503 })],
    ['a 408', new LookupSourceError('HTTP 408', { status: 408 })],
    ['an SDK error marked $retryable', Object.assign(new Error('x'), { $retryable: {} })],
    ['an SDK error with a 500', Object.assign(new Error('x'), { $metadata: { httpStatusCode: 500 } })],
    ['a reset', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
    [
      'a reset that fetch wraps',
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }) }),
    ],
    [
      'a refused connection on every address',
      new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })]),
    ],
    [
      'a retryable error of the pipeline',
      new PipelineLookupError('LOOKUP_FAILED', { lookup: 'x', tries: 1, reason: 'y' }),
    ],
  ])('%s is tried again', async (_, error) => {
    const load = failing(error, error);
    const run = virtualRun();
    const lookup = createLookup({ name: 'names', load });
    expect([...(await lookup.loadMany(['a'], run))]).toEqual([['a', 'A']]);
    expect(load).toHaveBeenCalledTimes(3);
    expect(run.slept).toEqual([50, 100]);
  });

  test.each([
    ['a 403', new LookupSourceError('HTTP 403', { status: 403 }), 'PipelineLookupRefusedError', 'LOOKUP_REFUSED'],
    [
      'a denied SDK call',
      Object.assign(new Error('x'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }),
      'PipelineLookupRefusedError',
      'LOOKUP_REFUSED',
    ],
    [
      'a table that is not there',
      Object.assign(new Error('x'), { name: 'ResourceNotFoundException' }),
      'PipelineLookupRefusedError',
      'LOOKUP_REFUSED',
    ],
    ['a bug in load', new TypeError('x is not a function'), 'PipelineLookupError', 'LOOKUP_FAILED'],
    [
      'an error that says so',
      new LookupSourceError('closed', { status: 503, retryable: false }),
      'PipelineLookupError',
      'LOOKUP_FAILED',
    ],
    [
      'a source error of the pipeline',
      new PipelineSourceError('SOURCE_NOT_FOUND', { object: 'x' }),
      'PipelineSourceError',
      'SOURCE_NOT_FOUND',
    ],
    ['a deadline', new PipelineDeadlineError('DEADLINE', {}), 'PipelineDeadlineError', 'DEADLINE'],
  ])('%s is not tried again', async (_, error, name, code) => {
    const load = failing(error);
    const lookup = createLookup({ name: 'names', load });
    const thrown = await rejection(lookup.loadMany(['a'], virtualRun()));
    expect([thrown.name, thrown.code]).toEqual([name, code]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('after the retries the error says what happened, how often, and nothing of the keys', async () => {
    const error = Object.assign(new Error('cannot read key-1'), { code: 'ETIMEDOUT' });
    const load = failing(error, error, error, error);
    const lookup = createLookup({ name: 'names', load });
    const thrown = await rejection(lookup.loadMany(['key-1'], virtualRun()));
    expect(thrown.message).toBe('LOOKUP_FAILED: look-up names failed after 4 tries: Error, ETIMEDOUT');
    expect(thrown.retryable).toBe(true);
    expect(thrown.cause).toBe(error);
  });

  test.each([
    ['a 429', new LookupSourceError('HTTP 429', { status: 429 })],
    [
      'DynamoDB',
      Object.assign(new Error('x'), {
        name: 'ProvisionedThroughputExceededException',
        $metadata: { httpStatusCode: 400 },
      }),
    ],
    ['an SDK hint', Object.assign(new Error('x'), { $retryable: { throttling: true } })],
  ])('throttling by %s that lasts ends as LOOKUP_THROTTLED', async (_, error) => {
    const lookup = createLookup({ name: 'names', load: failing(error, error), retries: 1 });
    const thrown = await rejection(lookup.loadMany(['a'], virtualRun()));
    expect(thrown.message).toBe(
      'LOOKUP_THROTTLED: look-up names was throttled for 2 tries; lower its rate or concurrency',
    );
  });

  test('Retry-After of the source is kept, up to half a minute', async () => {
    const busy = (retryAfterMs: number) => new LookupSourceError('busy', { status: 429, retryAfterMs });
    const header = Object.assign(new Error('x'), {
      $retryable: {},
      $response: { headers: { 'retry-after': '2' } },
    });
    const run = virtualRun({ random: () => 0 });
    await createLookup({ name: 'names', load: failing(busy(700), busy(1e12), header) }).loadMany(['a'], run);
    expect(run.slept).toEqual([700, 30_000, 2_000]);
  });

  test('a failure is not remembered', async () => {
    const load = failing(new TypeError('x'));
    const lookup = createLookup({ name: 'names', load });
    const run = virtualRun();
    await rejection(lookup.loadMany(['a'], run));
    expect((await lookup.loadMany(['a'], run)).get('a')).toBe('A');
  });

  test('a call that takes longer than timeoutMs is aborted and tried again', async () => {
    const run = virtualRun();
    const signals: AbortSignal[] = [];
    const lookup = createLookup<string, string>({
      name: 'names',
      timeoutMs: 5_000,
      retries: 1,
      load: async (keys, { signal, timers }) => {
        signals.push(signal);
        await timers.sleep(signals.length === 1 ? 6_000 : 4_000);
        return upper(keys);
      },
    });
    const startedMs = run.clock.now();
    expect((await lookup.loadMany(['a'], run)).get('a')).toBe('A');
    expect(run.clock.now() - startedMs).toBe(5_000 + 50 + 4_000);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    expect(run.events[0]).toMatchObject({ type: 'lookup.retried', reason: 'no answer within 5000 ms' });
  });

  test('keys without an answer yet are asked for again as long as there is progress, then as often as retries says', async () => {
    const again = new LookupKeyError('later', { retryable: true });
    const asked: (readonly string[])[] = [];
    const oneAtATime = createLookup<string, string>({
      name: 'drip',
      retries: 0,
      load: async (keys) => {
        asked.push(keys);
        return new Map(keys.map((key, index) => [key, index === 0 ? key.toUpperCase() : again]));
      },
    });
    const run = virtualRun();
    expect([...(await oneAtATime.loadMany(['a', 'b', 'c'], run))]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
    ]);
    expect(asked).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);

    const load = vi.fn(async (keys: readonly string[]) => new Map(keys.map((key) => [key, again])));
    const thrown = await rejection(createLookup({ name: 'stuck', load, retries: 2 }).loadMany(['a', 'b'], run));
    expect(thrown.message).toBe('LOOKUP_INCOMPLETE: look-up stuck left 2 keys without an answer after 3 tries');
    expect(load).toHaveBeenCalledTimes(3);
  });

  test('a key that failed on its own leaves the others their answers', async () => {
    const failed = new LookupKeyError('locked');
    const lookup = createLookup<string, string>({
      name: 'names',
      load: async (keys) => new Map<string, string | LookupKeyError>(await upper(keys)).set('b', failed),
    });
    expect([...(await lookup.loadMany(['a', 'b'], virtualRun()))]).toEqual([
      ['a', 'A'],
      ['b', failed],
    ]);
  });
});

describe('aborting', () => {
  const slow = () => {
    const calls: { keys: readonly string[]; signal: AbortSignal }[] = [];
    const lookup = createLookup<string, string>({
      name: 'slow',
      batchSize: 1,
      concurrency: 1,
      load: async (keys, { signal, timers }) => {
        calls.push({ keys, signal });
        await timers.sleep(1_000, signal);
        return upper(keys);
      },
    });
    return { calls, lookup };
  };

  test('an aborted caller gets the reason of its signal, unwrapped, and nothing is called any more', async () => {
    const { calls, lookup } = slow();
    const abort = new AbortController();
    const run = virtualRun({ signal: abort.signal });
    const reason = new PipelineDeadlineError('DEADLINE', {});
    run.timers.sleep(1_500).then(() => abort.abort(reason));
    await expect(lookup.loadMany(['a', 'b', 'c', 'd'], run)).rejects.toBe(reason);
    await run.timers.sleep(10_000);
    expect(calls.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
    expect(calls[1]!.signal.aborted).toBe(true);
    await expect(lookup.loadMany(['a'], run)).rejects.toBe(reason);
  });

  test('a caller that leaves does not take the load away from another that waits for it', async () => {
    const { calls, lookup } = slow();
    const abort = new AbortController();
    const run = virtualRun();
    const first = lookup.loadMany(['a'], run.with({ signal: abort.signal }));
    const second = lookup.loadMany(['a'], run);
    abort.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect((await second).get('a')).toBe('A');
    expect(calls).toHaveLength(1);
  });

  test('whoever comes after everybody has left starts a load of its own', async () => {
    const { calls, lookup } = slow();
    const abort = new AbortController();
    const run = virtualRun();
    const first = lookup.loadMany(['a'], run.with({ signal: abort.signal }));
    await run.timers.sleep(10);
    abort.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect((await lookup.loadMany(['a'], run)).get('a')).toBe('A');
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  test('a load that ignores its signal holds nobody up', async () => {
    const abort = new AbortController();
    const run = virtualRun({ signal: abort.signal });
    const lookup = createLookup<string, string>({ name: 'deaf', load: () => new Promise(() => {}) });
    const waiting = lookup.loadMany(['a'], run);
    await run.timers.sleep(5);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('a pause before a retry ends at once', async () => {
    const abort = new AbortController();
    const run = virtualRun({ signal: abort.signal });
    const lookup = createLookup({
      name: 'names',
      load: failing(new LookupSourceError('busy', { status: 429, retryAfterMs: 20_000 })),
    });
    const startedMs = run.clock.now();
    run.timers.sleep(100).then(() => abort.abort(new Error('enough')));
    await expect(lookup.loadMany(['a'], run)).rejects.toThrow('enough');
    expect(run.clock.now() - startedMs).toBe(100);
  });
});
