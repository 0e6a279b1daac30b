import { StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import { assertWithinLimit } from '../data/limits.ts';
import { effectiveInput, processResult, type Visit } from '../engine/input-output.ts';
import type { Transition } from '../engine/run-flow.ts';
import { connectorFor } from '../tasks/connectors.ts';
import { taskEvents } from '../tasks/task-events.ts';
import { openWatch } from '../tasks/task-watch.ts';
import { integerAt } from './map-state.ts';

/** Task: a call of a service, with its time limits and, when asked for, the wait for its task token. */
export async function runTask(visit: Visit): Promise<Transition> {
  const { engine, thread, state, current } = visit;
  const connector = connectorFor(engine, state.Resource!);
  const waitsForToken = connector.pattern === 'waitForTaskToken';
  const pending = waitsForToken ? engine.tokens.open(thread.execution.machine.arn) : undefined;
  if (pending) current.taskToken = pending.token;
  try {
    const parameters = effectiveInput(visit);
    const text = JSON.stringify(parameters);
    assertWithinLimit(text, visit.name);
    const timeoutSeconds = secondsField(visit, 'TimeoutSeconds');
    const heartbeatSeconds = secondsField(visit, 'HeartbeatSeconds');
    const events = taskEvents(visit, connector, text, { timeoutSeconds, heartbeatSeconds });
    events.scheduled();
    const watch = openWatch(engine, thread.scope, { timeoutSeconds, heartbeatSeconds });
    if (pending) pending.onHeartbeat = watch.beat;
    let result: Json;
    try {
      result = await watch.scope.race(
        connector.run({
          engine,
          execution: thread.execution,
          parameters,
          signal: watch.scope.signal,
          submitted: events.submitted,
        }),
      );
      if (pending) {
        events.submitted(result);
        result = await watch.scope.race(pending.result);
      }
      assertWithinLimit(JSON.stringify(result), connector.resourceType);
    } catch (thrown) {
      const error = watch.translate(thrown);
      if (!(error instanceof StateError)) throw error;
      if (error.error === 'States.Timeout' && watch.expired()) events.timedOut();
      else events.failed(error);
      throw error;
    } finally {
      watch.close();
    }
    events.succeeded(result);
    return { output: processResult(visit, result), next: state.Next };
  } finally {
    if (pending) engine.tokens.close(pending.token);
    delete current.taskToken;
  }
}

function secondsField(visit: Visit, field: 'TimeoutSeconds' | 'HeartbeatSeconds'): number | undefined {
  const path = visit.state[`${field}Path`];
  if (path === undefined) return visit.state[field];
  return integerAt(visit, `${field}Path`, path, `${field} cannot be negative.`);
}
