import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, lambdaTask, outputOf, single, startHarness } from './harness.ts';

let local: Harness;
beforeAll(async () => {
  local = await startHarness();
});
afterAll(() => local.close());

const types = async (executionArn: string): Promise<(string | undefined)[]> =>
  (await local.history(executionArn)).map(({ type }) => type);

type PassRow = readonly [what: string, state: object, input: unknown, output: unknown];

const passRows: readonly PassRow[] = [
  ['its input', {}, [1], [1]],
  ['its Result', { Result: { a: 1 } }, {}, { a: 1 }],
  ['a Result of null', { Result: null }, {}, null],
  [
    'its Parameters',
    { Parameters: { 'b.$': '$.a', fixed: [{ 'c.$': '$.a[0]' }] } },
    { a: [7] },
    { b: [7], fixed: [{ c: 7 }] },
  ],
  ['the part InputPath names', { InputPath: '$.a.b' }, { a: { b: 1 } }, 1],
  ['an empty object for a null InputPath', { InputPath: null }, { a: 1 }, {}],
  ['an empty object for a null OutputPath', { OutputPath: null }, { a: 1 }, {}],
  ['the part OutputPath names', { OutputPath: "$['a b'][-1]" }, { 'a b': [1, 2] }, 2],
  [
    'its result inside the raw input',
    { InputPath: '$.a', Result: 1, ResultPath: '$.x.y' },
    { a: 2 },
    { a: 2, x: { y: 1 } },
  ],
  ['its input when the ResultPath is null', { Result: 1, ResultPath: null }, { a: 2 }, { a: 2 }],
  ['a result in place of an array item', { Result: 9, ResultPath: '$.a[1]' }, { a: [1, 2] }, { a: [1, 9] }],
  ['every node a wildcard selects', { Parameters: { 'v.$': '$.a[*].n' } }, { a: [{ n: 1 }, { n: 2 }] }, { v: [1, 2] }],
  ['an empty array when a wildcard selects nothing', { Parameters: { 'v.$': '$.items[*].n' } }, {}, { v: [] }],
  ['a slice', { Parameters: { 'v.$': '$.a[1:]' } }, { a: [1, 2, 3] }, { v: [2, 3] }],
  [
    'what a filter selects',
    { Parameters: { 'v.$': '$.u[?(@.s == 0)]' } },
    { u: [{ s: 0 }, { s: 1 }] },
    { v: [{ s: 0 }] },
  ],
  ['all descendants', { Parameters: { 'v.$': '$..n' } }, { n: 1, a: { n: 2 } }, { v: [1, 2] }],
  [
    'falsy nodes',
    { Parameters: { 'z.$': '$.z', 'f.$': '$.f', 'n.$': '$.n', 'e.$': '$.e' } },
    { z: 0, f: false, n: null, e: '' },
    { z: 0, f: false, n: null, e: '' },
  ],
  ['own members only', { Parameters: { 'v.$': "$['__proto__']" } }, JSON.parse('{"__proto__":1}'), { v: 1 }],
];

describe('Pass', () => {
  let machine: string;
  beforeAll(async () => {
    // One state machine for the whole table; the Choice hands each row's own input on.
    const Choices = passRows.map(([StringEquals], i) => ({ Variable: '$.row', StringEquals, Next: `S${i}` }));
    const states = passRows.map(([, state], i) => [`S${i}`, { Type: 'Pass', End: true, ...state }]);
    const C = { Type: 'Choice', Choices, OutputPath: '$.input' };
    machine = await local.create({ StartAt: 'C', States: { C, ...Object.fromEntries(states) } });
  });

  it.each(passRows)('gives %s', async (row, _state, input, output) => {
    expect(outputOf(await local.ended(await local.start(machine, { row, input })))).toEqual(output);
  });

  it.each([
    [
      { Parameters: { 'v.$': '$.no' } },
      `The JSONPath '$.no' specified for the field 'v.$' could not be found in the input '{"a":1}'`,
    ],
    [
      { Parameters: { 'v.$': '$$.Map.Item.Value' } },
      `The JSONPath '$$.Map.Item.Value' specified for the field 'v.$' could not be found in the input '{"a":1}'`,
    ],
    [{ InputPath: '$.no' }, `Invalid path '$.no' : No results for path: $['no']`],
    [{ OutputPath: '$.no.such.path' }, `Invalid path '$.no.such.path' : Missing property in path $['no']`],
    [
      { Parameters: { 'v.$': '$.toString' } },
      `The JSONPath '$.toString' specified for the field 'v.$' could not be found in the input '{"a":1}'`,
    ],
  ])('fails for good where a path leads nowhere: %j', async (state, message) => {
    const execution = await local.run(single({ Type: 'Pass', End: true, ...state }), { a: 1 });
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'S' (entered at the event id #2). ${message}`,
    });
  });

  it('fails where ResultPath cannot be applied', async () => {
    const execution = await local.run(single({ Type: 'Pass', Result: 1, ResultPath: '$.a.b', End: true }), { a: 1 });
    expect(execution.error).toBe('States.ResultPathMatchFailure');
  });

  it('is told in the history', async () => {
    const { executionArn } = await local.run(single({ Type: 'Pass', Result: 1, End: true }), { a: 1 });
    const events = await local.history(executionArn!);
    expect(events.map(({ timestamp: _, ...event }) => event)).toEqual([
      {
        id: 1,
        previousEventId: 0,
        type: 'ExecutionStarted',
        executionStartedEventDetails: {
          input: '{"a":1}',
          inputDetails: { truncated: false },
          roleArn: expect.any(String),
        },
      },
      {
        id: 2,
        previousEventId: 0,
        type: 'PassStateEntered',
        stateEnteredEventDetails: { name: 'S', input: '{"a":1}', inputDetails: { truncated: false } },
      },
      {
        id: 3,
        previousEventId: 2,
        type: 'PassStateExited',
        stateExitedEventDetails: { name: 'S', output: '1', outputDetails: { truncated: false } },
      },
      {
        id: 4,
        previousEventId: 3,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '1', outputDetails: { truncated: false } },
      },
    ]);
  });
});

