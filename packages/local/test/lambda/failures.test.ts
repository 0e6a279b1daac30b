import type { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalLambda, startLambda } from '../../src/lambda/index.ts';
import { call, connect, fixture, isAlive } from './helpers.ts';

let lambda: LocalLambda;
let client: LambdaClient;

beforeAll(async () => {
  lambda = await startLambda();
  client = connect(lambda);
  const entry = fixture('behave');
  await Promise.all([
    lambda.register({ name: 'behave', entry }),
    lambda.register({ name: 'hasty', entry, timeoutMs: 250 }),
    lambda.register({ name: 'small', entry, memoryMb: 128 }),
    lambda.register({ name: 'missing-module', entry: fixture('missing-module') }),
    lambda.register({ name: 'fails-at-init', entry: fixture('fails-at-init') }),
    lambda.register({ name: 'no-handler', entry, handler: 'absent' }),
    lambda.register({ name: 'not-a-function', entry, handler: 'notAFunction' }),
  ]);
});

afterAll(async () => {
  client.destroy();
  await lambda.close();
});

const requestIdOf = ({ $metadata }: { $metadata: { requestId?: string } }): string => $metadata.requestId!;

test('a thrown error keeps its name, its message and its stack, and the process lives on', async () => {
  const before = await call(client, 'behave');
  const failed = await call(client, 'behave', { throwName: 'PipelineSourceError' });
  expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(Object.keys(failed.answer)).toEqual(['errorType', 'errorMessage', 'trace']);
  expect(failed.answer).toMatchObject({
    errorType: 'PipelineSourceError',
    errorMessage: 'SOURCE_CHANGED: the object is another',
  });
  expect(failed.answer.trace[0]).toBe('PipelineSourceError: SOURCE_CHANGED: the object is another');
  expect(failed.answer.trace[1]).toMatch(/^ {4}at .*index\.mjs:\d+:\d+/);
  expect((await call(client, 'behave')).answer.pid).toBe(before.answer.pid);
});

test('a thrown string is an error of type string', async () => {
  const { answer } = await call(client, 'behave', { throwText: 'no' });
  expect(answer).toEqual({ errorType: 'string', errorMessage: 'no', trace: [] });
});

test('a function that takes too long is killed', async () => {
  const { answer: before } = await call(client, 'hasty');
  const failed = await call(client, 'hasty', { sleepMs: 5000 }, { LogType: 'Tail' });
  expect(failed.FunctionError).toBe('Unhandled');
  expect(failed.answer).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestIdOf(failed)} Error: Task timed out after 0.25 seconds`,
  });
  expect(failed.log).toContain('Status: timeout');
  expect(isAlive(before.pid)).toBe(false);
  expect((await call(client, 'hasty')).answer.calls).toBe(1);
});

test('an endless loop is killed too', async () => {
  expect((await call(client, 'hasty', { spin: true })).answer.errorType).toBe('Sandbox.Timedout');
});

test('a process that exits is an exit error', async () => {
  const failed = await call(client, 'behave', { exitCode: 3 });
  expect(failed.answer).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestIdOf(failed)} Error: Runtime exited with error: exit status 3`,
  });
  const clean = await call(client, 'behave', { exitCode: 0 });
  expect(clean.answer.errorMessage).toBe(
    `RequestId: ${requestIdOf(clean)} Error: Runtime exited without providing a reason`,
  );
});

test('a process that exits between invocations does not fail the next one', async () => {
  const { answer } = await call(client, 'behave', { exitOnceAnswered: true });
  const next = await Promise.all([call(client, 'behave'), call(client, 'behave')]);
  for (const { FunctionError, answer: other } of next) {
    expect(FunctionError).toBeUndefined();
    expect(other.pid).not.toBe(answer.pid);
  }
});

test.runIf(process.platform === 'linux')('a process over its memory is killed', async () => {
  const failed = await call(client, 'small', { fill: true });
  expect(failed.answer).toEqual({
    errorType: 'Runtime.OutOfMemory',
    errorMessage: `RequestId: ${requestIdOf(failed)} Error: Runtime exited with error: signal: killed`,
  });
  expect(lambda.stats().small!.peakRssBytes).toBeGreaterThan(128 * 1024 * 1024);
});

test('an answer over the limit is an error', async () => {
  expect((await call(client, 'behave', { answerBytes: 6_291_556 - 2 })).FunctionError).toBeUndefined();
  expect((await call(client, 'behave', { answerBytes: 6_291_556 - 1 })).answer).toEqual({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  });
});

test.each([
  ['missing-module', 'Runtime.ImportModuleError', /^Error: Cannot find module 'no-such-module'/],
  ['fails-at-init', 'PipelineConfigError', /^CONFIG_INVALID: no bucket$/],
  ['no-handler', 'Runtime.HandlerNotFound', /^index\.absent is undefined or not exported$/],
  ['not-a-function', 'Runtime.HandlerNotFound', /^index\.notAFunction is not a function$/],
])('%s fails with %s, each time in a new process', async (name, errorType, errorMessage) => {
  for (const coldStarts of [1, 2]) {
    const failed = await call(client, name);
    expect(failed.FunctionError).toBe('Unhandled');
    expect(failed.answer).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
    expect(lambda.stats()[name]!.coldStarts).toBe(coldStarts);
  }
});
