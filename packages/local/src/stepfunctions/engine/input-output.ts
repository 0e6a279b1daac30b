import { RuntimeFault } from '../data/errors.ts';
import { type Json, type Payload, payload } from '../data/json.ts';
import { type Documents, requirePath } from '../data/json-path.ts';
import { assertWithinLimit } from '../data/limits.ts';
import { parseReferencePath, writeSteps } from '../data/reference-path.ts';
import { evaluateTemplate, type TemplateScope } from '../data/template.ts';
import type { State } from '../definition.ts';
import { contextObject, type StateContext } from './context-object.ts';
import type { Engine } from './engine.ts';
import type { Thread } from './execution.ts';

/** What a state's handler works with. */
export interface Visit {
  readonly engine: Engine;
  readonly thread: Thread;
  readonly state: State;
  readonly name: string;
  readonly current: StateContext;
  /** The input as it came in. */
  readonly raw: Payload;
  /** The input after InputPath. */
  readonly input: Json;
  /** True when a redrive comes back to this state and its branches are to be continued. */
  readonly resuming: boolean;
}

/** The documents and the random source for templates and paths evaluated on `input`. */
export function scopeOf(engine: Engine, thread: Thread, current: StateContext, input: Json): TemplateScope {
  return { input, context: () => contextObject(thread, current), random: engine.random };
}

/** InputPath: the part of the input that the state sees; null means an empty object. */
export function selectInput(state: State, documents: Documents): Json {
  return selectPath(state.InputPath, documents);
}

function selectPath(path: string | null | undefined, documents: Documents): Json {
  if (path === null) return {};
  return path === undefined || path === '$' ? documents.input : requirePath(path, documents);
}

/** Parameters, when there are any, else the input after InputPath. */
export function effectiveInput(visit: Visit): Json {
  const { state, input } = visit;
  if (state.Parameters === undefined) return input;
  return evaluateTemplate(state.Parameters, scopeOf(visit.engine, visit.thread, visit.current, input));
}

/**
 * ResultSelector, ResultPath and OutputPath.
 *
 * @throws StateError named States.DataLimitExceeded when the output is too long
 */
export function processResult(visit: Visit, result: Json): Payload {
  const { engine, thread, state, current } = visit;
  const selected =
    state.ResultSelector === undefined
      ? result
      : evaluateTemplate(state.ResultSelector, scopeOf(engine, thread, current, result));
  return finishOutput(visit, mergeResult(visit.raw.json, state.ResultPath, selected));
}

/** OutputPath and the size limit, for states that pass their input on. */
export function finishOutput(visit: Visit, merged: Json): Payload {
  const output = selectPath(visit.state.OutputPath, scopeOf(visit.engine, visit.thread, visit.current, merged));
  const finished = output === visit.raw.json ? visit.raw : payload(output);
  assertWithinLimit(finished.text, visit.name);
  return finished;
}

/**
 * ResultPath: where in the raw input the result goes.
 *
 * @throws RuntimeFault named States.ResultPathMatchFailure
 */
export function mergeResult(raw: Json, resultPath: string | null | undefined, result: Json): Json {
  if (resultPath === null) return raw;
  if (resultPath === undefined || resultPath === '$') return result;
  const merged = writeSteps(raw, parseReferencePath(resultPath)!, result);
  if (merged === undefined) {
    throw new RuntimeFault(
      `Unable to apply step "${resultPath}" to input ${JSON.stringify(raw)}`,
      'States.ResultPathMatchFailure',
    );
  }
  return merged;
}