describe('Wait', () => {
  it.each([
    [{ Seconds: 90 }, 90_000],
    [{ SecondsPath: '$.s' }, 5000],
    [{ Timestamp: '2000-01-01T00:00:00Z' }, 0],
  ])('waits: %j', async (state, ms) => {
    const before = local.clock.now();
    await local.run(single({ Type: 'Wait', End: true, ...state }), { s: 5 });
    expect(local.clock.now() - before).toBe(ms);
  });

  it('waits until a time of the input', async () => {
    const until = new Date(local.clock.now() + 3_600_000).toISOString();
    await local.run(single({ Type: 'Wait', TimestampPath: '$.at', End: true }), { at: until });
    expect(new Date(local.clock.now()).toISOString()).toBe(until);
  });

  it.each([
    [{ SecondsPath: '$.s' }, { s: -1 }, 'The SecondsPath parameter references a negative value: $.s == -1'],
    [{ SecondsPath: '$.s' }, { s: 1.5 }, 'The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5'],
    [
      { TimestampPath: '$.t' },
      { t: '2016-12-05 21:29:29Z' },
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == 2016-12-05 21:29:29Z',
    ],
    [{ TimestampPath: '$.t' }, { t: '9999-01-01T00:00:00Z' }, 'Wait state delay is too long.'],
  ])('fails on what is no time: %j %j', async (state, input, message) => {
    const { error, cause } = await local.run(single({ Type: 'Wait', End: true, ...state }), input);
    expect([error, cause]).toEqual(['States.Runtime', expect.stringContaining(message)]);
  });
});

