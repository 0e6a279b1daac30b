import { DescribeTaskDefinitionCommand, type KeyValuePair, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { expect } from 'vitest';
import { listKeys } from '../../../../../packages/local/test/e2e/support/bucket.ts';
import { factOf } from '../../../../../packages/local/test/e2e/support/mail.ts';
import { loseTable, restoreTable } from '../../../demo/lose-table.ts';
import { expectDone, expectLinks, expectOrder, mailOf, orders, toldOf } from '../expect-batch.ts';
import type { Trial } from '../trial.ts';
import { runTask } from './chunk-targets.ts';
import { largeFile, someRows } from './large.ts';
import { type Scenario, tagging, tags } from './scenario.ts';

/** As if earlier runs had taken so long that every chunk needs a container task. */
const slowly = async <T>(trial: Trial, work: () => Promise<T>): Promise<T> => {
  const history = (runs: readonly object[]) => JSON.stringify({ formatVersion: '1.0', runs });
  const run = { batchId: 'earlier', chunks: 10, bytes: 20_000_000, ms: 20 * 100_000_000_000 };
  await trial.put('batches/durations.json', history([run]));
  try {
    return await work();
  } finally {
    await trial.put('batches/durations.json', history([]));
  }
};

/** Chunks that container tasks process. */
export const tasked: Scenario = (trial) =>
  slowly(trial, async () => {
    const { batchId } = await expectOrder(trial);
    expect(await toldOf(trial, batchId, 'BatchProgress chunk 1')).toContain('BatchProgress chunk 1');
  });

/** The same, with look-ups through the API. */
export const taskThroughApi: Scenario = async (trial) => {
  const { stack, app } = trial;
  const ecs = stack.clients.ecs!;
  const { family } = app.template!.tasks.find(({ image }) => image.includes('process'))!;
  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
  const { containerDefinitions = [], taskRoleArn, networkMode, requiresCompatibilities, cpu, memory } = taskDefinition!;
  const register = (added: readonly KeyValuePair[]) =>
    ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family, taskRoleArn, networkMode, requiresCompatibilities, cpu, memory },
        containerDefinitions: containerDefinitions.map(({ environment = [], ...container }) => ({
          ...container,
          environment: [...environment, ...added],
        })),
      }),
    );
  await register([{ name: 'FINANCIALS_SOURCE', value: 'api' }]);
  try {
    await tasked(trial);
  } finally {
    await register([]);
  }
};

/** A container task that fails says why. */
export const taskFails: Scenario = (trial) =>
  slowly(trial, async () => {
    const { stack } = trial;
    await loseTable(stack);
    try {
      const source = await trial.put(`input/${trial.name()}.csv`, orders(15).input);
      const { batchId, status } = await trial.ended(source);
      expect(status).toBe('FAILED');
      expect(factOf(await mailOf(trial, batchId, false), 'Code')).toBe('LOOKUP_REFUSED');
    } finally {
      await restoreTable(stack);
    }
  });

/** Runs the coordinator's task for an upload and answers its exit code and its last words. */
export const coordinate = async (trial: Trial, key: string, settings: Readonly<Record<string, string>> = {}) => {
  const { stack, app } = trial;
  const from = stack.logs.length;
  const exitCode = await runTask(trial, 'coordinator-task', { command: [`s3://${app.bucket}/${key}`], settings });
  const lines = stack.logs.slice(from).map(({ line }) => line);
  const done = lines.find((line) => line.includes('"message":"coordinated"'));
  return { exitCode, batchId: done === undefined ? undefined : (JSON.parse(done) as { batchId: string }).batchId };
};

const coordinatedWith =
  (settings: Readonly<Record<string, string>>): Scenario =>
  async (trial) => {
    const key = `input/${trial.name()}.txt`; // another ending than the trigger's
    const { input, output } = orders(15);
    const source = await trial.put(key, input, tagging);
    const { exitCode, batchId = '' } = await coordinate(trial, key, settings);
    expect(exitCode).toBe(0);
    await expectDone(trial, { key, source, batchId, tags, output });
    await expectLinks(trial, batchId, output);
    expect(await toldOf(trial, batchId, 'BatchSucceeded')).toContain('BatchProgress chunk 1');
  };

/** Where there is a queue, its consumer looks up in the table first, then through the API. */
const throughQueue = async (trial: Trial, scenario: Scenario): Promise<void> => {
  const { stack, app } = trial;
  const plan = app.template!;
  const name = 'orders-queue';
  await scenario(trial);
  if (!plan.functions.some((one) => one.name === name)) return;
  const functions = plan.functions.map((one) =>
    one.name === name ? { ...one, environment: { ...one.environment, FINANCIALS_SOURCE: 'api' } } : one,
  );
  await stack.redeploy({ ...app, template: { ...plan, functions } }, [name]);
  try {
    await scenario(trial);
  } finally {
    await stack.redeploy(app, [name]);
  }
};

/** A batch that the coordinator runs, its chunks by itself or through the queue. */
export const coordinated: Scenario = (trial) => throughQueue(trial, coordinatedWith({}));

/** The same, with look-ups through the API. */
export const coordinatedThroughApi: Scenario = coordinatedWith({ FINANCIALS_SOURCE: 'api' });

/** An upload that the coordinator cannot process: it keeps a copy and says so. */
export const coordinatedInVain: Scenario = async (trial) => {
  const { stack, app } = trial;
  const key = `input/${trial.name()}.txt`;
  await trial.put(key, '', tagging);
  const before = (await stack.mails()).length;
  const { exitCode } = await coordinate(trial, key);
  expect(exitCode).toBe(1);
  const copies = await listKeys(stack.clients.s3, app.bucket, `failed/${key}`);
  expect(copies).toHaveLength(1);
  expect(await trial.tagsOf(copies[0]!)).toEqual(tags);
  expect((await stack.mails()).slice(before).map((mail) => factOf(mail, 'Code'))).toEqual(['SOURCE_EMPTY']);
};

/** An upload that two coordinators run at once: of each chunk one try is left. */
export const coordinatedTwice: Scenario = async (trial) => {
  const { stack, app } = trial;
  const key = `input/${trial.name()}.txt`;
  await trial.put(key, largeFile(someRows));
  const settings = { FILE_CHUNK_SIZE: '6000' };
  const done = await Promise.all([coordinate(trial, key, settings), coordinate(trial, key, settings)]);
  const batchId = done.find((one) => one.batchId !== undefined)?.batchId;
  expect(done.map(({ exitCode }) => exitCode)).toContain(0);
  const data = await listKeys(stack.clients.s3, app.bucket, `batches/${batchId}/processed/`);
  expect(data.map((one) => /processed\/(\d+)\./.exec(one)?.[1])).toEqual(
    [0, 1, 2, 3, 4].map((chunk) => String(chunk).padStart(7, '0')),
  );
};
