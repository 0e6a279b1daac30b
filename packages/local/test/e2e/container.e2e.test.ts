import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { s3Store } from '@pipeline/core/s3';
import { createCoordinator, ecsTask, lambdaFunction, oneBucket } from '@pipeline/handlers';
import { type LocalApp, putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genericApp, genericDefinition, strikesTable } from './fixtures/generic-app.ts';
import { readJsonObject, readObject } from './support/bucket.ts';
import { eventually, limitMs, startTestStack, type TestStack } from './support/test-stack.ts';

const entry = (name: string): string => fileURLToPath(new URL(`./fixtures/functions/${name}.ts`, import.meta.url));

const Task = { Cluster: 'local', TaskDefinition: 'process-task', Container: 'process', Subnets: ['subnet-1'] };

const routedApp = (): LocalApp => {
  const app = genericApp({ chunkRows: 100, processSeconds: 3 });
  const environment = { STRIKES_TABLE: strikesTable };
  return {
    ...app,
    functions: (place) => {
      const functions = app.functions(place);
      return { ...functions, split: { ...functions.split!, entry: entry('split-routed') } };
    },
    tasks: ({ bucket }) => ({
      'process-task': { entry: entry('process-task'), environment: { ...environment, BUCKET: bucket } },
    }),
    stateMachine: () => genericDefinition({ Task }),
  };
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack(routedApp());
});
afterAll(() => stack?.close());

interface Report {
  readonly rowsRead: number;
  readonly output: { readonly object: { readonly bucket: string; readonly key: string } };
  readonly chunks: readonly { readonly attempt: string }[];
}
const reportOf = (batchId: string) =>
  readJsonObject<Report>(stack.clients.s3, { bucket: 'files', key: `batches/${batchId}/output/r1/report.json` });

/** A task's attempts are named after its container. */
const isTask = ({ attempt }: { readonly attempt: string }): boolean => /^[0-9a-f]{32}-\d+$/.test(attempt);

/** `pipeline status` as its users run it. */
const status = (args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@pipeline/source', main, 'status', ...args], {
      env: { PATH: process.env.PATH ?? '', ...stack.environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (piece) => {
      output += piece;
    });
    child.on('close', (code) => resolve({ code, output }));
  });

const large = Array.from({ length: 100 }, (_, row) => `${row},${'x'.repeat(30)}\n`).join('');
const small = Array.from({ length: 50 }, (_, row) => `${row + 100},y\n`).join('');
/** A chunk that is routed to a task, and one that is not. */
const mixed = `id,text\n${large}${small}`;

const upload = async (key: string, Body: string) => {
  const { VersionId } = await stack.clients.s3.send(new PutObjectCommand({ Bucket: 'files', Key: key, Body }));
  return { bucket: 'files', key, versionId: VersionId! };
};

const strikesLeft = async (): Promise<number> => {
  const Key = { pk: { S: 'strike:pause' } };
  const { Item } = await stack.clients.dynamodb.send(new GetItemCommand({ TableName: strikesTable, Key }));
  return Number(Item?.strikesLeft?.N);
};

