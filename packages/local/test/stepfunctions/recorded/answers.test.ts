import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, ROLE, startHarness } from '../harness.ts';
import { testClock } from '../test-clock.ts';

// What the service answers to wrong calls, recorded in github.com/localstack/localstack,
// tests/aws/services/stepfunctions/v2/test_sfn_api (named here by test), restated.

let local: Harness;
let machine: string;
const pass = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
const none = (kind: string): string => `arn:aws:states:us-east-1:000000000000:${kind}:none`;

beforeAll(async () => {
  local = await startHarness();
  machine = await local.create(pass, 'taken');
  await local.ended(await local.start(machine, {}, 'once'));
});
afterAll(() => local.close());

const answerOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

type Row = readonly [recorded: string, call: () => Promise<unknown>, answer: RegExp];
const rows: readonly Row[] = [
  [
    'test_invalid_start_execution_arn',
    () => local.client.send(new StartExecutionCommand({ stateMachineArn: none('stateMachine') })),
    /^StateMachineDoesNotExist: State Machine Does Not Exist: 'arn:aws:states:[^']*:stateMachine:none'$/,
  ],
  [
    'test_invalid_start_execution_input',
    () => local.client.send(new StartExecutionCommand({ stateMachineArn: machine, input: 'not json' })),
    /^InvalidExecutionInput: Invalid State Machine Execution Input: '/,
  ],
  [
    'test_start_execution_idempotent',
    () => local.client.send(new StartExecutionCommand({ stateMachineArn: machine, name: 'once', input: '{"a":1}' })),
    /^ExecutionAlreadyExists: Execution Already Exists: 'arn:aws:states:[^']*:execution:taken:once'$/,
  ],
  [
    'test_create_duplicate_sm_name',
    () =>
      local.client.send(
        new CreateStateMachineCommand({
          name: 'taken',
          roleArn: ROLE,
          definition: JSON.stringify({ StartAt: 'S', States: { S: { Type: 'Succeed' } } }),
        }),
      ),
    /^StateMachineAlreadyExists: State Machine Already Exists: 'arn:aws:states:[^']*:stateMachine:taken'$/,
  ],
  [
    'test_create_delete_invalid_sm',
    () => local.client.send(new CreateStateMachineCommand({ name: 'x', roleArn: ROLE, definition: '{"StartAt":"A"}' })),
    /^InvalidDefinition: Invalid State Machine Definition: '/,
  ],
  [
    'test_describe_nonexistent_sm',
    () => local.client.send(new DescribeStateMachineCommand({ stateMachineArn: none('stateMachine') })),
    /^StateMachineDoesNotExist: State Machine Does Not Exist: '/,
  ],
  [
    'test_describe_invalid_arn_sm',
    () => local.client.send(new DescribeStateMachineCommand({ stateMachineArn: 'not_a_valid_arn' })),
    /^InvalidArn: Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'$/,
  ],
  [
    'test_list_execution_no_such_state_machine',
    () => local.client.send(new ListExecutionsCommand({ stateMachineArn: none('stateMachine') })),
    /^StateMachineDoesNotExist: State Machine Does Not Exist: '/,
  ],
  [
    'test_list_execution_invalid_arn',
    () => local.client.send(new ListExecutionsCommand({ stateMachineArn: 'not_a_valid_arn' })),
    /^InvalidArn: Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'$/,
  ],
  [
    'test_describe_execution_no_such_state_machine',
    () => local.client.send(new DescribeExecutionCommand({ executionArn: none('execution:taken') })),
    /^ExecutionDoesNotExist: Execution Does Not Exist: '/,
  ],
  [
    'test_describe_execution_invalid_arn',
    () => local.client.send(new DescribeExecutionCommand({ executionArn: 'not_a_valid_arn' })),
    /^InvalidArn: Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'$/,
  ],
  [
    'test_get_execution_history_no_such_execution',
    () => local.client.send(new GetExecutionHistoryCommand({ executionArn: none('execution:taken') })),
    /^ExecutionDoesNotExist: Execution Does Not Exist: '/,
  ],
  [
    'test_get_execution_history_invalid_arn',
    () => local.client.send(new GetExecutionHistoryCommand({ executionArn: 'not_a_valid_arn' })),
    /^InvalidArn: Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'$/,
  ],
];

it.each(rows)('%s', async (_, call, answer) => {
  expect(await answerOf(call())).toMatch(answer);
});

it('test_create_exact_duplicate_sm: the same state machine again is the same', async () => {
  expect(await local.create(pass, 'taken')).toBe(machine);
});

it('test_start_execution_idempotent: the same input under the same name, while it runs, is the same execution', async () => {
  const waiting = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1_000_000, End: true } } };
  const held = await startHarness({ clock: testClock({ manual: true }) });
  try {
    const arn = await held.create(waiting);
    const first = await held.start(arn, { a: 1 }, 'same');
    expect(await held.start(arn, { a: 1 }, 'same')).toBe(first);
    await held.client.send(new StopExecutionCommand({ executionArn: first }));
    const history = await held.history(first);
    // test_stop_execution
    expect(history.map(({ type }) => type)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
  } finally {
    await held.close();
  }
});
