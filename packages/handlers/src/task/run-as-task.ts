import { randomUUID } from 'node:crypto';
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { type ObjectStore, PipelineConfigError, PipelineDeadlineError, readJson, writeJson } from '@pipeline/core';
import { callContext } from '../coordinator/in-process.ts';
import type { CallContext } from '../create-handler.ts';
import { readOrder, type TaskOrder, type TaskOutcome } from './task-protocol.ts';

/** What a container has that Lambda would give. */
export interface RunAsTaskOptions {
  /** Reads events and writes answers that go through S3. @default none: an order that names an object is refused */
  readonly store?: ObjectStore;
  /** Answers the state that waits. @default none: an order with a task token is refused */
  readonly sfn?: SFNClient;
  /** What the task is told; see `taskVariables`. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Memory that the handler may count on, in MiB. @default 1024 */
  readonly memoryMb?: number;
}

/** How a one-shot task ended: what its process should exit with. */
export const taskExitCodes = { done: 0, failed: 1, terminated: 143 } as const;

/**
 * Runs a handler once, as a container task: the event comes from the environment or from S3, the answer goes to S3 and to
 * the state that waits for the token, errors under their own names. SIGTERM ends the work by its signal; no answer is
 * written after it, and the state is told `PipelineDeadlineError`, which is tried again. So does a sign of life to which Step
 * Functions says that the state no longer waits, and then nobody is told.
 *
 * @returns what the process should exit with: 0 done, 1 failed, 143 when it was ended before
 * @example
 * // task.ts, the container's entry
 * process.exitCode = await runAsTask(handler, { store: s3Store(new S3Client()), sfn: new SFNClient() });
 */
export const runAsTask = async <Event, Result>(
  handler: (event: Event, context: CallContext) => Promise<Result>,
  options: RunAsTaskOptions = {},
): Promise<number> => {
  const { env = process.env } = options;
  const stop = new AbortController();
  const end = (why: string) => (): void =>
    stop.abort(new PipelineDeadlineError('DEADLINE', { work: `the task (${why})` }));
  const terminate = end('ended by SIGTERM');
  process.once('SIGTERM', terminate);
  try {
    const order = readOrder(env);
    const ends = endsOf(order, options);
    const quiet = ends.heartbeat(end('its state no longer waits'));
    try {
      const outcome = await work(order, handler, options, stop.signal);
      if (!stop.signal.aborted) {
        await ends.answer(outcome);
        return outcome.ok ? taskExitCodes.done : taskExitCodes.failed;
      }
      // After SIGTERM nothing is written, whatever came of the work: a try that follows finds what was committed.
      await ends.tell(failureOf(stop.signal.reason));
      return taskExitCodes.terminated;
    } finally {
      quiet();
    }
  } catch (error) {
    // There is nobody else to tell: the order cannot be read, or the answer cannot be given.
    const { name, message } = error as Error;
    process.stderr.write(
      `${JSON.stringify({ level: 'error', message: 'task.failed', error: name, reason: message })}\n`,
    );
    return taskExitCodes.failed;
  } finally {
    process.removeListener('SIGTERM', terminate);
  }
};

const failureOf = (error: unknown): TaskOutcome => {
  const { name = 'Error', message = '' } = (error ?? {}) as Partial<Error>;
  return { ok: false, error: { name, message } };
};

const work = async <Event, Result>(
  order: TaskOrder,
  handler: (event: Event, context: CallContext) => Promise<Result>,
  { store, memoryMb }: RunAsTaskOptions,
  signal: AbortSignal,
): Promise<TaskOutcome> => {
  try {
    const event = await eventOf<Event>(order, store, signal);
    const attempt = order.attempt ?? `task-${randomUUID()}`;
    const limits = memoryMb === undefined ? {} : { memoryMb };
    return { ok: true, result: await handler(event, callContext(attempt, signal, limits)) };
  } catch (error) {
    return failureOf(error);
  }
};

const missing = (option: string, why: string): PipelineConfigError =>
  new PipelineConfigError('CONFIG_INVALID', { option, expected: `given, since ${why}`, got: 'none' });

const eventOf = async <Event>(
  { event }: TaskOrder,
  store: ObjectStore | undefined,
  signal: AbortSignal,
): Promise<Event> => {
  if ('value' in event) return event.value as Event;
  if (store === undefined) throw missing('store', 'the event lies in S3');
  return readJson<Event>(store, event.object, { signal });
};

/** Most characters of the cause of a failed task: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
const mostCause = 32_768;

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html */
const nobodyWaits = (error: unknown): boolean => ['TaskTimedOut', 'TaskDoesNotExist'].includes((error as Error).name);

const endsOf = ({ result, token, heartbeatSeconds }: TaskOrder, { store, sfn }: RunAsTaskOptions) => {
  if (result !== undefined && store === undefined) throw missing('store', 'the answer goes to S3');
  if (token !== undefined && sfn === undefined) throw missing('sfn', 'a state waits for the task token');

  let waits = token !== undefined;
  const tell = async (outcome: TaskOutcome): Promise<void> => {
    if (!waits) return;
    if (outcome.ok) {
      await sfn!.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(outcome.result ?? null) }));
      return;
    }
    const { name, message } = outcome.error;
    // The cause has the form of a Lambda error, so that whoever explains failures reads both alike.
    const cause = JSON.stringify({ errorType: name, errorMessage: message }).slice(0, mostCause);
    await sfn!.send(new SendTaskFailureCommand({ taskToken: token, error: name.slice(0, 256), cause }));
  };

  return {
    tell,
    /** To S3 first: once the state goes on, the answer is there. */
    async answer(outcome: TaskOutcome): Promise<void> {
      if (result !== undefined) await writeJson(store!, result, outcome);
      await tell(outcome);
    },
    /**
     * Signs of life until the answer of this call is called. One that is lost is made up for by the next.
     *
     * @param gone - called when the state no longer waits: it ran out of time, or its execution was stopped
     */
    heartbeat(gone: () => void): () => void {
      if (token === undefined || heartbeatSeconds === undefined) return () => {};
      const beat = async (): Promise<void> => {
        try {
          await sfn!.send(new SendTaskHeartbeatCommand({ taskToken: token }));
        } catch (error) {
          if (!nobodyWaits(error)) return;
          waits = false;
          gone();
        }
      };
      const timer = setInterval(beat, heartbeatSeconds * 1000);
      return () => clearInterval(timer);
    },
  };
};
