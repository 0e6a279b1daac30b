import { StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import { MAX_HISTORY_EVENTS } from '../data/limits.ts';
import type { Engine } from './engine.ts';
import type { Execution, Thread } from './execution.ts';

type Details = Readonly<Record<string, Json | undefined>>;

/** Details that carry a state's input. */
export function inputDetails(name: string, text: string): Details {
  return { name, input: text, inputDetails: { truncated: false } };
}

/** Details that carry a state's output. */
export function outputDetails(name: string, text: string): Details {
  return { name, output: text, outputDetails: { truncated: false } };
}

/**
 * Appends an event to the history and makes it the one that the thread's next event follows.
 *
 * @throws StateError when a Standard execution's history is full; the last place is kept for the event that ends it
 */
export function record(engine: Engine, thread: Thread, type: string, details?: readonly [string, Details]): number {
  const { execution } = thread;
  if (execution.type === 'STANDARD' && execution.history.events.length >= MAX_HISTORY_EVENTS - 1) {
    throw new StateError(
      'States.Runtime',
      `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`,
    );
  }
  thread.lastEventId = append(engine, execution, type, thread.lastEventId, details);
  return thread.lastEventId;
}

/** Like record, but the thread's next event does not follow this one (MapStateSucceeded and its like). */
export function recordAside(engine: Engine, thread: Thread, type: string, details?: readonly [string, Details]): void {
  const before = thread.lastEventId;
  record(engine, thread, type, details);
  thread.lastEventId = before;
}

/** Appends an event that belongs to the execution as a whole. */
export function append(
  engine: Engine,
  execution: Execution,
  type: string,
  previousEventId: number,
  details?: readonly [string, Details],
): number {
  const { history } = execution;
  const id = ++history.lastId;
  if (execution.type === 'EXPRESS') return id;
  history.events.push({ id, previousEventId, timestampMs: engine.clock.now(), type, ...(details && { details }) });
  return id;
}
