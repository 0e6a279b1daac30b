import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachineAliasesCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, lambdaTask, outputOf, ROLE, single, startHarness } from './harness.ts';

let local: Harness;
beforeAll(async () => {
  local = await startHarness();
  local.functions.endless = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
});
afterAll(() => local.close());

const result = (Result: unknown) => single({ Type: 'Pass', Result, End: true });
const endless = single(lambdaTask('endless'));
const NONE = 'arn:aws:states:us-east-1:000000000000:stateMachine:none';

describe('state machines', () => {
  it('are created once and described', async () => {
    const request = { name: 'once', roleArn: ROLE, definition: JSON.stringify(result(1)) };
    const first = await local.client.send(new CreateStateMachineCommand(request));
    expect(first.stateMachineArn).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:once');
    expect(await local.client.send(new CreateStateMachineCommand(request))).toMatchObject({
      stateMachineArn: first.stateMachineArn,
      creationDate: first.creationDate,
    });
    await expect(local.create(result(2), 'once')).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
    expect(
      await local.client.send(new DescribeStateMachineCommand({ stateMachineArn: first.stateMachineArn })),
    ).toMatchObject({
      name: 'once',
      status: 'ACTIVE',
      type: 'STANDARD',
      definition: request.definition,
      roleArn: ROLE,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    });
    expect(
      (await local.client.send(new ListTagsForResourceCommand({ resourceArn: first.stateMachineArn }))).tags,
    ).toEqual([]);
  });

  it('are updated for executions to come', async () => {
    const stateMachineArn = await local.create(single({ Type: 'Wait', Seconds: 5, End: true }));
    const running = await local.start(stateMachineArn, 'kept');
    const updated = await local.client.send(
      new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(result('new')) }),
    );
    expect(updated.revisionId).toMatch(/^[0-9a-f-]{36}$/);
    const before = await local.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: running }));
    expect(before.definition).toContain('Wait');
    expect(outputOf(await local.ended(running))).toBe('kept');
    expect(outputOf(await local.ended(await local.start(stateMachineArn)))).toBe('new');
    await expect(local.client.send(new UpdateStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'MissingRequiredParameter',
    });
  });

  it('are listed page by page and deleted', async () => {
    const own = await startHarness();
    const arns = [];
    for (const name of ['a', 'b', 'c']) arns.push(await own.create(result(1), name));
    const first = await own.client.send(new ListStateMachinesCommand({ maxResults: 2 }));
    expect(first.stateMachines!.map(({ name }) => name)).toEqual(['c', 'b']);
    const second = await own.client.send(new ListStateMachinesCommand({ maxResults: 2, nextToken: first.nextToken }));
    expect(second.stateMachines!.map(({ name }) => name)).toEqual(['a']);
    expect(second.nextToken).toBeUndefined();
    await own.client.send(new DeleteStateMachineCommand({ stateMachineArn: arns[0] }));
    expect((await own.client.send(new ListStateMachinesCommand({}))).stateMachines).toHaveLength(2);
    await expect(own.start(arns[0]!)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    await own.close();
  });

  it.each(['', 'a b', 'a/b', 'x'.repeat(81), 'a:b', 'ümlaut?'])('cannot be named %j', async (name) => {
    await expect(
      local.client.send(new CreateStateMachineCommand({ name, roleArn: ROLE, definition: '{}' })),
    ).rejects.toMatchObject({ name: 'InvalidName' });
  });
});

