import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalLambda, startLambda } from '../../src/lambda/index.ts';
import type { Behaviour } from './fixtures/behaviour.ts';
import { call, connect, fixture, isAlive, until } from './helpers.ts';

let folder: string;
let lambda: LocalLambda;
let givenUp: { functionName: string; payload: string; reason: string }[];
const entry = fixture('behave');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lambda-test-'));
  givenUp = [];
  lambda = await startLambda({
    ...{ workDir: folder, maxProcesses: 2, eventRetryDelaysMs: [20, 40] },
    onGivenUp: (given) => givenUp.push(given),
  });
});

afterEach(async () => {
  await lambda.close();
  await rm(folder, { recursive: true });
});

const invoke = async (
  functionName: string,
  behaviour: Behaviour = {},
  options: { signal?: AbortSignal; onThrottle?: 'wait' } = {},
) => JSON.parse((await lambda.invoke({ functionName, payload: JSON.stringify(behaviour), ...options })).payload);

test('close leaves neither process nor file, also in mid-invocation', async () => {
  await lambda.register({ name: 'a', entry });
  const { pid } = await invoke('a');
  const cut = lambda.invoke({ functionName: 'a', payload: '{"spin":true}' });
  const waiting = Promise.allSettled(Array.from({ length: 5 }, () => invoke('a', { sleepMs: 1000 })));
  await sleep(100);
  await lambda.close();
  expect(isAlive(pid)).toBe(false);
  expect((await cut).functionError).toBe('Unhandled');
  expect((await waiting).map(({ status }) => status)).toContain('rejected');
  expect(await readdir(folder)).toEqual([]);
  await expect(fetch(`${lambda.endpoint}/2015-03-31/functions`)).rejects.toThrow();
});

test('a start on a taken port leaves nothing behind', async () => {
  await expect(startLambda({ workDir: folder, port: lambda.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await readdir(folder)).toHaveLength(1);
});

test('no process outlives a killed parent, not even one in an endless loop', async () => {
  const args = ['--conditions=@pipeline/source', fixture('parent'), folder];
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids: number[] = await new Promise((resolve) =>
    parent.stdout.once('data', (text) => resolve(JSON.parse(String(text)))),
  );
  expect(new Set(pids).size).toBe(3);
  expect(pids.every(isAlive)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !pids.some(isAlive));
});

test('an aborted invocation rejects with the reason once its process is gone', async () => {
  await lambda.register({ name: 'a', entry });
  const { pid } = await invoke('a');
  const reason = new Error('execution stopped');
  const controller = new AbortController();
  const running = invoke('a', { sleepMs: 10_000 }, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await expect(running).rejects.toBe(reason);
  expect(isAlive(pid)).toBe(false);
  await expect(invoke('a', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect((await invoke('a')).calls).toBe(1);
});

test('an invocation that waits for a process can be aborted', async () => {
  await lambda.register({ name: 'a', entry, reservedConcurrency: 1 });
  const first = invoke('a', { sleepMs: 150 });
  const controller = new AbortController();
  const second = invoke('a', {}, { signal: controller.signal, onThrottle: 'wait' });
  controller.abort(new Error('not any more'));
  await expect(second).rejects.toThrow('not any more');
  expect((await first).calls).toBe(1);
});

test('reserved concurrency throttles, or waits when asked to', async () => {
  await lambda.register({ name: 'a', entry, reservedConcurrency: 1 });
  await lambda.register({ name: 'off', entry, reservedConcurrency: 0 });
  const throttled = { name: 'TooManyRequestsException', message: 'Rate Exceeded.', statusCode: 429 };
  const first = invoke('a', { sleepMs: 150 });
  await expect(invoke('a')).rejects.toMatchObject(throttled);
  const client = connect(lambda);
  await expect(call(client, 'a')).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
  client.destroy();
  const second = invoke('a', {}, { onThrottle: 'wait' });
  expect((await second).pid).toBe((await first).pid);
  await expect(invoke('off')).rejects.toMatchObject(throttled);
  expect(lambda.stats().a).toMatchObject({ throttles: 2, invocations: 2 });
});

test('the process that was idle longest makes room for another function', async () => {
  for (const name of ['a', 'b', 'c']) await lambda.register({ name, entry });
  const { pid: a } = await invoke('a');
  const { pid: b } = await invoke('b');
  await invoke('a');
  await invoke('c');
  await until(() => !isAlive(b));
  expect(isAlive(a)).toBe(true);
  expect(lambda.stats()).toMatchObject({ a: { processes: 1 }, b: { processes: 0 }, c: { processes: 1 } });
});

test('functions that wait for another function do not keep it from starting', async () => {
  for (const name of ['outer', 'inner']) await lambda.register({ name, entry });
  const busy = [invoke('outer', { sleepMs: 300 }), invoke('outer', { sleepMs: 300 })];
  await sleep(100);
  expect((await invoke('inner')).calls).toBe(1);
  expect((await Promise.all(busy)).map(({ calls }) => calls)).toEqual([1, 1]);
});

test('a new registration replaces the function, one in flight ends with the old code', async () => {
  const file = path.join(folder, 'changing.ts');
  const version = (text: string) =>
    writeFile(
      file,
      `export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return '${text}'; };`,
    );
  await version('one');
  await lambda.register({ name: 'a', entry: file });
  expect(await invoke('a')).toBe('one');
  const before = invoke('a');
  await version('two, longer');
  await lambda.register({ name: 'a', entry: file });
  expect(await invoke('a')).toBe('two, longer');
  expect(await before).toBe('one');
  lambda.unregister('a');
  await expect(invoke('a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('an unchanged entry is bundled once', async () => {
  await lambda.register({ name: 'a', entry: fixture('with-packages') });
  await lambda.register({ name: 'b', entry: fixture('with-packages') });
  expect(lambda.stats().a!.bundleMs).toBeGreaterThan(0);
  expect(lambda.stats().b!.bundleMs).toBe(0);
  expect(lambda.stats().b!.bundleBytes).toBe(lambda.stats().a!.bundleBytes);
});

test('an asynchronous invocation is accepted at once and tried three times', async () => {
  await lambda.register({ name: 'a', entry });
  const client = connect(lambda);
  const marks = path.join(folder, 'marks');
  const good = path.join(folder, 'good');
  const accepted = await call(
    client,
    'a',
    { touch: marks, failAfterTouch: true, sleepMs: 20 },
    { InvocationType: 'Event' },
  );
  expect(accepted).toMatchObject({ StatusCode: 202, answer: undefined });
  expect(existsSync(marks)).toBe(false);
  await call(client, 'a', { touch: good }, { InvocationType: 'Event' });
  await until(() => lambda.stats().a!.errors === 3 && existsSync(good));
  await sleep(80);
  expect(lambda.stats().a).toMatchObject({ invocations: 4, errors: 3 });
  expect(await readFile(marks, 'utf8')).toBe('called\n'.repeat(3));
  const payload = JSON.stringify({ touch: marks, failAfterTouch: true, sleepMs: 20 });
  expect(givenUp).toEqual([{ functionName: 'a', payload, reason: expect.stringContaining('errorMessage') }]);
  await expect(call(client, 'nobody', {}, { InvocationType: 'Event' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  client.destroy();
});
