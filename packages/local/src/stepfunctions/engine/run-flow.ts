import { setImmediate } from 'node:timers/promises';
import { RuntimeFault, StateError } from '../data/errors.ts';
import { type Payload, payload } from '../data/json.ts';
import { assertWithinLimit } from '../data/limits.ts';
import type { State } from '../definition.ts';
import { stateHandlers } from '../states/handlers.ts';
import type { StateContext } from './context-object.ts';
import type { Engine } from './engine.ts';
import type { Thread } from './execution.ts';
import { mergeResult, scopeOf, selectInput, type Visit } from './input-output.ts';
import { inputDetails, outputDetails, record } from './record-event.ts';
import { findCatcher, nextRetryDelay, type RetryCounts } from './retry.ts';

/** States after which a chain lets the event loop turn. */
const BREATH_STATES = 500;

/** Where a state leads: its output, and the next state unless the chain ends. */
export interface Transition {
  readonly output: Payload;
  readonly next: string | undefined;
}

/**
 * Runs a chain of states to its end, from its first state or, in a redrive, from the one that did not succeed.
 *
 * @throws StateError when a state fails and nothing catches it
 * @throws Cancelled when the execution or the branch was cut short
 */
export async function runFlow(engine: Engine, thread: Thread, start: Payload): Promise<Payload> {
  const { journal, flow } = thread;
  if (journal.output) return journal.output;
  const resumed = thread.resuming ? journal.current : undefined;
  let name = resumed?.name ?? flow.StartAt;
  let input = resumed?.input ?? start;
  if (!resumed) thread.resuming = false;
  for (let visits = 1; ; visits++) {
    // A loop of Pass and Choice states would otherwise keep timers and requests waiting for ever.
    if (visits % BREATH_STATES === 0) await thread.scope.race(setImmediate());
    const { output, next } = await runState(engine, thread, name, input);
    if (next === undefined) {
      journal.output = output;
      delete journal.current;
      return output;
    }
    name = next;
    input = output;
  }
}

async function runState(engine: Engine, thread: Thread, name: string, raw: Payload): Promise<Transition> {
  const state = thread.flow.States[name]!;
  const { journal } = thread;
  const resumed = thread.resuming ? journal.current : undefined;
  thread.resuming = false;
  const enteredMs = resumed?.enteredMs ?? engine.clock.now();
  const enteredEventId =
    resumed?.enteredEventId ??
    record(engine, thread, `${state.Type}StateEntered`, ['stateEnteredEventDetails', inputDetails(name, raw.text)]);
  if (!resumed) {
    journal.current = { name, input: raw, enteredMs, enteredEventId };
    delete journal.branches;
    delete journal.mapRun;
  }
  const current: StateContext = { name, state, enteredMs, retryCount: 0 };
  const transition = await attempts(engine, thread, current, raw, enteredEventId, resumed !== undefined);
  record(engine, thread, `${state.Type}StateExited`, [
    'stateExitedEventDetails',
    outputDetails(name, transition.output.text),
  ]);
  return transition;
}

async function attempts(
  engine: Engine,
  thread: Thread,
  current: StateContext,
  raw: Payload,
  enteredEventId: number,
  resumed: boolean,
): Promise<Transition> {
  const { state, name } = current;
  const counts: RetryCounts = new Map();
  let resuming = resumed;
  for (;;) {
    try {
      return await attempt(engine, thread, current, raw, resuming);
    } catch (thrown) {
      const error = asStateError(thrown, name, enteredEventId);
      const delaySeconds = nextRetryDelay(state.Retry, error, counts, engine.random);
      if (delaySeconds !== undefined) {
        await pause(engine, thread, delaySeconds);
        current.retryCount++;
        delete current.partsFailed;
        resuming = false;
        delete thread.journal.branches;
        delete thread.journal.mapRun;
        continue;
      }
      if (current.partsFailed === true) record(engine, thread, `${state.Type}StateFailed`);
      const caught = catchError(state, name, raw, error, enteredEventId);
      if (caught) return caught;
      forgetFinishedParts(thread, error);
      throw error;
    }
  }
}

async function attempt(
  engine: Engine,
  thread: Thread,
  current: StateContext,
  raw: Payload,
  resuming: boolean,
): Promise<Transition> {
  const { state, name } = current;
  const input = selectInput(state, scopeOf(engine, thread, current, raw.json));
  const visit: Visit = { engine, thread, state, name, current, raw, input, resuming };
  return stateHandlers[state.Type](visit);
}

function catchError(
  state: State,
  name: string,
  raw: Payload,
  error: StateError,
  enteredEventId: number,
): Transition | undefined {
  const catcher = findCatcher(state.Catch, error);
  if (!catcher) return undefined;
  try {
    const output = payload(
      mergeResult(raw.json, catcher.ResultPath, { Error: error.error ?? '', Cause: error.causeText ?? '' }),
    );
    assertWithinLimit(output.text, name);
    return { output, next: catcher.Next };
  } catch (thrown) {
    throw asStateError(thrown, name, enteredEventId);
  }
}

/** A result that was too long would be too long again: a redrive then runs all branches anew, as the service does. */
function forgetFinishedParts({ journal }: Thread, error: StateError): void {
  if (error.error !== 'States.DataLimitExceeded') return;
  if (journal.branches?.every(({ output }) => output)) delete journal.branches;
  if (journal.mapRun?.status === 'SUCCEEDED') delete journal.mapRun;
}

/** Adds the place to a fault; everything else passes. */
function asStateError(thrown: unknown, name: string, enteredEventId: number): StateError {
  if (thrown instanceof StateError) return thrown;
  if (!(thrown instanceof RuntimeFault)) throw thrown;
  return new StateError(
    thrown.error,
    `An error occurred while executing the state '${name}' (entered at the event id #${enteredEventId}). ${thrown.message}`,
  );
}

/** Waits in the thread's scope. */
export async function pause(engine: Engine, thread: Thread, seconds: number): Promise<void> {
  const scope = thread.scope.child();
  try {
    await scope.race(engine.clock.sleep(seconds * 1000, scope.signal));
  } finally {
    scope.close();
  }
}
