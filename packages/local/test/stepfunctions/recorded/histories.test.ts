import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionError, type Harness, LAMBDA, startHarness } from '../harness.ts';

// How executions went in AWS: the events of their histories, and how they ended. Recorded in github.com/localstack/localstack,
// tests/aws/services/stepfunctions/v2 (named here by test), restated with definitions of our own.

interface Ending {
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}
type Row = readonly [recorded: string, definition: object, input: unknown, events: string, ending: Ending];

const machine = (StartAt: string, States: object): object => ({ StartAt, States });
/** The state that a catcher leads to, where there is one: a definition may have no state that nothing leads to. */
const caughtBy = (more: object): object => ('Catch' in more ? { Caught: pass() } : {});
const pass = (more: object = { End: true }): object => ({ Type: 'Pass', ...more });
const at = (state: string, event: number, what: string): Ending => ({
  error: 'States.Runtime',
  cause: `An error occurred while executing the state '${state}' (entered at the event id #${event}). ${what}`,
});

const started = 'ExecutionStarted';
const passed = 'PassStateEntered PassStateExited';
const done = 'ExecutionSucceeded';
const broken = 'ExecutionFailed';

const failing = (more: object = {}) =>
  machine('Start', {
    Start: pass({ Result: [1], ResultPath: '$.arr', Next: 'Map' }),
    Map: {
      Type: 'Map',
      ResultPath: null,
      InputPath: '$.arr',
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        ...machine('Fail', { Fail: { Type: 'Fail', Error: 'ItemError', Cause: 'ItemCause' } }),
      },
      Next: 'Final',
      ...more,
    },
    ...caughtBy(more),
    Final: pass(),
  });
const round = 'MapStateStarted MapIterationStarted FailStateEntered MapIterationFailed';
const branch = (more: object = {}) =>
  machine('P', {
    P: {
      Type: 'Parallel',
      Branches: [machine('B', { B: { Type: 'Fail', Error: 'FailureType', Cause: 'Why' } })],
      Next: 'Final',
      ...more,
    },
    ...caughtBy(more),
    Final: pass(),
  });
const items = (mode: 'INLINE' | 'DISTRIBUTED', more: object) =>
  machine('Map', {
    Map: {
      Type: 'Map',
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: mode === 'INLINE' ? { Mode: mode } : { Mode: mode, ExecutionType: 'STANDARD' },
        ...machine('Handle', { Handle: pass() }),
      },
      Next: 'Final',
      ...more,
    },
    Final: { Type: 'Succeed' },
  });
const selector = {
  ItemSelector: { constant: 'c', 'value.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'all.$': '$' },
};
const selected = ['Hello', 'World'].map((value, index) => ({ constant: 'c', value, index, all: ['Hello', 'World'] }));
const iteration = `MapIterationStarted ${passed} MapIterationSucceeded`;
const succeeded = 'SucceedStateEntered SucceedStateExited ExecutionSucceeded';
const wait = (more: object) => machine('W', { W: { Type: 'Wait', End: true, ...more } });
const task = (more: object = {}) =>
  machine('T', {
    T: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'raises', 'Payload.$': '$' }, End: true, ...more },
    ...caughtBy(more),
  });
const tried = 'TaskScheduled TaskStarted TaskFailed';
const distributed = (more: object) => items('DISTRIBUTED', { ItemsPath: '$.Items', ...more });
const mapRun = 'MapStateEntered MapStateStarted MapRunStarted MapRunSucceeded MapStateSucceeded MapStateExited';
const label = (text: string): string => JSON.stringify(text);
const tolerated = (
  field: 'ToleratedFailureCount' | 'ToleratedFailurePercentage',
  value: unknown,
  what?: string,
): Row => [
  `test_map_state_tolerated_failure_${field === 'ToleratedFailureCount' ? 'count' : 'percentage'}_path[${label(String(value))}]`,
  distributed({ [`${field}Path`]: '$.tolerated' }),
  { Items: [0], tolerated: value },
  what === undefined ? `${started} ${mapRun} ${succeeded}` : `${started} MapStateEntered MapStateStarted ${broken}`,
  what === undefined ? { output: [0] } : at('Map', 2, what),
];
const notA = (field: string, value: string, kind: string): string =>
  `The ${field}Path field refers to value "${value}" which is not a valid ${kind}: $.tolerated`;
