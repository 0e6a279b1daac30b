import { CreateClusterCommand, ECSClient, ListTasksCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { SendTaskSuccessCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type LocalEcs, startEcs } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../stepfunctions/harness.ts';

const image = new URL('./fixtures/task.ts', import.meta.url).href;

let ecs: LocalEcs;
let client: ECSClient;
let harness: Harness;
beforeAll(async () => {
  ecs = await startEcs();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new ECSClient({ endpoint: ecs.endpoint, region: 'us-east-1', credentials });
  harness = await startHarness({ aws: { ecs: () => client }, taskStopped: ecs.stopped });
  await client.send(new CreateClusterCommand({ clusterName: 'pipeline' }));
  await client.send(
    new RegisterTaskDefinitionCommand({ family: 'orders', containerDefinitions: [{ name: 'process', image }] }),
  );
});
afterAll(async () => {
  await harness?.close();
  client?.destroy();
  await ecs?.close();
});

const definition = (pattern: string, environment: readonly object[], more: object = {}) => ({
  StartAt: 'Run',
  States: {
    Run: {
      Type: 'Task',
      Resource: `arn:aws:states:::ecs:runTask${pattern}`,
      Parameters: {
        LaunchType: 'FARGATE',
        Cluster: 'pipeline',
        TaskDefinition: 'orders',
        NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'], AssignPublicIp: 'DISABLED' } },
        Overrides: { ContainerOverrides: [{ Name: 'process', Environment: environment }] },
      },
      ...more,
      End: true,
    },
  },
});
const does = (Value: string) => [{ Name: 'DO', Value }];
const running = async (): Promise<readonly string[]> =>
  (await client.send(new ListTasksCommand({ cluster: 'pipeline' }))).taskArns ?? [];
const untilOneRuns = async (): Promise<void> => {
  while ((await running()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a state that runs a container task', () => {
  it('waits with .sync until the task has stopped, and has its description as result', async () => {
    const { status, output } = await harness.run(definition('.sync', does('exit 0')));
    expect([status, JSON.parse(output!)]).toMatchObject([
      'SUCCEEDED',
      {
        ...{ StopCode: 'EssentialContainerExited', LastStatus: 'STOPPED', StartedBy: 'AWS Step Functions' },
        ...{ StoppedAt: expect.any(Number), Containers: [{ Name: 'process', ExitCode: 0 }] },
      },
    ]);
  });

  it('fails with .sync as States.TaskFailed when the container does', async () => {
    const { status, error, cause } = await harness.run(definition('.sync', does('exit 3')));
    expect([status, error]).toEqual(['FAILED', 'States.TaskFailed']);
    expect(JSON.parse(cause!)).toMatchObject({ Containers: [{ ExitCode: 3 }] });
  });

  it('stops the task of .sync when its execution is stopped', async () => {
    const executionArn = await harness.start(await harness.create(definition('.sync', does('obey'))));
    await untilOneRuns();
    const [taskArn] = await running();
    await harness.client.send(new StopExecutionCommand({ executionArn }));
    await ecs.stopped(taskArn!);
    expect(await running()).toEqual([]);
  });

  it('goes on at once without a pattern', async () => {
    const { status, output } = await harness.run(definition('', does('exit 0')));
    expect([status, JSON.parse(output!)]).toMatchObject([
      ...['SUCCEEDED', { Failures: [], Tasks: [{ LastStatus: 'PROVISIONING' }] }],
    ]);
  });

  it('waits for its token, whatever the task does', async () => {
    const environment = [
      { Name: 'DO', 'Value.$': "States.Format('exit {}', $.code)" },
      { Name: 'T', 'Value.$': '$$.Task.Token' },
    ];
    const machine = await harness.create(definition('.waitForTaskToken', environment));
    const executionArn = await harness.start(machine, { code: 1 });
    let token: string | undefined;
    while (token === undefined) {
      const scheduled = (await harness.history(executionArn)).find(({ type }) => type === 'TaskScheduled');
      const parameters = scheduled?.taskScheduledEventDetails?.parameters;
      token =
        parameters === undefined
          ? undefined
          : JSON.parse(parameters).Overrides.ContainerOverrides[0].Environment[1].Value;
    }
    await harness.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"rows":7}' }));
    expect(await harness.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"rows":7}' });
  });

  it('fails under the service’s own names', async () => {
    const wrong = definition('.sync', does('exit 0'));
    Object.assign(wrong.States.Run.Parameters, { TaskDefinition: 'none' });
    expect(await harness.run(wrong)).toMatchObject({ status: 'FAILED', error: 'ECS.ClientException' });
  });

  it('is refused when parameters would be lost, or where there is no ECS', async () => {
    const more = definition('.sync', does('exit 0'));
    Object.assign(more.States.Run.Parameters, { Count: 2 });
    await expect(harness.create(more)).rejects.toThrow("'Count'");
    const without = await startHarness();
    await expect(without.create(definition('.sync', does('exit 0')))).rejects.toThrow("no client for 'ecs'");
    await without.close();
  });
});
