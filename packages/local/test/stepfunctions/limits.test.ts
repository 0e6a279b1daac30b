import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, lambdaTask, outputOf, single, startHarness } from './harness.ts';

const LIMIT = 262_144;
let local: Harness;
beforeAll(async () => {
  local = await startHarness();
});
afterAll(() => local.close());

it('an execution takes 256 KiB of input, counted in UTF-8', async () => {
  const stateMachineArn = await local.create(single({ Type: 'Pass', Result: 1, End: true }));
  const start = (characters: string) =>
    local.client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(characters) }));
  await expect(start('x'.repeat(LIMIT - 2))).resolves.toBeDefined();
  await expect(start('x'.repeat(LIMIT - 1))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining("at 'input'"),
  });
  await expect(start('é'.repeat(LIMIT / 2 - 1))).resolves.toBeDefined();
  await expect(start('é'.repeat(LIMIT / 2))).rejects.toMatchObject({ name: 'ValidationException' });
});

it('a state gives 256 KiB of output', async () => {
  const doubled = single({ Type: 'Pass', Parameters: { 'a.$': '$', 'b.$': '$' }, End: true });
  const bytes = (LIMIT - '{"a":"","b":""}'.length) / 2;
  expect(outputOf(await local.run(doubled, 'x'.repeat(Math.floor(bytes))))).toBeDefined();
  expect(await local.run(doubled, 'x'.repeat(Math.ceil(bytes) + 1))).toMatchObject({
    error: 'States.DataLimitExceeded',
    cause: "The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit.",
  });
});

it('a task takes and gives 256 KiB', async () => {
  local.functions.long = ({ length }) => 'é'.repeat(length as number);
  const direct = single({ Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:000000000000:function:long', End: true });
  expect((await local.run(direct, { length: LIMIT / 2 - 1 })).status).toBe('SUCCEEDED');
  const tooLong = await local.run(direct, { length: LIMIT / 2 });
  expect(tooLong).toMatchObject({
    error: 'States.DataLimitExceeded',
    cause: "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
  });
  expect((await local.history(tooLong.executionArn!)).at(-2)!.type).toBe('LambdaFunctionFailed');
  const twice = lambdaTask('long', { Parameters: { FunctionName: 'long', Payload: { 'a.$': '$', 'b.$': '$' } } });
  expect((await local.run(single(twice), 'x'.repeat(LIMIT / 2))).error).toBe('States.DataLimitExceeded');
});

it('a history holds 25,000 events', async () => {
  const definition = {
    StartAt: 'A',
    States: {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Variable: '$.stop', IsPresent: true, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    },
  };
  const execution = await local.run(definition, {});
  expect(execution).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: 'The execution reached the maximum number of history events (25000).',
    redriveStatus: 'NOT_REDRIVABLE',
  });
  const events = await local.history(execution.executionArn!);
  expect(events).toHaveLength(25_000);
  expect(events.at(-1)!.type).toBe('ExecutionFailed');
});
