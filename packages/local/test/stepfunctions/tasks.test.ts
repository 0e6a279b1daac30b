import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../src/s3/index.ts';
import {
  FunctionError,
  type Harness,
  LAMBDA,
  lambdaTask,
  outputOf,
  s3Client,
  single,
  startHarness,
} from './harness.ts';

let local: Harness;
let s3: LocalS3;
let objects: S3Client;
beforeAll(async () => {
  s3 = await startS3();
  s3.createBucket('work');
  objects = s3Client(s3.endpoint);
  local = await startHarness({
    s3: () => objects,
    customTasks: {
      'arn:aws:states:::ecs:runTask.sync': async ({ parameters }) => ({ ran: parameters }),
    },
  });
});
afterAll(async () => {
  await local.close();
  objects.destroy();
  await s3.close();
});

const details = async (executionArn: string): Promise<unknown[]> =>
  (await local.history(executionArn)).map(({ type, id: _, previousEventId: __, timestamp: ___, ...rest }) => [
    type,
    ...Object.values(rest),
  ]);

describe('lambda:invoke', () => {
  it('wraps the answer and is told in the history', async () => {
    local.functions.hello = ({ name }, { functionName }) => ({ text: `Hi ${name}`, functionName });
    const execution = await local.run(single(lambdaTask('hello')), { name: 'Ann' });
    const output = outputOf(execution);
    expect(output).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { text: 'Hi Ann', functionName: 'hello' },
      SdkHttpMetadata: {
        AllHttpHeaders: expect.any(Object),
        HttpHeaders: expect.objectContaining({ 'Content-Type': 'application/json' }),
        HttpStatusCode: 200,
      },
      SdkResponseMetadata: { RequestId: expect.any(String) },
      StatusCode: 200,
    });
    const invoke = { resource: 'invoke', resourceType: 'lambda' };
    expect((await details(execution.executionArn!)).slice(2, 5)).toEqual([
      [
        'TaskScheduled',
        { ...invoke, region: 'us-east-1', parameters: '{"FunctionName":"hello","Payload":{"name":"Ann"}}' },
      ],
      ['TaskStarted', invoke],
      ['TaskSucceeded', { ...invoke, output: execution.output, outputDetails: { truncated: false } }],
    ]);
  });

  it.each([
    ['arn:aws:lambda:us-east-1:000000000000:function:where', 'where'],
    ['arn:aws:lambda:us-east-1:000000000000:function:where:$LATEST', 'where'],
    ['arn:aws:lambda:us-east-1:000000000000:function:where:live', 'where:live'],
    ['where', 'where'],
  ])('finds the function of %s', async (FunctionName, expected) => {
    local.functions[expected] = (_, { functionName }) => functionName;
    const state = lambdaTask('', { Parameters: { FunctionName }, OutputPath: '$.Payload' });
    expect(outputOf(await local.run(single(state)))).toBe(expected);
  });

  it.each([
    ['an integration', LAMBDA],
    ['its own ARN', 'arn:aws:lambda:us-east-1:000000000000:function:bad'],
  ])('by %s fails with the error of the function', async (_, Resource) => {
    local.functions.bad = () => {
      throw new FunctionError('PipelineConfigError', 'no rule');
    };
    const Parameters = Resource === LAMBDA ? { FunctionName: 'bad' } : undefined;
    const execution = await local.run(single({ Type: 'Task', Resource, Parameters, End: true }));
    const cause = '{"errorType":"PipelineConfigError","errorMessage":"no rule","trace":["at handler"]}';
    expect(execution).toMatchObject({ status: 'FAILED', error: 'PipelineConfigError', cause });
    const failed = (await details(execution.executionArn!)).at(-2);
    const type = Resource === LAMBDA ? 'TaskFailed' : 'LambdaFunctionFailed';
    expect(failed).toEqual([type, expect.objectContaining({ error: 'PipelineConfigError', cause })]);
  });

  it('fails with the exception of the service', async () => {
    const execution = await local.run(single(lambdaTask('nobody')));
    expect(execution).toMatchObject({ error: 'Lambda.ResourceNotFoundException', cause: 'Function not found: nobody' });
  });

  it('names an error that the function does not name', async () => {
    const odd = await startHarness({
      invokeLambda: async () => ({ functionError: 'Unhandled', payload: '{"errorMessage":"RequestId: 1 timed out"}' }),
    });
    expect(await odd.run(single(lambdaTask('any')))).toMatchObject({
      error: 'Lambda.Unknown',
      cause: expect.stringContaining('Returned payload: {"errorMessage":"RequestId: 1 timed out"}'),
    });
    await odd.close();
  });
});

describe('a function ARN as the Resource', () => {
  it('gives the bare answer', async () => {
    local.functions.plain = (payload) => payload;
    const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:plain';
    const execution = await local.run(single({ Type: 'Task', Resource, TimeoutSeconds: 9, End: true }), { a: 1 });
    expect(outputOf(execution)).toEqual({ a: 1 });
    expect((await details(execution.executionArn!)).slice(2, 5)).toEqual([
      [
        'LambdaFunctionScheduled',
        { input: '{"a":1}', inputDetails: { truncated: false }, resource: Resource, timeoutInSeconds: 9 },
      ],
      ['LambdaFunctionStarted'],
      ['LambdaFunctionSucceeded', { output: '{"a":1}', outputDetails: { truncated: false } }],
    ]);
  });
});

