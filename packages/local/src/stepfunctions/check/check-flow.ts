import { isObject } from '../data/json.ts';
import type { Flow, State } from '../definition.ts';
import type { Engine } from '../engine/engine.ts';
import { checkState } from './check-state.ts';
import type { Report } from './problem.ts';

/** What the checks share. */
export interface CheckScope {
  readonly engine: Engine;
  readonly report: Report;
  /** Inside the processor of an Express Distributed Map. */
  readonly express: boolean;
}

/** Checks a chain of states: its fields, that every transition leads somewhere, that every state can be reached. */
export async function checkFlow(flow: Flow, location: string, scope: CheckScope): Promise<void> {
  const { report } = scope;
  if (!isObject(flow.States) || Object.keys(flow.States).length === 0) {
    report('States must be an object with at least one state', `${location}/States`);
    return;
  }
  if (typeof flow.StartAt !== 'string') {
    report('These fields are required: [StartAt]', location || '/');
    return;
  }
  const states = new Map(Object.entries(flow.States as Record<string, unknown>));
  for (const [name, state] of states) {
    const at = `${location}/States/${name}`;
    if (name.length > 80) report('State names may have 80 characters at most', at);
    if (!isObject(state)) report(`The state '${name}' must be an object`, at);
    else await checkState(name, state as unknown as State, at, scope);
  }
  checkTransitions(flow, states, location, report);
}

function checkTransitions(flow: Flow, states: ReadonlyMap<string, unknown>, location: string, report: Report): void {
  if (!states.has(flow.StartAt)) {
    report(`Missing 'StartAt' target: ${flow.StartAt}`, `${location}/StartAt`, 'MISSING_TRANSITION_TARGET');
    return;
  }
  const reached = new Set([flow.StartAt]);
  for (const name of reached) {
    const state = states.get(name);
    if (!isObject(state)) continue;
    for (const target of targetsOf(state as unknown as State)) {
      if (states.has(target)) reached.add(target);
      else
        report(
          `The state '${name}' leads to '${target}', which does not exist`,
          `${location}/States/${name}`,
          'MISSING_TRANSITION_TARGET',
        );
    }
  }
  for (const name of states.keys()) {
    if (!reached.has(name)) {
      report(`State "${name}" is not reachable.`, `${location}/States/${name}`, 'MISSING_TRANSITION_TARGET');
    }
  }
}

function targetsOf(state: State): string[] {
  const listed = (entries: unknown): unknown[] =>
    Array.isArray(entries) ? entries.map((entry: { Next?: unknown }) => entry?.Next) : [];
  const targets: unknown[] = [state.Next, state.Default, ...listed(state.Choices), ...listed(state.Catch)];
  return targets.filter((target): target is string => typeof target === 'string');
}
