import { payload } from '../data/json.ts';
import { effectiveInput, processResult, type Visit } from '../engine/input-output.ts';
import { record, recordAside } from '../engine/record-event.ts';
import type { Transition } from '../engine/run-flow.ts';
import { journalFor, runBranches } from './run-branches.ts';

/** Parallel: all branches at once; the first failure cuts the others short. */
export async function runParallel(visit: Visit): Promise<Transition> {
  const { engine, thread, state } = visit;
  const input = payload(effectiveInput(visit));
  if (!visit.resuming) record(engine, thread, 'ParallelStateStarted');
  const branches = state.Branches!;
  const results = await runBranches(visit, {
    count: branches.length,
    concurrency: branches.length,
    journals: journalFor(visit, branches.length),
    branch: (index) => ({ flow: branches[index]!, input }),
  });
  recordAside(engine, thread, 'ParallelStateSucceeded');
  return { output: processResult(visit, results), next: state.Next };
}
