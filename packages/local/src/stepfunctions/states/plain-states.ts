import { RuntimeFault, StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import { findPath } from '../data/json-path.ts';
import { evaluateExpression } from '../data/template.ts';
import { effectiveInput, finishOutput, processResult, scopeOf, type Visit } from '../engine/input-output.ts';
import type { Transition } from '../engine/run-flow.ts';

/** Pass: its Result, its Parameters or its input. */
export function runPass(visit: Visit): Transition {
  const { state } = visit;
  const result = state.Result ?? effectiveInput(visit);
  return { output: processResult(visit, state.Result === null ? null : result), next: state.Next };
}

/** Succeed ends the chain. */
export function runSucceed(visit: Visit): Transition {
  return { output: finishOutput(visit, visit.input), next: undefined };
}

/** Fail ends the chain with an error. */
export function runFail(visit: Visit): never {
  const { state } = visit;
  throw new StateError(
    state.Error ?? textAt(visit, 'ErrorPath', state.ErrorPath),
    state.Cause ?? textAt(visit, 'CausePath', state.CausePath),
  );
}

function textAt(visit: Visit, field: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const scope = scopeOf(visit.engine, visit.thread, visit.current, visit.raw.json);
  const value: Json | undefined = path.startsWith('$') ? findPath(path, scope) : evaluateExpression(path, field, scope);
  if (value === undefined) {
    throw new RuntimeFault(
      `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${visit.raw.text}'`,
    );
  }
  if (typeof value !== 'string')
    throw new RuntimeFault(`The field '${field}' must lead to a string but led to ${JSON.stringify(value)}`);
  return value;
}
