import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { bundle } from '../lambda/bundle.ts';
import type { LogLine } from '../lambda/index.ts';
import { StateError } from '../stepfunctions/data/errors.ts';
import type { LocalTask } from './local-app.ts';

/** What the state machine's `ecs:runTask` is here: the container's entry, as a process of its own. */
export interface TaskRunner {
  /** Runs the tasks of `arn:aws:states:::ecs:runTask.waitForTaskToken`. */
  run(call: { readonly parameters: unknown; readonly signal: AbortSignal }): Promise<{ readonly Tasks: [] }>;
  /** Tells the tasks of the app, and the environment variables that lead them to the services. */
  connect(tasks: Readonly<Record<string, LocalTask>>, environment: Readonly<Record<string, string>>): void;
  /** Ends the tasks under way, as ECS does: SIGTERM, and SIGKILL to those that stay. */
  close(): Promise<void>;
}

interface RunTask {
  readonly TaskDefinition?: string;
  readonly Overrides?: {
    readonly ContainerOverrides?: readonly {
      readonly Environment?: readonly { readonly Name: string; readonly Value: string }[];
    }[];
  };
}

/** ECS's limit for the overrides of a task: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html */
const mostOverrideBytes = 8192;

/** ECS waits so long between SIGTERM and SIGKILL. */
const graceMs = 30_000;

/** Runs the app's container tasks as local processes; what their entries write is told line by line. */
export const createTaskRunner = (onLine: (line: LogLine) => void): TaskRunner => {
  const running = new Map<ChildProcess, Promise<void>>();
  let tasks: Readonly<Record<string, LocalTask>> = {};
  let services: Readonly<Record<string, string>> = {};
  let folder: Promise<string> | undefined;

  const bundled = async (name: string, entry: string): Promise<string> => {
    folder ??= mkdtemp(path.join(tmpdir(), 'pipeline-tasks-'));
    const file = path.join(await folder, `${encodeURIComponent(name)}.mjs`);
    await writeFile(file, (await bundle(entry)).code);
    return file;
  };

  return {
    connect(known, environment) {
      tasks = known;
      services = environment;
    },
    async run({ parameters, signal }) {
      const { TaskDefinition: name = '', Overrides = {} } = parameters as RunTask;
      const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
      if (task === undefined)
        throw new StateError('ECS.ClientException', `the task definition ${name} is not one of the app`);
      if (Buffer.byteLength(JSON.stringify(Overrides)) > mostOverrideBytes)
        throw new StateError('ECS.InvalidParameterException', 'Container Overrides length must be at most 8192');
      const overrides = Overrides.ContainerOverrides?.[0]?.Environment ?? [];
      const file = await bundled(name, task.entry);
      signal.throwIfAborted();
      const child = spawn(process.execPath, [file], {
        env: {
          PATH: process.env.PATH ?? '',
          TZ: 'UTC',
          ...services,
          ...task.environment,
          ...Object.fromEntries(overrides.map(({ Name, Value }) => [Name, Value])),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => onLine({ functionName: name, line: `${line}\n` }));
      const end = (): void => void child.kill('SIGTERM');
      signal.addEventListener('abort', end, { once: true });
      const ended = new Promise<void>((resolve) => {
        child.on('close', () => {
          signal.removeEventListener('abort', end);
          running.delete(child);
          resolve();
        });
      });
      running.set(child, ended);
      return { Tasks: [] };
    },
    async close() {
      const late = setTimeout(() => {
        for (const child of running.keys()) child.kill('SIGKILL');
      }, graceMs);
      for (const child of running.keys()) child.kill('SIGTERM');
      await Promise.all(running.values());
      clearTimeout(late);
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
    },
  };
};
