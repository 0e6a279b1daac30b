import { DescribeTasksCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Trial } from '../trial.ts';

/** Runs a container task of the stack and answers its exit code. */
export const runTask = async (
  { stack, app, patient }: Trial,
  image: string,
  {
    command = [],
    settings = {},
  }: { readonly command?: readonly string[]; readonly settings?: Readonly<Record<string, string>> },
): Promise<number> => {
  const plan = app.template!;
  const ecs = stack.clients.ecs!;
  const cluster = plan.clusters[0]!;
  const { family, container } = plan.tasks.find((task) => task.image.includes(image))!;
  const { tasks: [task] = [] } = await ecs.send(
    new RunTaskCommand({
      ...{ cluster, taskDefinition: family, launchType: 'FARGATE' },
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
      overrides: {
        containerOverrides: [
          {
            ...(command.length === 0 ? {} : { command: [...command] }),
            ...{ name: container, environment: Object.entries(settings).map(([name, value]) => ({ name, value })) },
          },
        ],
      },
    }),
  );
  return patient(async () => {
    const { tasks: [now] = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [task!.taskArn!] }));
    return now?.lastStatus === 'STOPPED' ? (now.containers?.[0]?.exitCode ?? -1) : undefined;
  }, `the end of ${image}`);
};

/** Processes a chunk in a container task. */
export const runWorker = (trial: Trial, event: object): Promise<number> =>
  runTask(trial, 'process-task', {
    settings: { PIPELINE_EVENT: Buffer.from(JSON.stringify(event)).toString('base64') },
  });

/** Puts a chunk into the queue of chunks. */
export const sendChunk = async ({ stack, app }: Trial, event: object): Promise<void> => {
  const { queue } = app.template!.sources.find(({ functionName }) => functionName === 'orders-queue')!;
  await stack.clients.sqs.send(
    new SendMessageCommand({ QueueUrl: stack.queueUrl(queue), MessageBody: JSON.stringify(event) }),
  );
};
