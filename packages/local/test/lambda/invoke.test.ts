import {
  GetFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LocalLambda, type LogLine, startLambda } from '../../src/lambda/index.ts';
import { call, connect, fixture } from './helpers.ts';

let lambda: LocalLambda;
let client: LambdaClient;
const lines: LogLine[] = [];

beforeAll(async () => {
  vi.stubEnv('PARENT_SECRET', 'stays here');
  vi.stubEnv('AWS_PROFILE', 'production');
  vi.stubEnv('NODE_OPTIONS', '--no-deprecation');
  lambda = await startLambda({ onLog: (line) => lines.push(line), eventRetryDelaysMs: [20, 40] });
  client = connect(lambda);
  const entry = fixture('behave');
  await Promise.all([
    lambda.register({
      name: 'behave',
      entry,
      timeoutMs: 5000,
      environment: { BUCKET: 'inbox', AWS_LAMBDA_LOG_LEVEL: 'INFO' },
    }),
    lambda.register({ name: 'other', entry, handler: 'other' }),
    lambda.register({ name: 'packages', entry: fixture('with-packages') }),
    lambda.register({ name: 'streaming', entry: fixture('streaming') }),
  ]);
});

afterAll(async () => {
  client.destroy();
  await lambda.close();
  vi.unstubAllEnvs();
});

test('the first invocation starts a process, the next one finds it warm', async () => {
  const cold = await call(client, 'behave', {}, { LogType: 'Tail' });
  const warm = await call(client, 'behave', {}, { LogType: 'Tail' });
  expect(cold).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect([cold.answer.calls, warm.answer.calls]).toEqual([1, 2]);
  expect(warm.answer.pid).toBe(cold.answer.pid);
  expect(cold.answer.pid).not.toBe(process.pid);
  expect(cold.log).toMatch(/Init Duration: [\d.]+ ms/);
  expect(warm.log).not.toContain('Init Duration');
  expect(lambda.stats().behave).toMatchObject({ invocations: 2, coldStarts: 1, errors: 0, processes: 1 });
});

test('the handler gets event and context as Lambda gives them', async () => {
  const clientContext = Buffer.from(JSON.stringify({ custom: { a: 'b' } })).toString('base64');
  const { answer, $metadata } = await call(client, 'behave', { log: 'seen' }, { ClientContext: clientContext });
  expect(answer.event).toEqual({ log: 'seen' });
  expect(answer.context).toMatchObject({
    requestId: $metadata.requestId,
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:behave',
    clientContext: { custom: { a: 'b' } },
  });
  expect(answer.context.remainingMs).toBeGreaterThan(4000);
  expect(answer.context.remainingMs).toBeLessThanOrEqual(5000);
});

test('a function sees its own environment and nothing of ours', async () => {
  const { answer } = await call(client, 'behave');
  expect(answer.env).toMatchObject({
    BUCKET: 'inbox',
    TZ: 'UTC',
    PATH: process.env.PATH,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: 'behave',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    _HANDLER: 'index.handler',
    _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
  });
  for (const name of ['PARENT_SECRET', 'AWS_PROFILE', 'NODE_OPTIONS', 'VITEST'])
    expect(answer.env).not.toHaveProperty(name);
  expect(answer.directories.task).toBe(answer.env.LAMBDA_TASK_ROOT);
  expect(answer.directories.home).toContain(answer.directories.temp);
});

