import { DescribeTasksCommand, type ECSClient, RunTaskCommand, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import {
  createRunContext,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type PrefixRef,
  readJson,
  type Timers,
  writeJson,
} from '@pipeline/core';
import { encodeEvent, type TaskOutcome, taskVariables } from '../task/task-protocol.ts';
import { remoteError, type Target, type TargetCall } from './target.ts';

/** Which container does the work, where it runs, and where it leaves its answers. */
export interface EcsTargetOptions {
  /** Its role needs `ecs:RunTask`, `ecs:DescribeTasks`, `ecs:StopTask` and `iam:PassRole` for the roles of the task. */
  readonly client: ECSClient;
  /** Name or ARN. */
  readonly cluster: string;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition: string;
  /** The container in it that `runAsTask` is the entry of. */
  readonly container: string;
  /** Subnets of the tasks. */
  readonly subnets: readonly string[];
  /** @default the default one of the VPC */
  readonly securityGroups?: readonly string[];
  /** Whether tasks get a public address, as those in public subnets need to reach S3. @default false */
  readonly assignPublicIp?: boolean;
  /** Where events too large for the environment, and answers, are kept: the work location. */
  readonly store: ObjectStore;
  /** Answers lie at `<prefix><batchId>/tasks/<attempt>.json`. */
  readonly work: PrefixRef;
  /** Tasks at once, from 1. @default 10 */
  readonly concurrency?: number;
  /** Between two looks at a task, in milliseconds, from 1. @default 5000 */
  readonly pollMs?: number;
  /** Wait between looks. @default the system's */
  readonly timers?: Timers;
}

/**
 * Starts a container task and looks at it until it has stopped; its answer is then read from S3. Errors come back under
 * their own names; a container that died without an answer is a `Runtime.ExitError` or `Runtime.OutOfMemory`, as a Lambda
 * function that died is, and one that found no place an `ECS.Unavailable`.
 *
 * @example
 * const large = ecsTask({
 *   client: new ECSClient(),
 *   cluster: 'pipeline',
 *   taskDefinition: 'orders-process',
 *   container: 'process',
 *   subnets: ['subnet-1'],
 *   store,
 *   work: locations.work,
 * });
 */
export const ecsTask = <Event, Result>(options: EcsTargetOptions): Target<Event, Result> => {
  const {
    client,
    cluster,
    container,
    store,
    concurrency = 10,
    pollMs = 5000,
    timers = createRunContext().timers,
  } = options;

  const stopped = async (taskArn: string, signal: AbortSignal): Promise<Task> => {
    for (let missed = 0; ; ) {
      await timers.sleep(pollMs, signal);
      try {
        const command = new DescribeTasksCommand({ cluster, tasks: [taskArn] });
        const { tasks = [], failures = [] } = await client.send(command, { abortSignal: signal });
        missed = 0;
        // ECS forgets a stopped task after an hour; nobody looks so seldom.
        if (failures[0] !== undefined) return { stoppedReason: failures[0].reason };
        if (tasks[0]?.lastStatus === 'STOPPED') return tasks[0];
      } catch (error) {
        // The task goes on while nobody can look at it.
        if (++missed >= mostMissedLooks) throw serviceError(error, signal);
        signal.throwIfAborted();
      }
    }
  };

  return {
    name: options.taskDefinition,
    concurrency,
    async run(event, call) {
      const { signal } = call;
      const taskArn = await start(event, call, options);
      try {
        const task = await stopped(taskArn, signal);
        const outcome = await outcomeAt(store, answerRef(options.work, call), signal);
        if (outcome === undefined) throw died(task, container);
        if (outcome.ok) return outcome.result as Result;
        throw remoteError(outcome.error.name, outcome.error.message);
      } catch (error) {
        if (signal.aborted)
          await client
            .send(new StopTaskCommand({ cluster, task: taskArn, reason: 'its batch was stopped' }))
            .catch(() => {});
        throw error;
      }
    },
  };
};

/** Looks at a task that may go unanswered in a row, each after the client's own retries. */
const mostMissedLooks = 10;

/** An error of the service under the name that a state machine would see; without any answer it may pass as well. */
const serviceError = (error: unknown, signal: AbortSignal): Error => {
  signal.throwIfAborted();
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return remoteError($metadata?.httpStatusCode === undefined ? 'ECS.Unavailable' : `ECS.${name}`, message);
};

const answerRef = ({ bucket, prefix }: PrefixRef, { batchId, attempt }: TargetCall): ObjectRef => ({
  bucket,
  key: `${prefix}${batchId}/tasks/${attempt}.json`,
});

const start = async (event: unknown, call: TargetCall, options: EcsTargetOptions): Promise<string> => {
  const {
    client,
    cluster,
    taskDefinition,
    container,
    subnets,
    securityGroups,
    assignPublicIp = false,
    store,
  } = options;
  const { signal, attempt } = call;
  const answer = answerRef(options.work, call);
  const encoded = encodeEvent(event, { ...answer, key: answer.key.replace(/\.json$/, '.event.json') });
  if (encoded.object !== undefined) await writeJson(store, encoded.object, event, { signal });
  const environment = {
    ...encoded.variables,
    [taskVariables.result]: `s3://${answer.bucket}/${answer.key}`,
    [taskVariables.attempt]: attempt,
  };
  const command = new RunTaskCommand({
    cluster,
    taskDefinition,
    launchType: 'FARGATE',
    // A request that is sent again, because its answer was lost, starts no second task.
    clientToken: attempt.slice(-64),
    startedBy: call.batchId.slice(0, 36),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        ...(securityGroups === undefined ? {} : { securityGroups: [...securityGroups] }),
        assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides: {
      containerOverrides: [
        { name: container, environment: Object.entries(environment).map(([name, value]) => ({ name, value })) },
      ],
    },
  });
  const { tasks = [], failures = [] } = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
    throw serviceError(error, signal);
  });
  const taskArn = tasks[0]?.taskArn;
  if (taskArn === undefined) throw remoteError('ECS.Unavailable', failures[0]?.reason ?? 'no task was started');
  return taskArn;
};

const outcomeAt = async (store: ObjectStore, ref: ObjectRef, signal: AbortSignal): Promise<TaskOutcome | undefined> => {
  try {
    return await readJson<TaskOutcome>(store, ref, { signal });
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
    throw error;
  }
};

const died = ({ containers = [], stoppedReason = '', stopCode }: Task, name: string): Error => {
  const { exitCode, reason = '' } = containers.find((one) => one.name === name) ?? {};
  const told = [stoppedReason, reason, exitCode === undefined ? '' : `exit code ${exitCode}`].filter(
    (text) => text !== '',
  );
  const memory = reason.includes('OutOfMemory');
  const unplaced = stopCode === 'TaskFailedToStart';
  return remoteError(
    memory ? 'Runtime.OutOfMemory' : unplaced ? 'ECS.Unavailable' : 'Runtime.ExitError',
    `the task ended without an answer: ${told.join('; ')}`,
  );
};
