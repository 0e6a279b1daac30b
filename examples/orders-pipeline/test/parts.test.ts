import { DescribeTasksCommand, type ECSClient, RunTaskCommand } from '@aws-sdk/client-ecs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { TemplatePlan } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOutput, readReport } from '../../../packages/local/test/e2e/support/batch-files.ts';
import { readObject } from '../../../packages/local/test/e2e/support/bucket.ts';
import { expectInvariants } from '../../../packages/local/test/e2e/support/invariants.ts';
import { drain } from '../../../packages/local/test/e2e/support/queues.ts';
import { eventually, startTestStack, type TestStack } from '../../../packages/local/test/e2e/support/test-stack.ts';
import { orderFile } from '../sample/generate.ts';
import { expectedOutput } from './support/expectation.ts';
import { deployedOrders } from './support/synthesised.ts';

let stack: TestStack;
let plan: TemplatePlan;
const callers = new Set<string>();
beforeAll(async () => {
  const app = await deployedOrders(
    { FileChunkSize: '200', UploadWaitSeconds: 1 },
    { worker: true, coordinator: true, queue: true, maxBatches: 2 },
  );
  plan = app.template!;
  stack = await startTestStack(app, ({ caller }) => callers.add(caller.arn.split('/').at(-1)!));
});
afterAll(async () => {
  await stack?.close();
});

/** What a role of the stack may not do and tried to: nothing, whatever its tests do. */
const expectNoRefusal = (): void => expect(stack.refused).toEqual([]);

const taskOf = (part: RegExp): TemplatePlan['tasks'][number] => plan.tasks.find(({ image }) => part.test(image))!;

const roleOf = (part: RegExp): string => taskOf(part).taskRoleArn.split('/').at(-1)!;

const put = (key: string, body: string | object) =>
  stack.clients.s3.send(
    new PutObjectCommand({ Bucket: 'orders', Key: key, Body: typeof body === 'string' ? body : JSON.stringify(body) }),
  );

const fileOf = (rows: number): string => [...orderFile(rows)].join('');

describe('the stack with all its parts', () => {
  it('lets so many batches run at once; other uploads wait', async () => {
    const keys = ['a', 'b', 'c', 'd'].map((name) => `input/${name}.csv`);
    const batches = await Promise.all(keys.map((key) => stack.run(key, fileOf(400))));
    expect(batches.map(({ status }) => status)).toEqual(keys.map(() => 'SUCCEEDED'));
    const known = stack.executions.all();
    const at = (ms: number): number =>
      known.filter(({ startedAtMs, stoppedAtMs = Number.POSITIVE_INFINITY }) => startedAtMs <= ms && ms < stoppedAtMs)
        .length;
    expect(Math.max(...known.map(({ startedAtMs }) => at(startedAtMs)))).toBe(2);
    for (const batch of batches) expect((await readOutput(stack, batch)).toString() === expectedOutput(400)).toBe(true);
    expectNoRefusal();
  });

  it('sends chunks to container tasks that would take too long for a function, going by earlier runs', async () => {
    // 200 rows are some 15 KB; the last 50 are a quarter of that.
    const earlier = { batchId: 'earlier', chunks: 10, bytes: 20_000_000, ms: 20 * 60_000_000 };
    await put('batches/durations.json', { formatVersion: '1.0', runs: [earlier] });
    const batch = await stack.run('input/slow.csv', fileOf(450));
    await put('batches/durations.json', { formatVersion: '1.0', runs: [] });
    expect(batch.status).toBe('SUCCEEDED');
    expect((await readOutput(stack, batch)).toString() === expectedOutput(450)).toBe(true);
    expect((await readReport(stack, batch)).chunks.map(({ attempt }) => /^[0-9a-f]{32}-\d+$/.test(attempt))).toEqual([
      true,
      true,
      false,
    ]);
    await expectInvariants(stack, batch);
    expectNoRefusal();
    expect(callers).toContain(roleOf(/process-task/));
  });

  it('runs an upload with a coordinator in place of the state machine, its chunks through the queue', async () => {
    const ecs = stack.clients.ecs as ECSClient;
    const rows = 1000;
    const key = 'input/coordinated.txt'; // another ending than the trigger's
    await put(key, fileOf(rows));
    const { family, container } = taskOf(/coordinator/);
    const { tasks: [task] = [] } = await ecs.send(
      new RunTaskCommand({
        ...{ cluster: plan.clusters[0]!, taskDefinition: family, launchType: 'FARGATE' },
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
        overrides: { containerOverrides: [{ name: container, command: [`s3://orders/${key}`] }] },
      }),
    );
    const ended = await eventually(async () => {
      const { tasks: [now] = [] } = await ecs.send(
        new DescribeTasksCommand({ cluster: plan.clusters[0]!, tasks: [task!.taskArn!] }),
      );
      return now?.lastStatus === 'STOPPED' ? now : undefined;
    }, 'the end of the coordinator');
    const lines = stack.logs.map(({ line }) => line);
    expect(ended.containers?.map(({ exitCode }) => exitCode)).toEqual([0]);
    const done = JSON.parse(lines.find((line) => line.includes('"message":"coordinated"'))!) as {
      readonly batchId: string;
      readonly chunksDone: number;
    };
    expect(done.chunksDone).toBe(5);
    const consumed = stack.logs.filter(
      ({ functionName, line }) => functionName === 'orders-queue' && line.includes('"message":"chunk.committed"'),
    );
    expect(consumed).toHaveLength(5);
    const at = { bucket: 'orders', key: `results/${done.batchId}/output/r1/coordinated.txt` };
    expect((await readObject(stack.clients.s3, at)).toString() === expectedOutput(rows)).toBe(true);
    expect(await stack.mailsOf(done)).toHaveLength(1);
    expect(callers).toContain(roleOf(/coordinator/));
    for (const queue of plan.queues.filter(({ name }) => /letters/i.test(name)))
      expect([queue.name, await drain(stack, queue.name)]).toEqual([queue.name, []]);
    expectNoRefusal();
  });
});
