import { choiceHolds } from '../data/choice.ts';
import { RuntimeFault } from '../data/errors.ts';
import { finishOutput, scopeOf, type Visit } from '../engine/input-output.ts';
import type { Transition } from '../engine/run-flow.ts';

/** Choice: the first rule that holds, else Default. */
export function runChoice(visit: Visit): Transition {
  const { state, input } = visit;
  const scope = scopeOf(visit.engine, visit.thread, visit.current, input);
  const next = state.Choices!.find((rule) => choiceHolds(rule, scope))?.Next ?? state.Default;
  if (next === undefined) {
    throw new RuntimeFault('No choice rule matched and the state has no Default.', 'States.NoChoiceMatched');
  }
  return { output: finishOutput(visit, input), next };
}
