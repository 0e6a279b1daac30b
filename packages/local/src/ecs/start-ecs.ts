import { type JsonAction, startJsonService } from '../aws-json/json-service.ts';
import type { BusEvent } from '../eventbridge/put-events.ts';
import { type Clock, systemClock } from '../stepfunctions/engine/clock.ts';
import { createClusters } from './clusters.ts';
import { invalidParameter } from './errors.ts';
import { createTokens, readRunTask } from './run-task.ts';
import { createTaskDefinitions, type TaskDefinition } from './task-definitions.ts';
import { createTaskRuns } from './task-runs.ts';
import { describeTask, type LocalTask } from './tasks.ts';

export interface StartEcsOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /**
   * Absolute path of the module that an image runs, by the image's name. An image may also be that module's `file:` URL.
   * @default {}
   */
  readonly images?: Readonly<Record<string, string>>;
  /** What containers see beside what their definition and their caller give: addresses, credentials. @default nothing */
  readonly environment?: (definition: TaskDefinition) => Readonly<Record<string, string>>;
  /** Every line that a container writes, with the family of its task. @default nobody */
  readonly onLine?: (family: string, line: string) => void;
  /** Told of every change of a task, as EventBridge is. @default nobody */
  readonly onTaskEvent?: (event: BusEvent) => void;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

/** A running ECS stand-in. */
export interface LocalEcs {
  /** For `@aws-sdk/client-ecs` and `aws --endpoint-url`, with any credentials. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Waits until a task has stopped; at once for one that is not known. */
  stopped(taskArn: string): Promise<void>;
  /** Ends the tasks under way as StopTask does. */
  close(): Promise<void>;
}

/**
 * Starts ECS whose tasks are local processes: each runs the module that stands for its image, bundled as functions are, with
 * the environment of definition and caller. Exit codes, StopTask with its grace, and task events are those of Fargate; CPU,
 * memory, networks and roles are taken and not looked at.
 *
 * Refused: services, task definitions of more than one container, secrets, entry points, volumes.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * const ecs = await startEcs({ images: { 'orders-process': '/app/process-task.ts' } });
 * const client = new ECSClient({ endpoint: ecs.endpoint, region: 'us-east-1', credentials });
 * await client.send(new RunTaskCommand({ cluster: 'pipeline', taskDefinition: 'orders-process', … }));
 */
export const startEcs = async ({
  port = 0,
  region = 'us-east-1',
  accountId = '000000000000',
  images = {},
  environment = () => ({}),
  onLine = () => {},
  onTaskEvent = () => {},
  clock = systemClock,
}: StartEcsOptions = {}): Promise<LocalEcs> => {
  const clusters = createClusters(region, accountId);
  const definitions = createTaskDefinitions(region, accountId);
  const tokens = createTokens<readonly LocalTask[]>();
  const runs = await createTaskRuns({
    ...{ region, images, environment, onLine, onTaskEvent, clock },
    metadata: () => service.endpoint,
  });

  const actions: Readonly<Record<string, JsonAction>> = {
    RunTask({ body }) {
      const { task, count } = readRunTask(body, clusters, definitions);
      const started = tokens.once(body.clientToken, JSON.stringify(body), () =>
        Array.from({ length: count }, () => runs.start(task)),
      );
      return { tasks: started.map(describeTask), failures: [] };
    },
    DescribeTasks({ body }) {
      clusters.arnOf(body.cluster);
      const found = ((body.tasks ?? []) as readonly string[]).map((name) => [name, runs.at(name)] as const);
      return {
        tasks: found.flatMap(([, task]) => (task === undefined ? [] : [describeTask(task)])),
        failures: found.filter(([, task]) => task === undefined).map(([arn]) => ({ arn, reason: 'MISSING' })),
      };
    },
    ListTasks({ body: { cluster, family, startedBy, desiredStatus = 'RUNNING' } }) {
      const clusterArn = clusters.arnOf(cluster);
      const fits = (task: LocalTask): boolean =>
        task.clusterArn === clusterArn &&
        task.desiredStatus === desiredStatus &&
        (family === undefined || task.definition.family === family) &&
        (startedBy === undefined || task.startedBy === startedBy);
      return {
        taskArns: runs
          .all()
          .filter(fits)
          .map(({ arn }) => arn),
      };
    },
    StopTask({ body }) {
      clusters.arnOf(body.cluster);
      const task = runs.at(String(body.task));
      if (task === undefined) throw invalidParameter('The referenced task was not found.');
      runs.stop(task, String(body.reason ?? 'Task stopped by user'));
      return { task: describeTask(task) };
    },
  };

  const service = await startJsonService({
    ...{ name: 'ECS', targetPrefix: 'AmazonEC2ContainerServiceV20141113.', version: '1.1', port },
    actions: { ...clusters.actions, ...definitions.actions, ...actions },
  }).catch(async (error: unknown) => {
    await runs.close(); // the port is taken
    throw error;
  });
  return {
    endpoint: service.endpoint,
    port: service.port,
    stopped: async (taskArn) => runs.at(taskArn)?.stopped.promise,
    async close() {
      await service.close();
      await runs.close();
    },
  };
};