const from0To100 = 'ToleratedFailurePercentage must be between 0 and 100.';
const noDate = (field: string, value: string): string =>
  `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${field} == ${value}`;

const rows: readonly Row[] = [
  // base/test_base
  [
    'test_state_fail',
    machine('F', { F: { Type: 'Fail', Error: 'E', Cause: 'C' } }),
    {},
    `${started} FailStateEntered ${broken}`,
    { error: 'E', cause: 'C' },
  ],
  ['test_state_fail_empty', machine('F', { F: { Type: 'Fail' } }), {}, `${started} FailStateEntered ${broken}`, {}],
  [
    'test_state_fail_path',
    machine('F', { F: { Type: 'Fail', ErrorPath: '$.e', CausePath: '$.c' } }),
    { e: 'error string', c: 'cause string' },
    `${started} FailStateEntered ${broken}`,
    { error: 'error string', cause: 'cause string' },
  ],
  [
    'test_state_fail_intrinsic',
    machine('F', {
      F: { Type: 'Fail', ErrorPath: "States.Format('{}', $.e)", CausePath: "States.Format('{}, {}.', $.e, $.c)" },
    }),
    { e: 'one', c: 'two' },
    `${started} FailStateEntered ${broken}`,
    { error: 'one', cause: 'one, two.' },
  ],
  [
    'test_state_pass_result',
    machine('P', { P: pass({ Result: { a: 1 }, End: true }) }),
    {},
    `${started} ${passed} ${done}`,
    { output: { a: 1 } },
  ],
  [
    'test_state_pass_result_jsonpaths',
    machine('P', { P: pass({ Result: { 'a.$': '$.b', 'c.$': '$$' }, End: true }) }),
    {},
    `${started} ${passed} ${done}`,
    { output: { 'a.$': '$.b', 'c.$': '$$' } },
  ],
  [
    'test_state_pass_result_null_input_output_paths',
    machine('A', {
      A: pass({ Parameters: { 'from.$': '$' }, Next: 'B' }),
      B: pass({ InputPath: null, Parameters: { 'from.$': '$' }, Next: 'C' }),
      C: pass({ OutputPath: null, End: true }),
    }),
    { x: 1 },
    `${started} ${passed} ${passed} ${passed} ${done}`,
    { output: {} },
  ],
  [
    'test_state_pass_regex_json_path_base',
    machine('P', { P: pass({ Parameters: { 'v.$': '$.users[?(@.status == 0)]' }, End: true }) }),
    {
      users: [
        { year: 1997, status: 0 },
        { year: 1998, status: 1 },
      ],
    },
    `${started} ${passed} ${done}`,
    { output: { v: [{ year: 1997, status: 0 }] } },
  ],
  ...[
    '$[*]',
    '$.items[*]',
    '$.items[1:]',
    '$.items[:1]',
    '$.item.items[*]',
    '$.item.items[1:5]',
    '$.items[*].itemValue',
    '$.items[1:].itemValue',
    '$.item.items[1:5].itemValue',
  ].map(
    (path): Row => [
      `test_json_path_array_wildcard_or_slice_with_no_input[${path}]`,
      machine('P', { P: pass({ Parameters: { 'item.$': path }, End: true }) }),
      {},
      `${started} ${passed} ${done}`,
      { output: { item: [] } },
    ],
  ),
  ...[0, 10].map(
    (index): Row => [
      `test_json_path_array_access[$.items[${index}]]`,
      machine('P', { P: pass({ Parameters: { 'item.$': `$.items[${index}]` }, End: true }) }),
      { items: Array.from({ length: 11 }, (_, i) => ({ item_key: i })) },
      `${started} ${passed} ${done}`,
      { output: { item: { item_key: index } } },
    ],
  ),
  // scenarios/test_base_scenarios: Map
  [
    'test_map_state_catch',
    failing({ Catch: [{ ErrorEquals: ['ItemError'], Next: 'Caught' }] }),
    {},
    `${started} ${passed} MapStateEntered ${round} MapStateFailed MapStateExited ${passed} ${done}`,
    { output: { Error: 'ItemError', Cause: 'ItemCause' } },
  ],
  [
    'test_map_state_retry',
    failing({ Retry: [{ ErrorEquals: ['ItemError'], MaxAttempts: 2 }] }),
    {},
    `${started} ${passed} MapStateEntered ${round} ${round} ${round} MapStateFailed ${broken}`,
    { error: 'ItemError', cause: 'ItemCause' },
  ],
  [
    'test_map_state_retry_multiple_retriers',
    failing({
      Retry: [
        { ErrorEquals: ['NoSuchError'], MaxAttempts: 1 },
        { ErrorEquals: ['State.ALL'], MaxAttempts: 2 },
        { ErrorEquals: ['ItemError'], MaxAttempts: 3 },
      ],
    }),
    {},
    `${started} ${passed} MapStateEntered ${round} ${round} ${round} ${round} MapStateFailed ${broken}`,
    { error: 'ItemError', cause: 'ItemCause' },
  ],
  [
    'test_map_state_legacy_config_inline',
    items('INLINE', {}),
    ['Hello', 'World'],
    `${started} MapStateEntered MapStateStarted ${iteration} ${iteration} MapStateSucceeded MapStateExited ${succeeded}`,
    { output: ['Hello', 'World'] },
  ],
  [
    'test_map_state_config_inline_parameters',
    items('INLINE', selector),
    ['Hello', 'World'],
    `${started} MapStateEntered MapStateStarted ${iteration} ${iteration} MapStateSucceeded MapStateExited ${succeeded}`,
    { output: selected },
  ],
  [
    'test_map_state_legacy_config_distributed',
    items('DISTRIBUTED', {}),
    ['Hello', 'World'],
    `${started} ${mapRun} ${succeeded}`,
    { output: ['Hello', 'World'] },
  ],
  [
    'test_map_state_config_distributed_item_selector',
    items('DISTRIBUTED', selector),
    ['Hello', 'World'],
    `${started} ${mapRun} ${succeeded}`,
    { output: selected },
  ],
  ...[0, 1].map(
    (value): Row => [
      `test_max_concurrency_path[${value}]`,
      items('INLINE', { MaxConcurrency: undefined, ItemsPath: '$.v', MaxConcurrencyPath: '$.max' }),
      { v: ['x'], max: value },
      `${started} MapStateEntered MapStateStarted ${iteration} MapStateSucceeded MapStateExited ${succeeded}`,
      { output: ['x'] },
    ],
  ),
  ...(
    [
      ['{}', {}],
      ['NoNumber', 'NoNumber'],
    ] as const
  ).map(
    ([text, value]): Row => [
      `test_max_concurrency_path[${text}]`,
      items('INLINE', { MaxConcurrency: undefined, ItemsPath: '$.v', MaxConcurrencyPath: '$.max' }),
      { v: ['x'], max: value },
      `${started} MapStateEntered ${broken}`,
      at('Map', 2, `The MaxConcurrencyPath field refers to value "${text}" which is not a valid integer: $.max`),
    ],
  ),
  [
    'test_map_state_tolerated_failure_values[count_literal]',
    distributed({ ToleratedFailureCount: 1 }),
    { Items: [0] },
    `${started} ${mapRun} ${succeeded}`,
    { output: [0] },
  ],
  [
    'test_map_state_tolerated_failure_values[percentage_literal]',
    distributed({ ToleratedFailurePercentage: 1.5 }),
    { Items: [0] },
    `${started} ${mapRun} ${succeeded}`,
    { output: [0] },
  ],
  tolerated('ToleratedFailureCount', 0),
  tolerated('ToleratedFailureCount', 1),
  tolerated('ToleratedFailureCount', -1, 'ToleratedFailureCount cannot be negative.'),
  tolerated('ToleratedFailureCount', 'NoNumber', notA('ToleratedFailureCount', 'NoNumber', 'integer')),
  tolerated('ToleratedFailureCount', {}, notA('ToleratedFailureCount', '{}', 'integer')),
  ...[0, 1, 1.1, 100].map((value) => tolerated('ToleratedFailurePercentage', value)),
  ...[-1, -1.1, 100.1].map((value) => tolerated('ToleratedFailurePercentage', value, from0To100)),
  tolerated('ToleratedFailurePercentage', 'NoNumber', notA('ToleratedFailurePercentage', 'NoNumber', 'float')),
  tolerated('ToleratedFailurePercentage', {}, notA('ToleratedFailurePercentage', '{}', 'float')),
  // scenarios/test_base_scenarios: Parallel
  [
    'test_parallel_state_fail',
    branch(),
    {},
    `${started} ParallelStateEntered ParallelStateStarted FailStateEntered ParallelStateFailed ${broken}`,
    { error: 'FailureType', cause: 'Why' },
  ],
  [
    'test_parallel_state_catch',
    branch({ Catch: [{ ErrorEquals: ['FailureType'], Next: 'Caught' }] }),
    {},
    `${started} ParallelStateEntered ParallelStateStarted FailStateEntered ParallelStateFailed ParallelStateExited ${passed} ${done}`,
    { output: { Error: 'FailureType', Cause: 'Why' } },
  ],
  [
    'test_parallel_state_retry',
    branch({ Retry: [{ ErrorEquals: ['FailureType'], MaxAttempts: 2 }] }),
    {},
    `${started} ParallelStateEntered ParallelStateStarted FailStateEntered ParallelStateStarted FailStateEntered ParallelStateStarted FailStateEntered ParallelStateFailed ${broken}`,
    { error: 'FailureType', cause: 'Why' },
  ],
  // scenarios/test_base_scenarios and base/test_wait: Wait
  [
    'test_wait_timestamp[SECONDS]',
    wait({ Timestamp: '2016-03-14T01:59:00Z' }),
    {},
    `${started} WaitStateEntered WaitStateExited ${done}`,
    { output: {} },
  ],
  [
    'test_wait_timestamp_path[SECONDS]',
    wait({ TimestampPath: '$.t' }),
    { t: '2016-12-05T21:29:29Z' },
    `${started} WaitStateEntered WaitStateExited ${done}`,
    { output: { t: '2016-12-05T21:29:29Z' } },
  ],
  [
    'test_wait_timestamp_path[NANOSECONDS]',
    wait({ TimestampPath: '$.t' }),
    { t: '2016-12-05T21:29:29.000000Z' },
    `${started} WaitStateEntered WaitStateExited ${done}`,
    { output: { t: '2016-12-05T21:29:29.000000Z' } },
  ],
  ...(
    [
      ['NO_T', '2016-12-05 21:29:29Z'],
      ['NO_Z', '2016-12-05T21:29:29'],
      ['INVALID_DATE', '2016-13-05T21:29:29Z'],
      ['INVALID_TIME', '2016-12-05T25:29:29Z'],
      ['INVALID_ISO', '05-12-2016T21:29:29Z'],
    ] as const
  ).map(
    ([kind, t]): Row => [
      `test_wait_timestamp_path[${kind}]`,
      wait({ TimestampPath: '$.t' }),
      { t },
      `${started} WaitStateEntered ${broken}`,
      at('W', 2, noDate('$.t', t)),
    ],
  ),
  ...[0, 1].map(
    (s): Row => [
      `test_base_wait_seconds_path[${s}]`,
      wait({ SecondsPath: '$.s' }),
      { s },
      `${started} WaitStateEntered WaitStateExited ${done}`,
      { output: { s } },
    ],
  ),
  [
    'test_base_wait_seconds_path[-1]',
    wait({ SecondsPath: '$.s' }),
    { s: -1 },
    `${started} WaitStateEntered ${broken}`,
    at('W', 2, 'The SecondsPath parameter references a negative value: $.s == -1'),
  ],
  ...[1.5, -1.5].map(
    (s): Row => [
      `test_base_wait_seconds_path[${s}]`,
      wait({ SecondsPath: '$.s' }),
      { s },
      `${started} WaitStateEntered ${broken}`,
      at('W', 2, `The SecondsPath parameter cannot be parsed as a long value: $.s == ${s}`),
    ],
  ),
  // scenarios/test_base_scenarios: paths that lead nowhere
  [
    'test_invalid_jsonpath[ERRORPATH]',
    machine('F', { F: { Type: 'Fail', ErrorPath: '$.ErrorX', CausePath: '$.c' } }),
    { c: 'x' },
    `${started} FailStateEntered ${broken}`,
    at(
      'F',
      2,
      `The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the input '{"c":"x"}'`,
    ),
  ],
  [
    'test_invalid_jsonpath[CAUSEPATH]',
    machine('F', { F: { Type: 'Fail', ErrorPath: '$.e', CausePath: '$.No' } }),
    { e: 'x' },
    `${started} FailStateEntered ${broken}`,
    at('F', 2, `The JSONPath '$.No' specified for the field 'CausePath' could not be found in the input '{"e":"x"}'`),
  ],
  [
    'test_invalid_jsonpath[STRING_EXPR_JSONPATH]',
    machine('P', { P: pass({ Parameters: { 'value.$': '$.no' }, End: true }) }),
    { a: 1 },
    `${started} PassStateEntered ${broken}`,
    at('P', 2, `The JSONPath '$.no' specified for the field 'value.$' could not be found in the input '{"a":1}'`),
  ],
  [
    'test_invalid_jsonpath[INPUTPATH]',
    machine('P', { P: pass({ InputPath: '$.No', End: true }) }),
    {},
    `${started} PassStateEntered ${broken}`,
    at('P', 2, `Invalid path '$.No' : No results for path: $['No']`),
  ],
  [
    'test_invalid_jsonpath[OUTPUTPATH]',
    machine('P', { P: pass({ OutputPath: '$.No', End: true }) }),
    {},
    `${started} PassStateEntered ${broken}`,
    at('P', 2, `Invalid path '$.No' : No results for path: $['No']`),
  ],
  [
    'test_invalid_jsonpath[TIMEOUTSECONDSPATH]',
    task({ TimeoutSecondsPath: '$.No' }),
    {},
    `${started} TaskStateEntered ${broken}`,
    at('T', 2, `Invalid path '$.No' : No results for path: $['No']`),
  ],
  // error_handling/test_task_service_lambda, states_variables/test_error_output, timeouts/test_timeouts
  [
    'test_raise_exception_catch',
    task({ Catch: [{ ErrorEquals: ['Exception'], ResultPath: null, Next: 'Caught' }] }),
    {},
    `${started} TaskStateEntered ${tried} TaskStateExited ${passed} ${done}`,
    { output: {} },
  ],
  [
    'test_raise_exception_catch_output_path[$.no.such.path]',
    task({ OutputPath: '$.no.such.path', Catch: [{ ErrorEquals: ['Exception'], ResultPath: null, Next: 'Caught' }] }),
    {},
    `${started} TaskStateEntered ${tried} TaskStateExited ${passed} ${done}`,
    { output: {} },
  ],
  [
    'test_task_catch_error_with_retry',
    task({
      Retry: [{ ErrorEquals: ['Exception'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['Exception'], ResultPath: null, Next: 'Caught' }],
    }),
    {},
    `${started} TaskStateEntered ${tried} ${tried} TaskStateExited ${passed} ${done}`,
    { output: {} },
  ],
];

let local: Harness;
beforeAll(async () => {
  local = await startHarness();
  local.functions.raises = () => {
    throw new FunctionError('Exception', 'Some exception was raised.');
  };
});
afterAll(() => local.close());

describe('an execution goes as it went in AWS', () => {
  it.each(rows)('%s', async (_, definition, input, events, ending) => {
    const arn = await local.start(await local.create(definition), input);
    const { output, error, cause } = await local.ended(arn);
    const ended = {
      ...(output === undefined ? {} : { output: JSON.parse(output) }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
    const history = await local.history(arn);
    expect({ events: history.map(({ type }) => type).join(' '), ...ended }).toEqual({ events, ...ending });
  });
});
