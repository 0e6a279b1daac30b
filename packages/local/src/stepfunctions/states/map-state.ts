import { RuntimeFault } from '../data/errors.ts';
import { type Json, type JsonObject, payload } from '../data/json.ts';
import { requirePath } from '../data/json-path.ts';
import { evaluateTemplate } from '../data/template.ts';
import { isDistributed, processorOf } from '../definition.ts';
import { contextObject } from '../engine/context-object.ts';
import { processResult, scopeOf, type Visit } from '../engine/input-output.ts';
import { record, recordAside } from '../engine/record-event.ts';
import type { Transition } from '../engine/run-flow.ts';
import { runDistributedMap } from '../map-run/distributed-map.ts';
import { journalFor, runBranches } from './run-branches.ts';

/** AWS runs about 40 iterations of an inline Map at once when MaxConcurrency is 0. */
const INLINE_CONCURRENCY = 40;

/** Map: inline, or distributed over child executions. */
export function runMap(visit: Visit): Promise<Transition> {
  return isDistributed(visit.state) ? runDistributedMap(visit) : runInlineMap(visit);
}

async function runInlineMap(visit: Visit): Promise<Transition> {
  const { engine, thread, state, name } = visit;
  const items = itemsOf(visit);
  const concurrency = integerField(visit, 'MaxConcurrency') ?? 0;
  const flow = processorOf(state);
  if (!visit.resuming)
    record(engine, thread, 'MapStateStarted', ['mapStateStartedEventDetails', { length: items.length }]);
  const results = await runBranches(visit, {
    count: items.length,
    concurrency: concurrency || INLINE_CONCURRENCY,
    journals: journalFor(visit, items.length),
    branch(index) {
      const mapContext: JsonObject = { Item: { Index: index, Value: items[index]! } };
      return { flow, mapContext, input: payload(selectItem(visit, items[index]!, mapContext)) };
    },
    onStart(inner, index) {
      record(engine, inner, 'MapIterationStarted', ['mapIterationStartedEventDetails', { name, index }]);
    },
    onEnd(inner, index, status) {
      recordAside(engine, inner, `MapIteration${status}`, [`mapIteration${status}EventDetails`, { name, index }]);
    },
  });
  recordAside(engine, thread, 'MapStateSucceeded');
  return { output: processResult(visit, results), next: state.Next };
}

/**
 * The items a Map state takes from its input.
 *
 * @throws RuntimeFault when ItemsPath does not lead to an array
 */
export function itemsOf(visit: Visit): Json[] {
  const path = visit.state.ItemsPath ?? '$';
  const items = requirePath(path, scopeOf(visit.engine, visit.thread, visit.current, visit.input));
  if (!Array.isArray(items)) throw new RuntimeFault(`Reference path "${path}" must point to array.`);
  return items;
}

/** ItemSelector (or Parameters, its older name) for one item; without it, the item itself. */
export function selectItem(visit: Visit, item: Json, mapContext: Json): Json {
  const template = visit.state.ItemSelector ?? visit.state.Parameters;
  if (template === undefined) return item;
  const { engine, thread, current, input } = visit;
  const context = (): Json => contextObject(thread, { ...current, map: mapContext });
  return evaluateTemplate(template, { input, context, random: engine.random });
}

type IntegerField = 'MaxConcurrency' | 'ToleratedFailureCount';

/**
 * A whole, non-negative number given directly or by the `…Path` field.
 *
 * @throws RuntimeFault when the path leads to anything else
 */
export function integerField(visit: Visit, field: IntegerField): number | undefined {
  const { state } = visit;
  const path = state[`${field}Path`];
  if (path === undefined) return state[field];
  return integerAt(visit, `${field}Path`, path, `${field} cannot be negative.`);
}

/** The whole, non-negative number at a path. */
export function integerAt(visit: Visit, field: string, path: string, negative: string): number {
  const value = requirePath(path, scopeOf(visit.engine, visit.thread, visit.current, visit.input));
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const printed = typeof value === 'string' ? value : JSON.stringify(value);
    throw new RuntimeFault(`The ${field} field refers to value "${printed}" which is not a valid integer: ${path}`);
  }
  if (value < 0) throw new RuntimeFault(negative);
  return value;
}
