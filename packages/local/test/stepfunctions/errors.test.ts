import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionError, type Harness, lambdaTask, outputOf, single, startHarness } from './harness.ts';
import { testClock } from './test-clock.ts';

let local: Harness;
let random = 0.5;
beforeAll(async () => {
  local = await startHarness({ random: () => random });
  local.functions.fails = ({ error = 'Broken' }) => {
    throw new FunctionError(error, 'on purpose');
  };
  local.functions.endless = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
});
afterAll(() => local.close());

async function sleepsOf(state: object): Promise<number[]> {
  const from = local.clock.slept.length;
  expect((await local.run(single(state))).status).toBe('FAILED');
  return local.clock.slept.slice(from);
}

describe('Retry', () => {
  it.each([
    [{}, [1000, 2000, 4000]],
    [{ IntervalSeconds: 3, BackoffRate: 1.5, MaxAttempts: 3 }, [3000, 4500, 6750]],
    [{ IntervalSeconds: 10, MaxAttempts: 4, MaxDelaySeconds: 25 }, [10_000, 20_000, 25_000, 25_000]],
    [{ MaxAttempts: 0 }, []],
    [{ ErrorEquals: ['Other'] }, []],
    [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1 }, [1000]],
    [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }, [1000]],
    [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }, []],
  ])('%j waits %j ms', async (retrier, expected) => {
    expect(await sleepsOf(lambdaTask('fails', { Retry: [{ ErrorEquals: ['Broken'], ...retrier }] }))).toEqual(expected);
  });

  it('with full jitter waits between nothing and the whole delay', async () => {
    const Retry = [
      { ErrorEquals: ['Broken'], IntervalSeconds: 10, MaxDelaySeconds: 15, MaxAttempts: 2, JitterStrategy: 'FULL' },
    ];
    for (const [drawn, expected] of [
      [0, [0, 0]],
      [0.25, [2500, 3750]],
      [0.999, [9990, 14_985]],
    ] as const) {
      random = drawn;
      expect(await sleepsOf(lambdaTask('fails', { Retry }))).toEqual(expected);
    }
    random = 0.5;
  });

  it('counts each entry on its own', async () => {
    const errors = ['A', 'B', 'A', 'B', 'A'];
    local.functions.alternates = () => {
      throw new FunctionError(errors.shift() ?? 'A', '');
    };
    const Retry = [
      { ErrorEquals: ['A'], MaxAttempts: 2, IntervalSeconds: 1 },
      { ErrorEquals: ['B'], MaxAttempts: 2, IntervalSeconds: 10 },
    ];
    expect(await sleepsOf(lambdaTask('alternates', { Retry }))).toEqual([1000, 10_000, 2000, 20_000]);
  });

  it('runs a Map anew', async () => {
    let calls = 0;
    local.functions.third = () => {
      if (++calls < 3) throw new FunctionError('Broken', '');
      return calls;
    };
    const ItemProcessor = { StartAt: 'T', States: { T: lambdaTask('third', { OutputPath: '$.Payload' }) } };
    const state = { Type: 'Map', ItemProcessor, Retry: [{ ErrorEquals: ['Broken'] }], End: true };
    const execution = await local.run(single(state), [1]);
    expect(outputOf(execution)).toEqual([3]);
    const types = (await local.history(execution.executionArn!)).map(({ type }) => type);
    expect(types.filter((type) => type === 'MapStateStarted')).toHaveLength(3);
  });
});