describe('the container route', () => {
  it('large chunks are processed by a process with the same handler, small ones by the function', async () => {
    const batch = await stack.run('input/mixed.csv', mixed);
    expect(batch.status).toBe('SUCCEEDED');
    const report = await reportOf(batch.batchId);
    expect(report.chunks.map(isTask)).toEqual([true, false]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(mixed);
    const lines = stack.logs.filter(({ functionName }) => functionName === 'process-task').map(({ line }) => line);
    expect(lines.join('')).toContain('"message":"chunk.committed"');

    const [byArn, byId] = await Promise.all([
      status([batch.executionArn, '--json']),
      status([batch.batchId, '--state-machine', stack.stateMachineArn]),
    ]);
    expect(JSON.parse(byArn.output)).toMatchObject({
      ...{ batchId: batch.batchId, status: 'SUCCEEDED', error: null },
      maps: [{ label: 'chunks', total: 2, succeeded: 2, failed: 0 }],
    });
    expect(byId.output).toContain('chunks       2 of 2 (100 %)');
    expect([byArn.code, byId.code, (await status(['none'])).code]).toEqual([0, 0, 2]);
  });

  it('a chunk whose function runs out of time each time is done by a task', async () => {
    await putItems(stack.clients.dynamodb, strikesTable, [{ pk: 'strike:hang', strikesLeft: 3 }]);
    const input = 'id,text\n1,strike:hang\n2,b\n';
    const batch = await stack.run('input/late.csv', input);
    expect(batch.status).toBe('SUCCEEDED');
    const report = await reportOf(batch.batchId);
    expect(report.chunks.map(isTask)).toEqual([true]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(input);
  });

  it('with .sync the state waits until the process has ended well', async () => {
    // Neither a token nor an answer: what counts is the exit code, and what the worker committed.
    const { States, ...rest } = genericDefinition({ Task }) as { States: Record<string, { ItemProcessor?: object }> };
    const text = JSON.stringify({ ...rest, States }, (key, value) => {
      if (key !== 'ProcessInTask' || value.Type !== 'Task') return value;
      const { ResultSelector: _, HeartbeatSeconds: __, ...state } = value;
      const [override] = state.Parameters.Overrides.ContainerOverrides;
      const Environment = override.Environment.slice(0, 1);
      state.Parameters.Overrides = { ContainerOverrides: [{ ...override, Environment }] };
      return { ...state, Resource: 'arn:aws:states:::ecs:runTask.sync', ResultPath: null };
    });
    const { sfn } = stack.clients;
    const roleArn = 'arn:aws:iam::000000000000:role/local';
    const created = await sfn.send(new CreateStateMachineCommand({ name: 'synchronous', definition: text, roleArn }));
    const source = await upload('apart/sync.csv', mixed);
    const batchId = 'synchronous-batch';
    const input = JSON.stringify({ batchId, source, settings: { chunkRows: 100 } });
    await sfn.send(new StartExecutionCommand({ stateMachineArn: created.stateMachineArn, name: batchId, input }));
    const ended = await stack.executions.waitFor(
      (execution) => execution.batchId === batchId && execution.status !== 'RUNNING',
      AbortSignal.timeout(limitMs),
    );
    expect(ended.status).toBe('SUCCEEDED');
    const report = await reportOf(batchId);
    expect(report.chunks.map(isTask)).toEqual([true, false]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(mixed);
  });
});

describe('a coordinator over functions and container tasks', () => {
  it('sends each chunk by its route; a task that somebody stops is started again', async () => {
    await putItems(stack.clients.dynamodb, strikesTable, [{ pk: 'strike:pause', strikesLeft: 1 }]);
    const input = mixed.replace(/^7,.*$/m, '7,strike:pause');
    const source = await upload('apart/coordinated.csv', input);
    const { lambda, ecs } = stack.clients;
    const store = s3Store(stack.clients.s3);
    const locations = oneBucket('files');
    const step = (functionName: string) => lambdaFunction<never, never>({ client: lambda, functionName });
    const task = ecsTask<never, never>({
      ...{
        client: ecs!,
        cluster: 'local',
        taskDefinition: 'process-task',
        container: 'process',
        subnets: ['subnet-1'],
      },
      ...{ store, work: locations.work, pollMs: 50 },
    });
    const coordinator = createCoordinator({
      ...{ store, locations, split: step('split'), resolve: step('resolve'), merge: step('merge') },
      process: { lambda: step('process'), task },
    });
    const running = coordinator.run({ source, settings: { chunkRows: 100 } });
    const [first] = await eventually(async () => {
      const { taskArns = [] } = await ecs!.send(new ListTasksCommand({ cluster: 'local', family: 'process-task' }));
      return taskArns.length > 0 && (await strikesLeft()) === 0 ? taskArns : undefined;
    }, 'the task at its strike');
    await ecs!.send(new StopTaskCommand({ cluster: 'local', task: first, reason: 'its host is retired' }));
    const { batchId } = await running;
    const report = await reportOf(batchId);
    // The coordinator names the tries of a chunk; the second one was committed.
    expect(report.chunks.map(({ attempt }) => attempt.replace(/^.*-(\d+)$/, '$1'))).toEqual(['2', expect.any(String)]);
    expect((await readObject(stack.clients.s3, report.output.object)).toString()).toBe(input);
  });
});