test('log lines carry function and request, and the tail comes with the answer', async () => {
  const { log, $metadata } = await call(client, 'behave', { log: 'first\nsecond' }, { LogType: 'Tail' });
  const { requestId } = $metadata;
  expect(log!.split('\n')[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`);
  expect(log).toContain(`\t${requestId}\tINFO\tfirst\nsecond\n`);
  expect(log).toMatch(
    new RegExp(
      `END RequestId: ${requestId}\nREPORT RequestId: ${requestId}\tDuration: .*Memory Size: 512 MB\tMax Memory Used: \\d+ MB\n$`,
    ),
  );
  expect(lines).toContainEqual({
    functionName: 'behave',
    requestId,
    line: expect.stringMatching(/\tINFO\tfirst\nsecond$/),
  });
});

test('another export can be the handler', async () => {
  expect((await call(client, 'other')).answer).toBe('another handler');
});

test('workspace packages and the AWS SDK are bundled, CommonJS can require', async () => {
  expect((await call(client, 'packages')).answer).toMatchObject({
    region: 'us-east-1',
    accessKeyId: 'test',
    error: 'PipelineError',
    separator: '/',
  });
  expect(lambda.stats().packages!.bundleBytes).toBeGreaterThan(100_000);
});

test('a streaming handler is collected into one answer', async () => {
  expect((await call(client, 'streaming')).answer).toEqual({ streamed: true });
});

test('invocations run beside each other in processes of their own, at most four', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => call(client, 'behave', { sleepMs: 60 })));
  const pids = new Set(answers.map(({ answer }) => answer.pid));
  expect(pids.size).toBe(4);
  expect(lambda.stats().behave!.processes).toBe(4);
});

test.each([
  ['name', 'behave'],
  ['name with qualifier', 'behave:$LATEST'],
  ['partial ARN', '000000000000:function:behave'],
  ['ARN', 'arn:aws:lambda:us-east-1:000000000000:function:behave'],
])('a function is found by %s', async (_kind, reference) => {
  expect((await call(client, reference)).StatusCode).toBe(200);
});

test('DryRun checks and does not run', async () => {
  const before = lambda.stats().behave!.invocations;
  expect((await call(client, 'behave', {}, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
  expect(lambda.stats().behave!.invocations).toBe(before);
});

test('functions are described and listed', async () => {
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'behave' }));
  expect(Configuration).toMatchObject({
    FunctionName: 'behave',
    Timeout: 5,
    MemorySize: 512,
    State: 'Active',
    Handler: 'index.handler',
  });
  const { Functions } = await client.send(new ListFunctionsCommand({}));
  expect(Functions!.map(({ FunctionName }) => FunctionName).sort()).toEqual([
    'behave',
    'other',
    'packages',
    'streaming',
  ]);
});

test('the service refuses as AWS does', async () => {
  const send = (input: { FunctionName: string; Payload?: string; InvocationType?: 'Event' }) =>
    client.send(new InvokeCommand(input));
  await expect(send({ FunctionName: 'nobody' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody',
    $metadata: { httpStatusCode: 404 },
  });
  await expect(send({ FunctionName: 'behave:v2' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(send({ FunctionName: 'behave', Payload: '{"a":' })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
    message: expect.stringContaining('Could not parse request body into json'),
    $metadata: { httpStatusCode: 400 },
  });
  await expect(
    send({ FunctionName: 'behave', Payload: JSON.stringify('x'.repeat(6 * 1024 * 1024)) }),
  ).rejects.toMatchObject({
    name: 'RequestTooLargeException',
    message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    $metadata: { httpStatusCode: 413 },
  });
  await expect(
    send({ FunctionName: 'behave', InvocationType: 'Event', Payload: JSON.stringify('x'.repeat(1024 * 1024)) }),
  ).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  await expect(client.send(new PublishVersionCommand({ FunctionName: 'behave' }))).rejects.toMatchObject({
    name: 'UnsupportedOperationException',
    message: expect.stringContaining('does not do POST'),
  });
});

test('an invocation without a payload gets an empty object', async () => {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'behave' }));
  expect(JSON.parse(Buffer.from(Payload!).toString()).event).toEqual({});
});

test('configurations that Lambda would not take are refused', async () => {
  const entry = fixture('behave');
  const refused = { name: 'InvalidParameterValueException' };
  await expect(lambda.register({ name: 'a b', entry })).rejects.toMatchObject(refused);
  await expect(lambda.register({ name: 'x', entry: 'behave.ts' })).rejects.toMatchObject(refused);
  await expect(lambda.register({ name: 'x', entry, timeoutMs: 900_001 })).rejects.toMatchObject(refused);
  await expect(lambda.register({ name: 'x', entry, memoryMb: 64 })).rejects.toMatchObject(refused);
  await expect(lambda.register({ name: 'x', entry, environment: { _HANDLER: 'mine' } })).rejects.toThrow(
    /reserved keys.*_HANDLER/,
  );
  await expect(lambda.register({ name: 'x', entry: fixture('nowhere') })).rejects.toThrow(/nowhere/);
});