describe('Succeed and Fail', () => {
  it('Succeed ends with its input', async () => {
    const execution = await local.run(single({ Type: 'Succeed', InputPath: '$.a' }), { a: 1 });
    expect(outputOf(execution)).toBe(1);
    expect(await types(execution.executionArn!)).toEqual([
      'ExecutionStarted',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it.each([
    [{ Error: 'E', Cause: 'C' }, 'E', 'C'],
    [{}, undefined, undefined],
    [{ ErrorPath: '$.e', CausePath: "States.Format('because of {}', $.e)" }, 'Input', 'because of Input'],
    [{ ErrorPath: '$$.State.Name' }, 'S', undefined],
  ])('Fail ends with an error: %j', async (state, error, cause) => {
    const execution = await local.run(single({ Type: 'Fail', ...state }), { e: 'Input' });
    expect([execution.status, execution.error, execution.cause]).toEqual(['FAILED', error, cause]);
    expect(await types(execution.executionArn!)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']);
  });
});

describe('Parallel', () => {
  const pass = (name: string, more: object = {}) => ({
    StartAt: name,
    States: { [name]: { Type: 'Pass', End: true, ...more } },
  });

  it('gives the outputs of its branches in order', async () => {
    const slow = {
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 1, Next: 'A' }, A: { Type: 'Pass', Result: 'slow', End: true } },
    };
    const state = {
      Type: 'Parallel',
      Branches: [slow, pass('B', { Result: 'fast' }), pass('C')],
      Parameters: { 'p.$': '$.a' },
      ResultPath: '$.out',
      End: true,
    };
    expect(outputOf(await local.run(single(state), { a: 1 }))).toEqual({ a: 1, out: ['slow', 'fast', { p: 1 }] });
  });

  it('fails with its first branch and cuts the others short', async () => {
    let cut = false;
    local.functions.endless = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          cut = true;
          reject(signal.reason);
        });
      });
    const failing = {
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 1, Next: 'F' }, F: { Type: 'Fail', Error: 'Boom', Cause: 'why' } },
    };
    const state = {
      Type: 'Parallel',
      Branches: [failing, { StartAt: 'T', States: { T: lambdaTask('endless') } }],
      End: true,
    };
    const execution = await local.run(single(state));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Boom', cause: 'why' });
    expect(cut).toBe(true);
    expect((await types(execution.executionArn!)).slice(-3)).toEqual([
      'FailStateEntered',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('can be caught', async () => {
    const failing = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Boom', Cause: 'why' } } };
    const definition = {
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [failing],
          Catch: [{ ErrorEquals: ['Boom'], ResultPath: '$.error', Next: 'D' }],
          End: true,
        },
        D: { Type: 'Pass', End: true },
      },
    };
    const execution = await local.run(definition, { a: 1 });
    expect(outputOf(execution)).toEqual({ a: 1, error: { Error: 'Boom', Cause: 'why' } });
    expect(await types(execution.executionArn!)).toEqual([
      'ExecutionStarted',
      'ParallelStateEntered',
      'ParallelStateStarted',
      'FailStateEntered',
      'ParallelStateFailed',
      'ParallelStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
  });
});

describe('inline Map', () => {
  const each = (states: object, more: object = {}) =>
    single({ Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...states }, End: true, ...more });
  const pass = (more: object = {}) => ({ StartAt: 'I', States: { I: { Type: 'Pass', End: true, ...more } } });

  it('selects, maps and keeps the order', async () => {
    const definition = each(pass(), {
      ItemsPath: '$.list',
      ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'of.$': '$.tag' },
      ResultSelector: { 'all.$': '$[*].v' },
    });
    expect(outputOf(await local.run(definition, { list: ['a', 'b'], tag: 't' }))).toEqual({ all: ['a', 'b'] });
  });

  it('shows the item to the states inside', async () => {
    const inside = pass({ Parameters: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' } });
    expect(outputOf(await local.run(each(inside), ['a']))).toEqual([{ i: 0, v: 'a' }]);
  });

  it('is told in the history', async () => {
    const { executionArn } = await local.run(each(pass(), { MaxConcurrency: 1 }), [1, 2]);
    const events = await local.history(executionArn!);
    expect(events.map(({ type, previousEventId }) => `${type} ${previousEventId}`)).toEqual([
      'ExecutionStarted 0',
      'MapStateEntered 0',
      'MapStateStarted 2',
      'MapIterationStarted 3',
      'PassStateEntered 4',
      'PassStateExited 5',
      'MapIterationSucceeded 6',
      'MapIterationStarted 6',
      'PassStateEntered 8',
      'PassStateExited 9',
      'MapIterationSucceeded 10',
      'MapStateSucceeded 10',
      'MapStateExited 10',
      'ExecutionSucceeded 13',
    ]);
    expect(events[2]!.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(events[7]!.mapIterationStartedEventDetails).toEqual({ name: 'S', index: 1 });
  });

  it('runs at most MaxConcurrency iterations at a time', async () => {
    let now = 0;
    let most = 0;
    local.functions.count = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 3));
      now--;
    };
    await local.run(
      each({ StartAt: 'T', States: { T: lambdaTask('count') } }, { MaxConcurrencyPath: '$.max', ItemsPath: '$.i' }),
      { max: 3, i: [1, 2, 3, 4, 5, 6, 7] },
    );
    expect(most).toBe(3);
  });

  it('needs an array', async () => {
    const { error, cause } = await local.run(each(pass(), { ItemsPath: '$.list' }), { list: {} });
    expect([error, cause]).toEqual([
      'States.Runtime',
      expect.stringContaining('Reference path "$.list" must point to array.'),
    ]);
  });

  it('gives an empty array for no items', async () => {
    expect(outputOf(await local.run(each(pass()), []))).toEqual([]);
  });

  it('can be nested', async () => {
    const inner = {
      StartAt: 'M',
      States: { M: { Type: 'Map', ItemProcessor: pass({ Parameters: { 'v.$': '$$.Map.Item.Value' } }), End: true } },
    };
    expect(outputOf(await local.run(each(inner), [[1], [2, 3]]))).toEqual([[{ v: 1 }], [{ v: 2 }, { v: 3 }]]);
  });
});

describe('the context object', () => {
  it('tells about the execution, the state machine and the state', async () => {
    const machine = await local.create(
      single({ Type: 'Pass', Parameters: { 'c.$': '$$' }, End: true }),
      'context-machine',
    );
    const arn = await local.start(machine, { a: 1 }, 'context-run');
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(outputOf(await local.ended(arn)).c).toEqual({
      Execution: {
        Id: arn,
        Input: { a: 1 },
        Name: 'context-run',
        RoleArn: 'arn:aws:iam::000000000000:role/test',
        StartTime: iso,
        RedriveCount: 0,
      },
      StateMachine: { Id: machine, Name: 'context-machine' },
      State: { Name: 'S', EnteredTime: iso },
    });
  });

  it('counts the retries of a state', async () => {
    const seen: number[] = [];
    local.functions.seen = (count) => {
      seen.push(count as number);
      if (seen.length < 3) throw Object.assign(new Error('busy'), { name: 'Lambda.TooManyRequestsException' });
    };
    await local.run(
      single(
        lambdaTask('seen', {
          Parameters: { FunctionName: 'seen', 'Payload.$': '$$.State.RetryCount' },
          Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'] }],
        }),
      ),
    );
    expect(seen).toEqual([0, 1, 2]);
  });
});