describe('waitForTaskToken', () => {
  const waiting = (more: object = {}) =>
    single(
      lambdaTask('take', {
        Resource: `${LAMBDA}.waitForTaskToken`,
        Parameters: { FunctionName: 'take', Payload: { 'token.$': '$$.Task.Token' } },
        ...more,
      }),
    );
  const take = (answer: (token: string) => Promise<unknown>): void => {
    local.functions.take = ({ token }) => {
      void answer(token as string);
    };
  };

  it('ends with SendTaskSuccess', async () => {
    take((taskToken) => local.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":1}' })));
    const execution = await local.run(waiting());
    expect(outputOf(execution)).toEqual({ ok: 1 });
    const types = (await local.history(execution.executionArn!)).map(({ type }) => type);
    expect(types.slice(2, 6)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
  });

  it('ends with SendTaskFailure', async () => {
    take((taskToken) => local.client.send(new SendTaskFailureCommand({ taskToken, error: 'No', cause: 'because' })));
    expect(await local.run(waiting())).toMatchObject({ status: 'FAILED', error: 'No', cause: 'because' });
  });

  it('times out without heartbeats and goes on with them', async () => {
    take(async () => {});
    expect((await local.run(waiting({ HeartbeatSeconds: 5 }))).error).toBe('States.Timeout');
    take(async (taskToken) => {
      local.clock.advance(4000);
      await local.client.send(new SendTaskHeartbeatCommand({ taskToken }));
      local.clock.advance(4000);
      await local.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    });
    expect(outputOf(await local.run(waiting({ HeartbeatSeconds: 5 })))).toBe(1);
  });

  it('refuses a token that is used, or none', async () => {
    let used = '';
    take((taskToken) => {
      used = taskToken;
      return local.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    });
    await local.run(waiting());
    await expect(local.client.send(new SendTaskSuccessCommand({ taskToken: used, output: '1' }))).rejects.toMatchObject(
      { name: 'TaskTimedOut' },
    );
    await expect(local.client.send(new SendTaskHeartbeatCommand({ taskToken: 'nonsense' }))).rejects.toMatchObject({
      name: 'InvalidToken',
    });
    await expect(local.client.send(new SendTaskSuccessCommand({ taskToken: used, output: '{' }))).rejects.toMatchObject(
      { name: 'InvalidOutput' },
    );
  });
});

describe('states:startExecution', () => {
  const nested = (StateMachineArn: string, pattern = '', more: object = {}) =>
    single({
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${pattern}`,
      Parameters: { StateMachineArn, 'Input.$': '$', ...more },
      End: true,
    });

  it('starts, or waits for the end', async () => {
    const inner = await local.create(single({ Type: 'Pass', Result: { r: 1 }, End: true }));
    const started = outputOf(await local.run(nested(inner, '', { Name: 'given' }), { a: 1 }));
    expect(started).toEqual({ ExecutionArn: expect.stringMatching(/:given$/), StartDate: expect.any(String) });
    expect(outputOf(await local.run(nested(inner, '.sync:2'), { a: 1 }))).toMatchObject({
      Input: { a: 1 },
      Output: { r: 1 },
      Status: 'SUCCEEDED',
    });
    expect(outputOf(await local.run(nested(inner, '.sync'), { a: 1 }))).toMatchObject({
      Input: '{"a":1}',
      Output: '{"r":1}',
    });
  });

  it('fails when the nested execution does', async () => {
    const inner = await local.create(single({ Type: 'Fail', Error: 'Inner', Cause: 'deep' }));
    const { error, cause } = await local.run(nested(inner, '.sync:2'), {});
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause!)).toMatchObject({ Error: 'Inner', Cause: 'deep', Status: 'FAILED', Input: '{}' });
    const none = await local.run(nested('arn:aws:states:us-east-1:000000000000:stateMachine:none'), {});
    expect(none.error).toBe('StepFunctions.StateMachineDoesNotExistException');
  });
});

describe('aws-sdk', () => {
  const sdk = (action: string, Parameters: object) =>
    single({ Type: 'Task', Resource: `arn:aws:states:::aws-sdk:s3:${action}`, Parameters, End: true });

  it('calls S3', async () => {
    await local.run(sdk('putObject', { Bucket: 'work', Key: 'a.json', 'Body.$': '$' }), { a: 1 });
    const got = outputOf(await local.run(sdk('getObject', { Bucket: 'work', Key: 'a.json' })));
    expect(got).toMatchObject({
      Body: '{"a":1}',
      ContentLength: 7,
      ETag: expect.stringMatching(/^"/),
      LastModified: expect.stringMatching(/Z$/),
    });
    expect(got).not.toHaveProperty('$metadata');
  });

  it('names its errors as the service does', async () => {
    const { error, cause } = await local.run(sdk('getObject', { Bucket: 'work', Key: 'none' }));
    expect(error).toBe('S3.NoSuchKeyException');
    expect(cause).toMatch(/\(Service: S3, Status Code: 404, Request ID: /);
    expect((await local.run(sdk('listObjectsV2', { Bucket: 'nowhere' }))).error).toBe('S3.NoSuchBucketException');
  });

  it('calls DynamoDB through the client it is given', async () => {
    const client = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    const withTable = await startHarness({ aws: { dynamodb: () => client } });
    const state = {
      Type: 'Task',
      Resource: 'arn:aws:states:::dynamodb:getItem',
      Parameters: { TableName: 't', Key: {} },
      End: true,
    };
    // Nothing listens there: the call was made with the client, and failed before the service answered.
    expect((await withTable.run(single(state))).error).toBe('DynamoDB.SdkClientException');
    await withTable.close();
  });
});

it('runs the tasks of a Resource that the caller supplies', async () => {
  const state = {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Parameters: { 'Chunk.$': '$.c' },
    End: true,
  };
  expect(outputOf(await local.run(single(state), { c: 1 }))).toEqual({ ran: { Chunk: 1 } });
});