describe('Catch', () => {
  const caught = (ErrorEquals: string[], more: object = {}) => ({
    StartAt: 'T',
    States: {
      T: lambdaTask('fails', { Catch: [{ ErrorEquals, Next: 'C', ...more }] }),
      C: { Type: 'Pass', End: true },
    },
  });

  it('gives the error in place of the input, or beside it', async () => {
    const Cause = '{"errorType":"Broken","errorMessage":"on purpose","trace":["at handler"]}';
    expect(outputOf(await local.run(caught(['Broken']), { a: 1 }))).toEqual({ Error: 'Broken', Cause });
    expect(outputOf(await local.run(caught(['States.ALL'], { ResultPath: '$.e' }), { a: 1 }))).toEqual({
      a: 1,
      e: { Error: 'Broken', Cause },
    });
    expect(outputOf(await local.run(caught(['States.TaskFailed'], { ResultPath: null }), { a: 1 }))).toEqual({ a: 1 });
    expect((await local.run(caught(['Other']), { a: 1 })).error).toBe('Broken');
  });

  it('comes after the retries', async () => {
    const definition = caught(['States.ALL']) as { States: { T: Record<string, unknown> } };
    definition.States.T.Retry = [{ ErrorEquals: ['Broken'], MaxAttempts: 1, IntervalSeconds: 42 }];
    const from = local.clock.slept.length;
    expect((await local.run(definition)).status).toBe('SUCCEEDED');
    expect(local.clock.slept.slice(from)).toEqual([42_000]);
  });

  it.each([
    ['States.Runtime', 'States.ALL', { OutputPath: '$.none' }, false],
    ['States.Runtime', 'States.Runtime', { OutputPath: '$.none' }, false],
    ['States.DataLimitExceeded', 'States.ALL', { Parameters: { FunctionName: 'long' } }, false],
    ['States.DataLimitExceeded', 'States.TaskFailed', { Parameters: { FunctionName: 'long' } }, false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', { Parameters: { FunctionName: 'long' } }, true],
  ])('%s is matched by %s: %j %j', async (error, name, state, matched) => {
    local.functions.ok = (payload) => payload;
    local.functions.long = () => 'x'.repeat(262_144);
    const definition = {
      StartAt: 'T',
      States: {
        T: lambdaTask('ok', { ...state, Catch: [{ ErrorEquals: [name], Next: 'C' }] }),
        C: { Type: 'Pass', End: true },
      },
    };
    const execution = await local.run(definition);
    if (matched) expect(outputOf(execution).Error).toBe(error);
    else expect(execution.error).toBe(error);
  });
});

describe('time limits', () => {
  it('of a task end it, abort its call and can be retried', async () => {
    let aborted = 0;
    local.functions.counts = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted++;
          reject(signal.reason);
        });
      });
    const Retry = [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }];
    const execution = await local.run(single(lambdaTask('counts', { TimeoutSecondsPath: '$.t', Retry })), { t: 5 });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(execution.cause).toBeUndefined();
    expect(aborted).toBe(2);
    const events = await local.history(execution.executionArn!);
    expect(events.map(({ type }) => type).slice(2)).toEqual([
      'TaskScheduled',
      'TaskStarted',
      'TaskTimedOut',
      'TaskScheduled',
      'TaskStarted',
      'TaskTimedOut',
      'ExecutionFailed',
    ]);
    expect(events[2]!.taskScheduledEventDetails).toMatchObject({
      timeoutInSeconds: 5,
      resource: 'invoke',
      resourceType: 'lambda',
      region: 'us-east-1',
    });
    expect(events[4]!.taskTimedOutEventDetails).toEqual({
      error: 'States.Timeout',
      resource: 'invoke',
      resourceType: 'lambda',
    });
  });

  it('are not matched by States.TaskFailed but by States.ALL', async () => {
    const definition = (name: string) => ({
      StartAt: 'T',
      States: {
        T: lambdaTask('endless', { TimeoutSeconds: 1, Catch: [{ ErrorEquals: [name], Next: 'C' }] }),
        C: { Type: 'Pass', End: true },
      },
    });
    expect((await local.run(definition('States.TaskFailed'))).error).toBe('States.Timeout');
    expect(outputOf(await local.run(definition('States.ALL')))).toEqual({ Error: 'States.Timeout', Cause: '' });
  });

  it('of the execution pass every Catch by', async () => {
    const definition = {
      TimeoutSeconds: 60,
      StartAt: 'T',
      States: {
        T: lambdaTask('endless', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }),
        C: { Type: 'Pass', End: true },
      },
    };
    const execution = await local.run(definition);
    expect(execution).toMatchObject({ status: 'TIMED_OUT', redriveStatus: 'REDRIVABLE' });
    expect(execution.error).toBeUndefined();
    expect((await local.history(execution.executionArn!)).at(-1)!.type).toBe('ExecutionTimedOut');
  });

  it('end an Express child that loops after five minutes', async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Next: 'B' },
        B: { Type: 'Choice', Choices: [{ Variable: '$.stop', IsPresent: true, Next: 'C' }], Default: 'A' },
        C: { Type: 'Succeed' },
      },
    };
    const arn = await local.start(await local.create(single({ Type: 'Map', ItemProcessor, End: true })), [{}]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    local.clock.advance(300_000);
    expect((await local.ended(arn)).error).toBe('States.ExceedToleratedFailureThreshold');
  });

  it('do not fire once the work is done', async () => {
    const clock = testClock({ manual: true });
    const manual = await startHarness({ clock });
    manual.functions.ok = () => 1;
    const execution = await manual.run({ TimeoutSeconds: 10, ...single(lambdaTask('ok', { TimeoutSeconds: 5 })) });
    expect(execution.status).toBe('SUCCEEDED');
    clock.advance(20_000);
    expect((await manual.history(execution.executionArn!)).at(-1)!.type).toBe('ExecutionSucceeded');
    await manual.close();
  });
});
