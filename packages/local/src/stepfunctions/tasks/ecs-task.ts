import {
  DescribeTasksCommand,
  type ECSClient,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { Cancelled, StateError } from '../data/errors.ts';
import { isObject, type Json, type JsonObject } from '../data/json.ts';
import { sdkError } from './aws-sdk-task.ts';
import type { TaskCall } from './connectors.ts';
import type { Pattern } from './resource.ts';

/** Between two looks at a task, for the case that its event is lost. */
const POLL_MS = 5000;

/**
 * `arn:aws:states:::ecs:runTask`, alone, with `.sync` or `.waitForTaskToken`. A task of `.sync` is stopped with its state; one
 * that answers by token goes on, as on AWS.
 */
export function runTaskTask(pattern: Pattern): (call: TaskCall) => Promise<Json> {
  return async (call) => {
    const client = call.engine.aws.ecs!(call.execution.machine.roleArn);
    const request = renamed(call.parameters, lowerFirst) as object as RunTaskCommandInput;
    const sync = pattern === 'sync' ? { startedBy: 'AWS Step Functions' } : {};
    const { tasks = [], failures = [] } = await asked(call, () =>
      client.send(new RunTaskCommand({ ...request, ...sync }), { abortSignal: call.signal }),
    );
    const task = tasks[0];
    if (task === undefined) throw new StateError('AmazonECS.Unknown', failures[0]?.reason ?? 'No task was started');
    const started = asState({ failures, tasks });
    if (pattern !== 'sync') return started;
    call.submitted(started);
    const place = { cluster: task.clusterArn, task: task.taskArn! };
    const stop = (): void =>
      void client.send(new StopTaskCommand({ ...place, reason: 'The state was stopped' })).catch(() => {});
    call.signal.addEventListener('abort', stop, { once: true });
    if (call.signal.aborted) stop();
    try {
      return ending(await stopped(call, client, place.cluster, place.task));
    } finally {
      call.signal.removeEventListener('abort', stop);
    }
  };
}

async function asked<T>({ signal }: TaskCall, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (signal.aborted && signal.reason instanceof Cancelled) throw signal.reason;
    throw sdkError(error, 'ECS');
  }
}

async function stopped(call: TaskCall, client: ECSClient, cluster: string | undefined, taskArn: string): Promise<Task> {
  const { engine, signal } = call;
  let told = false;
  const event = engine.taskStopped?.(taskArn).then(() => {
    told = true;
  });
  for (;;) {
    const wait = new AbortController();
    const looks = [engine.clock.sleep(POLL_MS, AbortSignal.any([signal, wait.signal]))];
    await Promise.race(event === undefined || told ? looks : [event, ...looks]);
    wait.abort();
    const { tasks = [] } = await asked(call, () =>
      client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }), { abortSignal: signal }),
    );
    if (tasks[0] === undefined)
      throw new StateError('ECS.AmazonECSException', `The task ${taskArn} is not known any more`);
    if (tasks[0].lastStatus === 'STOPPED') return tasks[0];
  }
}

/** A task that did what it should is the state's result, any other one the cause of its failure. */
function ending(task: Task): Json {
  const description = asState(task);
  const good =
    task.stopCode === 'EssentialContainerExited' && (task.containers ?? []).every(({ exitCode }) => exitCode === 0);
  if (!good) throw new StateError('States.TaskFailed', JSON.stringify(description));
  return description;
}

/** As Step Functions writes an answer of ECS: names begin with a capital, times are milliseconds. */
function asState(answer: object): Json {
  const text = JSON.stringify(answer, function (this: Record<string, unknown>, key, value: unknown) {
    const original = this[key];
    return original instanceof Date ? original.getTime() : value;
  });
  return renamed(JSON.parse(text) as Json, upperFirst);
}

const lowerFirst = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1);
const upperFirst = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

function renamed(value: Json, rename: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((one) => renamed(one, rename));
  if (!isObject(value)) return value;
  const object: JsonObject = value;
  return Object.fromEntries(Object.entries(object).map(([name, inner]) => [rename(name), renamed(inner, rename)]));
}
