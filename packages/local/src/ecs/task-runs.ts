import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BusEvent } from '../eventbridge/put-events.ts';
import { bundle } from '../lambda/bundle.ts';
import { startWatchdog } from '../lambda/watchdog.ts';
import type { Clock } from '../stepfunctions/engine/clock.ts';
import { startContainer } from './container-process.ts';
import type { TaskDefinition } from './task-definitions.ts';
import { taskEvent } from './task-event.ts';
import { type LocalTask, type NewTask, newTask } from './tasks.ts';

export interface TaskRunsOptions {
  readonly region: string;
  readonly images: Readonly<Record<string, string>>;
  readonly environment: (definition: TaskDefinition) => Readonly<Record<string, string>>;
  /** Address that a container has its metadata from. */
  readonly metadata: () => string;
  readonly onLine: (family: string, line: string) => void;
  readonly onTaskEvent: (event: BusEvent) => void;
  readonly clock: Clock;
}

/** Tasks as processes, from their start until they are forgotten. */
export interface TaskRuns {
  start(given: NewTask): LocalTask;
  /** SIGTERM, and SIGKILL after the container's grace; a task that has stopped stays as it is. */
  stop(task: LocalTask, reason: string): void;
  /** By ARN or id; those that stopped an hour ago are forgotten. */
  at(name: string): LocalTask | undefined;
  all(): readonly LocalTask[];
  /** Ends what is under way and removes what was kept on disk. */
  close(): Promise<void>;
}

const standardGraceSeconds = 30;
const rememberedMs = 3_600_000;

const ended = (stoppedMs: number) => ({ lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedMs }) as const;

export const createTaskRuns = async (options: TaskRunsOptions): Promise<TaskRuns> => {
  const { region, images, environment, metadata, onLine, onTaskEvent, clock } = options;
  const tasks = new Map<string, LocalTask>();
  const bundles = new Map<string, Promise<string>>();
  const folder = await mkdtemp(path.join(tmpdir(), 'pipeline-ecs-'));
  const watchdog = startWatchdog();
  let closing = false;

  const entryOf = (image: string): string => {
    if (Object.hasOwn(images, image)) return images[image]!;
    if (image.startsWith('file:')) return fileURLToPath(image);
    throw new Error(`CannotPullContainerError: nothing stands for the image ${image}`);
  };

  /** A module is bundled once for each revision, as an image is built once. */
  const bundled = ({ definition: { family, revision }, container }: LocalTask): Promise<string> => {
    const name = `${family}-${revision}.mjs`;
    const build = async (): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, (await bundle(entryOf(container.image))).code);
      return file;
    };
    const building = bundles.get(name) ?? build();
    bundles.set(name, building);
    return building;
  };

  const change = (task: LocalTask, to: Partial<LocalTask>): void => {
    Object.assign(task, to);
    if (!closing) onTaskEvent(taskEvent(task, clock.now()));
    if (task.lastStatus === 'STOPPED') task.stopped.resolve();
  };

  const environmentOf = ({ definition, container, overrides, runtimeId }: LocalTask): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    TZ: 'UTC',
    HOME: folder,
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    AWS_REGION: region,
    ECS_CONTAINER_METADATA_URI_V4: `${metadata()}/v4/${runtimeId}`,
    ...environment(definition),
    ...Object.fromEntries(
      [...(container.environment ?? []), ...overrides.flatMap(({ environment: added = [] }) => added)].map(
        ({ name, value }) => [name, value],
      ),
    ),
  });

  const graceMs = ({ container }: LocalTask): number => (container.stopTimeout ?? standardGraceSeconds) * 1000;
  const isWanted = ({ desiredStatus }: LocalTask): boolean => desiredStatus === 'RUNNING';

  const run = async (task: LocalTask): Promise<void> => {
    const { container, overrides, definition } = task;
    try {
      const file = await bundled(task);
      if (isWanted(task)) {
        const args = overrides.findLast(({ command }) => command !== undefined)?.command ?? container.command ?? [];
        const tell = (line: string): void => onLine(definition.family, line);
        task.process = await startContainer({ file, args, env: environmentOf(task), watchdog, onLine: tell });
        change(task, { lastStatus: 'RUNNING', startedMs: clock.now() });
        if (!isWanted(task)) task.process.stop(graceMs(task));
        task.exitCode = await task.process.ended;
      }
      const stoppedReason = task.stoppedReason ?? 'Essential container in task exited';
      change(task, { ...ended(clock.now()), stopCode: task.stopCode ?? 'EssentialContainerExited', stoppedReason });
    } catch (error) {
      const stoppedReason = (error as Error).message.split('\n', 1)[0]!;
      change(task, { ...ended(clock.now()), stopCode: 'TaskFailedToStart', stoppedReason });
    }
  };

  const stop: TaskRuns['stop'] = (task, stoppedReason) => {
    if (!isWanted(task)) return;
    const lastStatus = task.lastStatus === 'RUNNING' ? 'STOPPING' : task.lastStatus;
    const stoppingMs = clock.now();
    change(task, { lastStatus, desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason, stoppingMs });
    task.process?.stop(graceMs(task));
  };

  return {
    start(given) {
      const task = newTask(given, clock);
      tasks.set(task.arn, task);
      void run(task);
      return task;
    },
    stop,
    at(name) {
      for (const [arn, { stoppedMs }] of tasks)
        if (stoppedMs !== undefined && clock.now() - stoppedMs > rememberedMs) tasks.delete(arn);
      return tasks.get(name) ?? [...tasks.values()].find(({ arn }) => arn.endsWith(`/${name}`));
    },
    all: () => [...tasks.values()],
    async close() {
      closing = true;
      for (const task of tasks.values()) stop(task, 'the local ECS is closed');
      await Promise.all([...tasks.values()].map(({ stopped }) => stopped.promise));
      await watchdog.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
