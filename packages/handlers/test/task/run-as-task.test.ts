import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PipelineSourceError, readJson, writeJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeEvent, runAsTask, taskVariables } from '../../src/index.ts';
import { at, startService } from '../helpers.ts';

const entry = fileURLToPath(new URL('./fixtures/task.ts', import.meta.url));
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

describe('a task as a process of its own', () => {
  let states: Awaited<ReturnType<typeof startService>>;
  beforeEach(async () => {
    states = await startService(() => ({}));
  });
  afterEach(() => states.close());

  const start = (event: object, more: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, ['--conditions=@pipeline/source', entry], {
      env: {
        PATH: process.env.PATH ?? '',
        SFN_ENDPOINT: states.endpoint,
        [taskVariables.event]: base64(event),
        [taskVariables.token]: 'token-1',
        ...more,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const said = (text: string): Promise<void> =>
      new Promise((resolve) => {
        child.stdout.on('data', () => output.includes(text) && resolve());
      });
    child.stdout.on('data', (piece) => {
      output += piece;
    });
    const ended = new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, output }));
    });
    return { child, said, ended };
  };

  test('answers the state that waits, and exits with 0', async () => {
    const metadata = { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/0206b271-2843' };
    const { code } = await start({ batchId: 'b1', does: 'answer' }, metadata).ended;
    expect([code, states.calls]).toEqual([
      0,
      [
        {
          operation: 'SendTaskSuccess',
          body: { taskToken: 'token-1', output: '{"answered":"b1 by 0206b271-2843"}' },
        },
      ],
    ]);
  });

  test('fails under the name of the error, and exits with 1', async () => {
    const { code } = await start({ batchId: 'b1', does: 'fail' }).ended;
    const { operation, body } = states.calls[0]!;
    expect([code, operation, body.error]).toEqual([1, 'SendTaskFailure', 'PipelineLookupError']);
    expect(JSON.parse(body.cause)).toMatchObject({
      errorType: 'PipelineLookupError',
      errorMessage: expect.stringContaining('LOOKUP_THROTTLED: '),
    });
  });

  test('ends its work at SIGTERM, says that it may be tried again, and exits with 143', async () => {
    const { child, said, ended } = start({ batchId: 'b1', does: 'wait' });
    await said('waiting');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    expect(states.calls).toMatchObject([
      { operation: 'SendTaskFailure', body: { taskToken: 'token-1', error: 'PipelineDeadlineError' } },
    ]);
  });

  test('ends its work when the state no longer waits, and tells nobody', async () => {
    await states.close();
    states = await startService(() => ({ status: 400, error: 'TaskTimedOut' }));
    const { ended } = start({ batchId: 'b1', does: 'wait' }, { [taskVariables.heartbeat]: '1' });
    expect((await ended).code).toBe(143);
    expect(states.calls.map(({ operation }) => operation)).toEqual(['SendTaskHeartbeat']);
  });

  test('gives signs of life while it works', async () => {
    const { child, said, ended } = start({ batchId: 'b1', does: 'wait' }, { [taskVariables.heartbeat]: '1' });
    await said('waiting');
    while (states.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    await ended;
    expect(states.calls[0]).toEqual({ operation: 'SendTaskHeartbeat', body: { taskToken: 'token-1' } });
  });
});

describe('a task', () => {
  const result = at('batches/b1/tasks/1.json');
  const toResult = { [taskVariables.result]: 's3://orders/batches/b1/tasks/1.json' };

  test('takes a small event from its environment, and leaves its answer in S3', async () => {
    const store = memoryStore();
    const { variables, object } = encodeEvent({ chunk: 7 }, at('batches/b1/tasks/1.event.json'));
    expect(object).toBeUndefined();
    const env = { ...variables, ...toResult, [taskVariables.attempt]: 'a-1' };
    const code = await runAsTask(async (event, { awsRequestId }) => ({ event, awsRequestId }), { store, env });
    expect(code).toBe(0);
    expect(await readJson(store, result)).toEqual({
      ok: true,
      result: { event: { chunk: 7 }, awsRequestId: 'a-1' },
    });
  });

  test('takes a large event from S3', async () => {
    const store = memoryStore();
    const event = { text: 'x'.repeat(10_000) };
    const { variables, object } = encodeEvent(event, at('batches/b1/tasks/1.event.json'));
    expect(JSON.stringify(variables).length).toBeLessThan(200);
    await writeJson(store, object!, event);
    const env = { ...variables, ...toResult };
    expect(await runAsTask(async (given) => given, { store, env })).toBe(0);
    expect(await readJson(store, result)).toEqual({ ok: true, result: event });
  });

  test('leaves the name and message of its error in S3', async () => {
    const store = memoryStore();
    const fail = async () => {
      throw new PipelineSourceError('CHUNK_MISMATCH', { index: 3, reason: 'it ends elsewhere' });
    };
    expect(await runAsTask(fail, { store, env: { [taskVariables.event]: base64({}), ...toResult } })).toBe(1);
    expect(await readJson(store, result)).toMatchObject({ ok: false, error: { name: 'PipelineSourceError' } });
  });

  test('writes nothing after SIGTERM, even if its work went on to the end', async () => {
    const store = memoryStore();
    const stubborn = async () => {
      process.emit('SIGTERM');
      return 'done all the same';
    };
    const env = { [taskVariables.event]: base64({}), ...toResult };
    expect(await runAsTask(stubborn, { store, env })).toBe(143);
    expect(store.keys()).toEqual([]);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  test.each([
    ['no event', {}],
    ['two events', { [taskVariables.event]: base64({}), [taskVariables.eventObject]: 's3://a/b' }],
    ['an event that is none', { [taskVariables.event]: 'cGFzc3dvcmQ=' }],
    ['a heartbeat that is none', { [taskVariables.event]: base64({}), [taskVariables.heartbeat]: '0.5' }],
    ['a token and no client', { [taskVariables.event]: base64({}), [taskVariables.token]: 't' }],
    ['an object and no store', { [taskVariables.eventObject]: 's3://orders/event.json' }],
  ])('with %s fails without a call of its handler', async (_, env) => {
    const written: string[] = [];
    const { write } = process.stderr;
    process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write;
    const calls: unknown[] = [];
    try {
      expect(await runAsTask(async (event) => calls.push(event), { env })).toBe(1);
    } finally {
      process.stderr.write = write;
    }
    expect([calls, written.join('').includes('password')]).toEqual([[], false]);
  });
});
