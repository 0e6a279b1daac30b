import { RuntimeFault } from '../data/errors.ts';
import { requirePath } from '../data/json-path.ts';
import { parseTimestamp } from '../data/timestamp.ts';
import { finishOutput, scopeOf, type Visit } from '../engine/input-output.ts';
import { pause, type Transition } from '../engine/run-flow.ts';

/** The longest wait: recorded from the service, which takes a time 24,855 days ahead and refuses one 24,856 days ahead. */
const MAX_WAIT_SECONDS = 2_147_483_647;

/** Wait: for a number of seconds or until a time. */
export async function runWait(visit: Visit): Promise<Transition> {
  const seconds = waitSeconds(visit);
  if (seconds > MAX_WAIT_SECONDS) throw new RuntimeFault('Wait state delay is too long.');
  if (seconds > 0) await pause(visit.engine, visit.thread, seconds);
  return { output: finishOutput(visit, visit.input), next: visit.state.Next };
}

function waitSeconds(visit: Visit): number {
  const { state, engine } = visit;
  if (state.Seconds !== undefined) return state.Seconds;
  const scope = scopeOf(engine, visit.thread, visit.current, visit.input);
  if (state.SecondsPath !== undefined) {
    const value = requirePath(state.SecondsPath, scope);
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw new RuntimeFault(
        `The SecondsPath parameter cannot be parsed as a long value: ${state.SecondsPath} == ${print(value)}`,
      );
    }
    if (value < 0)
      throw new RuntimeFault(`The SecondsPath parameter references a negative value: ${state.SecondsPath} == ${value}`);
    return value;
  }
  const text = state.Timestamp ?? requirePath(state.TimestampPath!, scope);
  const at = typeof text === 'string' ? parseTimestamp(text) : undefined;
  if (at === undefined) {
    throw new RuntimeFault(
      `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${state.TimestampPath} == ${print(text)}`,
    );
  }
  return (at - engine.clock.now()) / 1000;
}

function print(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
