import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterEach, describe, expect, test } from 'vitest';
import { ecsTask, lambdaFunction, runAsTask } from '../../src/index.ts';
import { at, credentials, errorOf, type ServiceAnswer, type ServiceCall, startService } from '../helpers.ts';

let service: Awaited<ReturnType<typeof startService>> | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});
const clientOptions = () => ({ region: 'us-east-1', endpoint: service!.endpoint, credentials, maxAttempts: 1 });
const call = (signal = new AbortController().signal) => ({ attempt: 'k-c0-1', batchId: 'b1', signal });

describe('a Lambda function as target', () => {
  const functionThat = async (answer: ServiceAnswer & { readonly functionError?: boolean }) => {
    service = await startService(() => answer);
    return lambdaFunction<object, unknown>({ client: new LambdaClient(clientOptions()), functionName: 'process' });
  };

  test('answers what the function answered', async () => {
    const target = await functionThat({ body: { index: 3 } });
    expect(await target.run({ chunk: 3 }, call())).toEqual({ index: 3 });
    expect(service!.calls[0]).toEqual({
      operation: 'POST /2015-03-31/functions/process/invocations',
      body: { chunk: 3 },
    });
  });

  test('has the errors of the service under their names', async () => {
    const target = await functionThat({ status: 429, error: 'TooManyRequestsException' });
    expect(await errorOf(target.run({}, call()))).toMatchObject({ name: 'Lambda.TooManyRequestsException' });
  });

  test('says that there was no answer', async () => {
    const target = await functionThat({ hangUp: true });
    expect(await errorOf(target.run({}, call()))).toMatchObject({ name: 'Lambda.SdkClientException' });
  });
});

describe('a container task as target', () => {
  const store = memoryStore();
  const taskArn = 'arn:aws:ecs:us-east-1:000000000000:task/pipeline/1';
  const targetThat = async (answer: (call: ServiceCall, index: number) => ServiceAnswer | Promise<ServiceAnswer>) => {
    service = await startService(answer);
    return ecsTask<object, unknown>({
      client: new ECSClient(clientOptions()),
      ...{ cluster: 'pipeline', taskDefinition: 'orders', container: 'process', subnets: ['subnet-1'], pollMs: 1 },
      ...{ store, work: { bucket: 'orders', prefix: 'batches/' } },
    });
  };
  const environmentOf = (body: ServiceCall['body']): Record<string, string> =>
    Object.fromEntries(
      body.overrides.containerOverrides[0].environment.map((one: { name: string; value: string }) => [
        one.name,
        one.value,
      ]),
    );
  /** A cluster whose containers are `runAsTask` in this process. */
  const cluster = (handler: (event: object) => Promise<unknown>) => {
    let looks = 0;
    return async ({ operation, body }: ServiceCall): Promise<ServiceAnswer> => {
      if (operation === 'RunTask') {
        await runAsTask(handler, { store, env: environmentOf(body) });
        return { body: { tasks: [{ taskArn, lastStatus: 'PROVISIONING' }] } };
      }
      return { body: { tasks: [{ taskArn, lastStatus: ++looks < 3 ? 'RUNNING' : 'STOPPED' }] } };
    };
  };

  test('is started once, looked at until it stopped, and its answer read', async () => {
    const target = await targetThat(cluster(async (event) => ({ event, rowsRead: 2 })));
    expect(await target.run({ chunk: 1 }, call())).toEqual({ event: { chunk: 1 }, rowsRead: 2 });
    expect(service!.calls.map(({ operation }) => operation)).toEqual(['RunTask', ...Array(3).fill('DescribeTasks')]);
    expect(service!.calls[0]!.body).toMatchObject({
      clientToken: 'k-c0-1',
      cluster: 'pipeline',
      launchType: 'FARGATE',
    });
  });

  test('gets a large event through S3, within the 8 KiB of its overrides', async () => {
    const event = { text: 'x'.repeat(20_000) };
    const target = await targetThat(cluster(async (got) => got));
    expect(await target.run(event, call())).toEqual(event);
    expect(JSON.stringify(service!.calls[0]!.body.overrides).length).toBeLessThan(8192);
    expect(await readJson(store, at('batches/b1/tasks/k-c0-1.event.json'))).toEqual(event);
  });

  test('has the errors of its handler under their names', async () => {
    const target = await targetThat(
      cluster(async () => {
        throw Object.assign(new Error('LOOKUP_OPEN: later'), { name: 'PipelineLookupError' });
      }),
    );
    expect(await errorOf(target.run({}, call()))).toMatchObject({
      name: 'PipelineLookupError',
      message: 'LOOKUP_OPEN: later',
    });
  });

  test.each([
    ['OutOfMemoryError: Container killed', undefined, 'Runtime.OutOfMemory'],
    ['', 'TaskFailedToStart', 'ECS.Unavailable'],
    ['', 'SpotInterruption', 'Runtime.ExitError'],
  ])('that ended without an answer (%s%s) is tried again', async (reason, stopCode, name) => {
    const task = { taskArn, lastStatus: 'STOPPED', stopCode, containers: [{ name: 'process', exitCode: 137, reason }] };
    const target = await targetThat(({ operation }) =>
      operation === 'RunTask' ? { body: { tasks: [{ taskArn }] } } : { body: { tasks: [task] } },
    );
    expect(await errorOf(target.run({}, { ...call(), attempt: `died-${name}` }))).toMatchObject({ name });
  });

  test('that found no place says so', async () => {
    const target = await targetThat(() => ({ body: { tasks: [], failures: [{ reason: 'RESOURCE:MEMORY' }] } }));
    expect(await errorOf(target.run({}, call()))).toMatchObject({
      name: 'ECS.Unavailable',
      message: 'RESOURCE:MEMORY',
    });
  });

  test('goes on while nobody can look at it', async () => {
    const answer = cluster(async () => 'done');
    let looks = 0;
    const target = await targetThat((asked) =>
      asked.operation === 'DescribeTasks' && ++looks <= 4 ? { status: 500, error: 'ServerException' } : answer(asked),
    );
    expect(await target.run({}, { ...call(), attempt: 'unseen' })).toBe('done');
  });

  test.each([
    [{ status: 400, error: 'ClientException' }, 'ECS.ClientException'],
    [{ status: 500, error: 'ServerException' }, 'ECS.ServerException'],
    [{ hangUp: true }, 'ECS.Unavailable'],
  ])('has the errors of the service under their names: %j', async (answer, name) => {
    const target = await targetThat(() => answer);
    expect(await errorOf(target.run({}, call()))).toMatchObject({ name });
  });

  test('is stopped when the batch is', async () => {
    const stop = new AbortController();
    const target = await targetThat(({ operation }) => {
      if (operation === 'DescribeTasks') stop.abort(new Error('stopped'));
      return { body: { tasks: [{ taskArn, lastStatus: 'RUNNING' }] } };
    });
    await expect(target.run({}, call(stop.signal))).rejects.toThrow();
    expect(service!.calls.at(-1)).toMatchObject({ operation: 'StopTask', body: { task: taskArn } });
  });
});
