import { randomBytes } from 'node:crypto';
import type { Clock } from '../stepfunctions/engine/clock.ts';
import type { ContainerProcess } from './container-process.ts';
import type { ContainerDefinition, TaskDefinition } from './task-definitions.ts';

/** Environment that a caller adds to a container. */
export interface ContainerOverride {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
}

/** A task from RunTask on. Times are milliseconds since the epoch. */
export interface LocalTask {
  readonly arn: string;
  readonly clusterArn: string;
  readonly definition: TaskDefinition;
  readonly container: ContainerDefinition;
  /** What the container's agent knows it by. */
  readonly runtimeId: string;
  readonly overrides: readonly ContainerOverride[];
  readonly launchType: string;
  readonly startedBy: string | undefined;
  readonly group: string;
  readonly tags: readonly object[];
  readonly createdMs: number;
  startedMs?: number;
  stoppingMs?: number;
  stoppedMs?: number;
  lastStatus: 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'STOPPING' | 'STOPPED';
  desiredStatus: 'RUNNING' | 'STOPPED';
  stopCode?: 'EssentialContainerExited' | 'TaskFailedToStart' | 'UserInitiated';
  stoppedReason?: string;
  exitCode?: number;
  process?: ContainerProcess;
  /** Resolves once it has stopped. */
  readonly stopped: PromiseWithResolvers<void>;
}

export type NewTask = Pick<
  LocalTask,
  'clusterArn' | 'definition' | 'overrides' | 'launchType' | 'startedBy' | 'group' | 'tags'
>;

/** A task that is to be started. */
export const newTask = (given: NewTask, clock: Clock): LocalTask => {
  const id = randomBytes(16).toString('hex');
  return {
    ...given,
    arn: `${given.clusterArn.replace(':cluster/', ':task/')}/${id}`,
    container: given.definition.containerDefinitions[0]!,
    runtimeId: `${id}-${randomBytes(4).readUInt32BE()}`,
    createdMs: clock.now(),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    stopped: Promise.withResolvers<void>(),
  };
};

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

/** A task as the API tells it; times are in seconds. */
export const describeTask = (task: LocalTask): Readonly<Record<string, unknown>> => {
  const { definition, container, stoppedMs } = task;
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: definition.taskDefinitionArn,
    containers: [
      {
        containerArn: `${task.arn.replace(':task/', ':container/')}/${task.runtimeId}`,
        taskArn: task.arn,
        name: container.name,
        image: container.image,
        runtimeId: task.runtimeId,
        lastStatus: task.lastStatus === 'STOPPING' ? 'RUNNING' : task.lastStatus,
        exitCode: task.exitCode,
        reason: task.stopCode === 'TaskFailedToStart' ? task.stoppedReason : undefined,
        networkInterfaces: [],
      },
    ],
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    launchType: task.launchType,
    cpu: definition.cpu,
    memory: definition.memory,
    group: task.group,
    startedBy: task.startedBy,
    overrides: { containerOverrides: task.overrides, inferenceAcceleratorOverrides: [] },
    attachments: [],
    tags: task.tags,
    version: stoppedMs === undefined ? 1 : 2,
    createdAt: seconds(task.createdMs),
    startedAt: seconds(task.startedMs),
    stoppingAt: seconds(task.stoppingMs),
    stoppedAt: seconds(stoppedMs),
    executionStoppedAt: seconds(stoppedMs),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
  };
};
