import { Cancelled, StateError } from '../data/errors.ts';
import type { Payload } from '../data/json.ts';
import { openScope } from './cancel-scope.ts';
import type { Engine } from './engine.ts';
import type { Execution, ExecutionStatus, Thread } from './execution.ts';
import { append } from './record-event.ts';
import { runFlow } from './run-flow.ts';
import { announce } from './status-event.ts';

/** Children of Express type end after five minutes. */
const EXPRESS_SECONDS = 300;

type NewExecution = Pick<Execution, 'arn' | 'name' | 'machine' | 'type' | 'input' | 'parent'>;

/** Registers an execution and starts running it. */
export function launch(engine: Engine, request: NewExecution): Execution {
  const { registry, clock } = engine;
  const execution: Execution = {
    ...request,
    sequence: registry.nextSequence(),
    startMs: clock.now(),
    history: { events: [], lastId: 0 },
    journal: {},
    status: 'RUNNING',
    redriveCount: 0,
    scope: request.parent ? request.parent.mapRun.scope.child() : openScope(),
    ended: Promise.resolve(),
  };
  registry.executions.set(execution.arn, execution);
  append(engine, execution, 'ExecutionStarted', 0, [
    'executionStartedEventDetails',
    { input: execution.input.text, inputDetails: { truncated: false }, roleArn: execution.machine.roleArn },
  ]);
  announce(engine, execution);
  execution.ended = drive(engine, execution, false);
  return execution;
}

/** Starts the next attempt of an execution that ended without success. */
export function relaunch(engine: Engine, execution: Execution): void {
  execution.redriveCount++;
  execution.redriveMs = engine.clock.now();
  execution.status = 'RUNNING';
  for (const key of ['stopMs', 'error', 'cause', 'output'] as const) delete execution[key];
  execution.scope = execution.parent ? execution.parent.mapRun.scope.child() : openScope();
  append(engine, execution, 'ExecutionRedriven', execution.history.lastId, [
    'executionRedrivenEventDetails',
    { redriveCount: execution.redriveCount },
  ]);
  announce(engine, execution);
  execution.ended = drive(engine, execution, true);
}

async function drive(engine: Engine, execution: Execution, resuming: boolean): Promise<void> {
  const { scope, machine, journal } = execution;
  const last = resuming ? execution.history.lastId : 0;
  const thread: Thread = { execution, flow: machine.flow, journal, scope, lastEventId: last, resuming };
  const timer = startTimer(engine, execution);
  try {
    const output = await runFlow(engine, thread, execution.input);
    finish(engine, execution, thread.lastEventId, 'SUCCEEDED', { output });
  } catch (thrown) {
    fail(engine, execution, thread.lastEventId, thrown, timer?.expired() ?? false);
  } finally {
    timer?.stop();
    scope.close();
  }
}

function startTimer(engine: Engine, execution: Execution): { expired(): boolean; stop(): void } | undefined {
  const seconds = execution.machine.timeoutSeconds ?? (execution.type === 'EXPRESS' ? EXPRESS_SECONDS : undefined);
  if (seconds === undefined) return undefined;
  const timer = new AbortController();
  let expired = false;
  engine.clock.sleep(seconds * 1000, timer.signal).then(
    () => {
      if (timer.signal.aborted) return;
      expired = true;
      execution.scope.cancel({ kind: 'timed-out' });
    },
    () => {},
  );
  return { expired: () => expired, stop: () => timer.abort() };
}

function fail(engine: Engine, execution: Execution, lastEventId: number, thrown: unknown, expired: boolean): void {
  if (execution.status !== 'RUNNING') return;
  if (thrown instanceof Cancelled) {
    // A child is ABORTED when its parent times out; only an execution's own limit makes it TIMED_OUT.
    finish(engine, execution, 0, expired ? 'TIMED_OUT' : 'ABORTED', {});
    return;
  }
  if (thrown instanceof StateError)
    finish(engine, execution, lastEventId, 'FAILED', { error: thrown.error, cause: thrown.causeText });
  // A defect of the stand-in must show as a failed execution, not as one that runs for ever.
  else
    finish(engine, execution, lastEventId, 'FAILED', {
      error: 'States.Runtime',
      cause: String((thrown as Error)?.stack ?? thrown),
    });
}

interface Ending {
  readonly output?: Payload;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

const END_EVENTS: Readonly<Record<Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>, readonly [string, string]>> =
  {
    SUCCEEDED: ['ExecutionSucceeded', 'executionSucceededEventDetails'],
    FAILED: ['ExecutionFailed', 'executionFailedEventDetails'],
    TIMED_OUT: ['ExecutionTimedOut', 'executionTimedOutEventDetails'],
    ABORTED: ['ExecutionAborted', 'executionAbortedEventDetails'],
  };

function finish(
  engine: Engine,
  execution: Execution,
  lastEventId: number,
  status: keyof typeof END_EVENTS,
  ending: Ending,
): void {
  execution.status = status;
  execution.stopMs = engine.clock.now();
  const { output, error, cause } = ending;
  if (output) execution.output = output;
  if (error !== undefined) execution.error = error;
  if (cause !== undefined) execution.cause = cause;
  const details = output ? { output: output.text, outputDetails: { truncated: false } } : { error, cause };
  const [type, name] = END_EVENTS[status];
  append(engine, execution, type, lastEventId, [name, details]);
  announce(engine, execution);
}

/** Ends a running execution as ABORTED and cuts its work short. */
export function stopExecution(engine: Engine, execution: Execution, reason: { error?: string; cause?: string }): void {
  if (execution.status !== 'RUNNING') return;
  finish(engine, execution, 0, 'ABORTED', reason);
  execution.scope.cancel({ kind: 'aborted', ...reason });
}
