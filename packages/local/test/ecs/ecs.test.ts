import { fileURLToPath } from 'node:url';
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { type BusEvent, type LocalEcs, startEcs } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('./fixtures/task.ts', import.meta.url));
const arn = 'arn:aws:ecs:us-east-1:000000000000';

let ecs: LocalEcs;
let client: ECSClient;
const lines: string[] = [];
const events: BusEvent[] = [];
beforeAll(async () => {
  ecs = await startEcs({
    images: { 'orders:1': entry },
    environment: ({ family }) => ({ FROM_STACK: family }),
    onLine: (family, line) => lines.push(`${family} ${line}`),
    onTaskEvent: (event) => events.push(event),
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new ECSClient({ endpoint: ecs.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  await client.send(new CreateClusterCommand({ clusterName: 'pipeline' }));
  await register('orders', {});
});
afterAll(async () => {
  client?.destroy();
  await ecs?.close();
});

const register = (family: string, container: Partial<ContainerDefinition>) =>
  client.send(
    new RegisterTaskDefinitionCommand({
      ...{ family, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
      containerDefinitions: [
        {
          ...{ name: 'process', image: 'orders:1', command: ['from-definition'] },
          environment: [{ name: 'FROM_DEFINITION', value: 'yes' }],
          ...container,
        },
      ],
    }),
  );

const run = async (DO: string, more: object = {}): Promise<Task> => {
  const { tasks = [] } = await client.send(
    new RunTaskCommand({
      ...{ cluster: 'pipeline', taskDefinition: 'orders', launchType: 'FARGATE' },
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      overrides: { containerOverrides: [{ name: 'process', environment: [{ name: 'DO', value: DO }] }] },
      ...more,
    }),
  );
  return tasks[0]!;
};
const look = async ({ taskArn }: Task): Promise<Task> => {
  const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster: 'pipeline', tasks: [taskArn!] }));
  return tasks[0]!;
};
const untilStopped = async (task: Task): Promise<Task> => {
  await ecs.stopped(task.taskArn!);
  return look(task);
};
const lineWith = async (text: string): Promise<string> => {
  for (;;) {
    const found = lines.find((line) => line.includes(text));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const stop = ({ taskArn }: Task, reason?: string) =>
  client.send(new StopTaskCommand({ cluster: 'pipeline', task: taskArn, reason }));

describe('a task', () => {
  it('is a process with the environment of stack, definition and caller, and tells how it ended', async () => {
    const task = await run('exit 0', { startedBy: 'a batch', tags: [{ key: 'a', value: 'b' }] });
    expect(task).toMatchObject({
      ...{ lastStatus: 'PROVISIONING', desiredStatus: 'RUNNING', launchType: 'FARGATE', startedBy: 'a batch' },
      ...{ cpu: '256', memory: '512', group: 'family:orders', taskDefinitionArn: `${arn}:task-definition/orders:1` },
      taskArn: expect.stringMatching(/^arn:aws:ecs:us-east-1:000000000000:task\/pipeline\/[0-9a-f]{32}$/),
    });
    const ended = await untilStopped(task);
    expect(ended).toMatchObject({
      ...{ lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stopCode: 'EssentialContainerExited' },
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'process', image: 'orders:1', exitCode: 0, lastStatus: 'STOPPED' }],
    });
    expect(ended.stoppedAt!.getTime()).toBeGreaterThanOrEqual(ended.startedAt!.getTime());
    const runtimeId = ended.containers![0]!.runtimeId!;
    expect(JSON.parse((await lineWith(runtimeId)).replace('orders ', ''))).toEqual({
      ...{ uri: `${ecs.endpoint}/v4/${runtimeId}`, FROM_DEFINITION: 'yes', FROM_STACK: 'orders' },
      ...{ args: ['from-definition'], home: null },
    });
  });

  it.each([
    ['exit 3', 3],
    ['throw', 1],
  ])('that fails tells its exit code: %s', async (what, exitCode) => {
    expect(await untilStopped(await run(what))).toMatchObject({
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode }],
    });
  });

  it('that is stopped gets SIGTERM, and SIGKILL when it resists', async () => {
    await register('stubborn', { stopTimeout: 1 });
    const [obeys, dies, resists] = await Promise.all([
      run('obey', { startedBy: 'one-of-three' }),
      run('wait'),
      run('resist', { taskDefinition: 'stubborn' }),
    ]);
    await lineWith('stubborn ready');
    while ((await look(obeys)).lastStatus !== 'RUNNING' || (await look(dies)).lastStatus !== 'RUNNING');
    const { taskArns } = await client.send(new ListTasksCommand({ cluster: 'pipeline', startedBy: 'one-of-three' }));
    expect(taskArns).toEqual([obeys.taskArn]);
    while (lines.filter((line) => line === 'orders ready').length < 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    for (const task of [obeys, dies, resists]) expect((await stop(task, 'enough')).task?.desiredStatus).toBe('STOPPED');
    const codes = (await Promise.all([obeys, dies, resists].map(untilStopped))).map((task) => [
      ...[task.stopCode, task.stoppedReason, task.containers![0]!.exitCode],
    ]);
    expect(codes).toEqual([
      ['UserInitiated', 'enough', 143],
      ['UserInitiated', 'enough', 143],
      ['UserInitiated', 'enough', 137],
    ]);
    await lineWith('stubborn no');
  });

  it('whose image is nowhere fails to start, without an exit code', async () => {
    await register('missing', { image: 'nowhere:1' });
    const ended = await untilStopped(await run('exit 0', { taskDefinition: 'missing' }));
    expect(ended).toMatchObject({
      ...{ stopCode: 'TaskFailedToStart', stoppedReason: expect.stringContaining('CannotPullContainerError') },
    });
    expect(ended.containers![0]!.exitCode).toBeUndefined();
  });

  it('is started once for one client token', async () => {
    const [first, second] = [
      await run('exit 0', { clientToken: 'once' }),
      await run('exit 0', { clientToken: 'once' }),
    ];
    expect(second.taskArn).toBe(first.taskArn);
    await expect(run('exit 1', { clientToken: 'once' })).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('tells EventBridge of each change', async () => {
    // Members: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    const task = await untilStopped(await run('exit 4'));
    const own = events.filter(({ resources }) => resources[0] === task.taskArn);
    expect(own.map(({ detail }) => (detail as Task).lastStatus)).toEqual(['RUNNING', 'STOPPED']);
    expect(own.at(-1)).toMatchObject({
      ...{ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', account: '000000000000', region: 'us-east-1' },
      detail: {
        ...{ taskArn: task.taskArn, clusterArn: `${arn}:cluster/pipeline`, stopCode: 'EssentialContainerExited' },
        ...{ stoppedAt: task.stoppedAt!.toISOString(), containers: [{ exitCode: 4 }] },
      },
    });
  });
});

describe('what ECS refuses', () => {
  const override = (value: string, name = 'process') => ({
    overrides: { containerOverrides: [{ name, environment: [{ name: 'DO', value }] }] },
  });
  it.each<readonly [what: string, request: object, name: string, message: string]>([
    ['an unknown cluster', { cluster: 'none' }, 'ClusterNotFoundException', 'Cluster not found.'],
    ['an unknown definition', { taskDefinition: 'none' }, 'ClientException', 'Unable to describe task definition.'],
    [
      'Fargate without a network',
      { networkConfiguration: undefined },
      'InvalidParameterException',
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    [
      'overrides above 8 KiB',
      override('x'.repeat(8192)),
      'InvalidParameterException',
      'Container Overrides length must be at most 8192',
    ],
    [
      'an override of another container',
      override('exit 0', 'worker'),
      'InvalidParameterException',
      'Override for container named worker is not a container in the TaskDefinition.',
    ],
    ['eleven at once', { count: 11 }, 'InvalidParameterException', 'Count should be between 1 and 10.'],
  ])('%s', async (_, request, name, message) => {
    await expect(run('exit 0', request)).rejects.toMatchObject({ name, message });
  });

  it('looks for what is not there', async () => {
    const task = `${arn}:task/pipeline/none`;
    const told = await client.send(new DescribeTasksCommand({ cluster: 'pipeline', tasks: [task] }));
    expect(told).toMatchObject({ tasks: [], failures: [{ arn: task, reason: 'MISSING' }] });
    await expect(stop({ taskArn: task })).rejects.toThrow('The referenced task was not found.');
    expect(await client.send(new DescribeClustersCommand({ clusters: ['none', 'pipeline'] }))).toMatchObject({
      ...{ clusters: [{ clusterName: 'pipeline' }], failures: [{ arn: `${arn}:cluster/none`, reason: 'MISSING' }] },
    });
  });

  it('a definition that a process would not keep to', async () => {
    await expect(register('secret', { secrets: [{ name: 'A', valueFrom: 'b' }] })).rejects.toThrow("'secrets'");
    await expect(register('shell', { entryPoint: ['sh'] })).rejects.toThrow("'entryPoint'");
    await register('twice', {});
    await register('twice', { command: ['second'] });
    const latest = () => client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'twice' }));
    expect((await latest()).taskDefinition?.revision).toBe(2);
    await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'twice:2' }));
    expect((await latest()).taskDefinition?.revision).toBe(1);
    await expect(run('exit 0', { taskDefinition: 'twice:2' })).rejects.toMatchObject({ name: 'ClientException' });
  });
});