describe('StartExecution', () => {
  it('is idempotent by name and input while the execution runs', async () => {
    const machine = await local.create(endless);
    const arn = await local.start(machine, { a: 1 }, 'same');
    expect(arn).toBe(machine.replace(':stateMachine:', ':execution:').concat(':same'));
    expect(await local.start(machine, { a: 1 }, 'same')).toBe(arn);
    await expect(local.start(machine, { a: 2 }, 'same')).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
      message: `Execution Already Exists: '${arn}'`,
    });
    await local.client.send(new StopExecutionCommand({ executionArn: arn }));
    await expect(local.start(machine, { a: 1 }, 'same')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('takes no input as an empty object', async () => {
    const { executionArn } = await local.client.send(
      new StartExecutionCommand({ stateMachineArn: await local.create(single({ Type: 'Succeed' })) }),
    );
    expect(await local.ended(executionArn!)).toMatchObject({
      input: '{}',
      output: '{}',
      inputDetails: { included: true },
      outputDetails: { included: true },
    });
  });

  it('refuses what is no JSON, no name, no state machine', async () => {
    const stateMachineArn = await local.create(result(1));
    await expect(
      local.client.send(new StartExecutionCommand({ stateMachineArn, input: 'not json' })),
    ).rejects.toMatchObject({
      name: 'InvalidExecutionInput',
      message: expect.stringContaining('Invalid State Machine Execution Input: '),
    });
    await expect(local.start(stateMachineArn, {}, 'a b')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(local.start(NONE)).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
      message: `State Machine Does Not Exist: '${NONE}'`,
    });
    await expect(local.start('nonsense')).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});

describe('executions', () => {
  it('are listed newest first, by status, page by page', async () => {
    const stateMachineArn = await local.create(endless);
    const arns = [];
    for (let i = 0; i < 5; i++) arns.push(await local.start(stateMachineArn, {}, `n${i}`));
    await local.client.send(new StopExecutionCommand({ executionArn: arns[1] }));
    const list = (more: object = {}) => local.client.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
    expect((await list({ statusFilter: 'ABORTED' })).executions!.map(({ name }) => name)).toEqual(['n1']);
    const first = await list({ maxResults: 2 });
    await local.start(stateMachineArn, {}, 'late');
    const second = await list({ maxResults: 3, nextToken: first.nextToken });
    expect([...first.executions!, ...second.executions!].map(({ name }) => name)).toEqual([
      'n4',
      'n3',
      'n2',
      'n1',
      'n0',
    ]);
    expect(second.nextToken).toBeUndefined();
    await expect(list({ statusFilter: 'succeeded' })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(list({ maxResults: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(list({ nextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('can be stopped, once', async () => {
    const executionArn = await local.start(await local.create(endless));
    const { stopDate } = await local.client.send(new StopExecutionCommand({ executionArn, error: 'Why', cause: 'so' }));
    const execution = await local.ended(executionArn);
    expect(execution).toMatchObject({
      status: 'ABORTED',
      error: 'Why',
      cause: 'so',
      stopDate,
      redriveStatus: 'REDRIVABLE',
    });
    expect((await local.client.send(new StopExecutionCommand({ executionArn }))).stopDate).toEqual(stopDate);
    const events = await local.history(executionArn);
    expect(events.at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      previousEventId: 0,
      executionAbortedEventDetails: { error: 'Why', cause: 'so' },
    });
  });

  it('have a history that can be read in pages, backwards, without data', async () => {
    const { executionArn } = await local.run(result(1));
    const page = await local.client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 3, includeExecutionData: false }),
    );
    expect(page.events!.map(({ id }) => id)).toEqual([4, 3, 2]);
    expect(page.events![0]!.executionSucceededEventDetails!.output).toBeUndefined();
    const rest = await local.client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, nextToken: page.nextToken }),
    );
    expect(rest.events!.map(({ id }) => id)).toEqual([1]);
  });

  it('that do not exist are told', async () => {
    const executionArn = NONE.replace('stateMachine', 'execution').concat(':x');
    for (const command of [
      new DescribeExecutionCommand({ executionArn }),
      new GetExecutionHistoryCommand({ executionArn }),
      new StopExecutionCommand({ executionArn }),
    ]) {
      await expect(local.client.send(command as DescribeExecutionCommand)).rejects.toMatchObject({
        name: 'ExecutionDoesNotExist',
        message: `Execution Does Not Exist: '${executionArn}'`,
      });
    }
    await expect(local.client.send(new DescribeMapRunCommand({ mapRunArn: 'arn:none' }))).rejects.toMatchObject({
      name: 'ResourceNotFound',
    });
  });

  it('announce their status as EventBridge events', async () => {
    const { executionArn, stateMachineArn, name } = await local.run(single({ Type: 'Fail', Error: 'E', Cause: 'C' }), {
      a: 1,
    });
    const own = local.events.filter(({ detail }) => detail.executionArn === executionArn);
    expect(own.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'FAILED']);
    expect(own[1]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: [executionArn],
      detail: {
        executionArn,
        stateMachineArn,
        name,
        status: 'FAILED',
        startDate: expect.any(Number),
        stopDate: expect.any(Number),
        input: '{"a":1}',
        output: null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: 0,
        redriveDate: null,
        redriveStatus: 'REDRIVABLE',
        redriveStatusReason: null,
        inputDetails: { included: true },
        outputDetails: null,
        error: 'E',
        cause: 'C',
      },
    });
  });
});

describe('the server', () => {
  it('refuses the actions it does not have', async () => {
    await expect(
      local.client.send(new ListStateMachineAliasesCommand({ stateMachineArn: NONE })),
    ).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: "The local Step Functions does not support 'ListStateMachineAliases'",
    });
    const odd = await fetch(local.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.constructor' },
      body: '{}',
    });
    expect(odd.status).toBe(400);
    const noObject = await fetch(local.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' },
      body: '[',
    });
    expect(await noObject.json()).toMatchObject({ __type: 'SerializationException' });
  });

  it('can ask for an access key', async () => {
    const own = await startHarness({ credentials: { accessKeyId: 'local' } });
    await expect(own.create(result(1))).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const client = new SFNClient({
      endpoint: own.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'any' },
    });
    expect((await client.send(new ListStateMachinesCommand({}))).stateMachines).toEqual([]);
    client.destroy();
    await own.close();
  });

  it('closes with executions that still run, and aborts their calls', async () => {
    const own = await startHarness();
    let aborted = false;
    own.functions.endless = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'T',
      States: { T: lambdaTask('endless') },
    };
    await own.start(await own.create(single({ Type: 'Map', ItemProcessor, End: true })), [1, 2]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await own.close();
    expect(aborted).toBe(true);
    expect(own.events.map(({ detail }) => detail.status)).toEqual(['RUNNING']);
  });
});
