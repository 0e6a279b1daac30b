import { Cancelled } from '../data/errors.ts';
import type { Json, Payload } from '../data/json.ts';
import type { Flow } from '../definition.ts';
import type { FlowJournal, Thread } from '../engine/execution.ts';
import type { Visit } from '../engine/input-output.ts';
import { runFlow } from '../engine/run-flow.ts';

/** One branch of a Parallel state or one iteration of an inline Map. */
export interface Branch {
  readonly flow: Flow;
  readonly input: Payload;
  readonly mapContext?: Json;
}

/** What runBranches needs to know. */
export interface BranchesPlan {
  readonly count: number;
  readonly concurrency: number;
  readonly journals: FlowJournal[];
  branch(index: number): Branch;
  onStart?(thread: Thread, index: number): void;
  onEnd?(thread: Thread, index: number, status: 'Succeeded' | 'Failed' | 'Aborted'): void;
}

/** The journals of the state's branches: those of the attempt to continue, else new ones. */
export function journalFor(visit: Visit, count: number): FlowJournal[] {
  const { journal } = visit.thread;
  const kept = visit.resuming ? journal.branches : undefined;
  journal.branches = kept ?? Array.from({ length: count }, () => ({}));
  return journal.branches;
}

/**
 * Runs branches, at most `concurrency` at a time, in order of index, and answers their outputs in that order. Branches
 * that had succeeded before a redrive are not run again.
 */
export async function runBranches(visit: Visit, plan: BranchesPlan): Promise<Json[]> {
  const { engine, thread, current } = visit;
  const scope = thread.scope.child();
  const results: Json[] = new Array(plan.count);
  let next = 0;
  let failure: { readonly error: unknown; readonly lastEventId: number } | undefined;
  let lastEventId = thread.lastEventId;

  const worker = async (): Promise<void> => {
    let previous = thread.lastEventId;
    while (next < plan.count && !failure) {
      const index = next++;
      const journal = plan.journals[index]!;
      if (journal.output) {
        results[index] = journal.output.json;
        continue;
      }
      const { flow, input, mapContext } = plan.branch(index);
      const inner: Thread = {
        execution: thread.execution,
        flow,
        journal,
        scope,
        lastEventId: previous,
        resuming: visit.resuming && journal.current !== undefined,
        ...(mapContext === undefined
          ? thread.mapContext !== undefined && { mapContext: thread.mapContext }
          : { mapContext }),
      };
      try {
        plan.onStart?.(inner, index);
        results[index] = (await runFlow(engine, inner, input)).json;
        previous = inner.lastEventId;
        plan.onEnd?.(inner, index, 'Succeeded');
        lastEventId = inner.lastEventId;
      } catch (error) {
        if (error instanceof Cancelled && error.reason.kind === 'sibling-failed') plan.onEnd?.(inner, index, 'Aborted');
        if (failure) return;
        failure = { error, lastEventId: inner.lastEventId };
        if (!(error instanceof Cancelled)) plan.onEnd?.(inner, index, 'Failed');
        scope.cancel({ kind: 'sibling-failed' });
      }
    }
  };

  await Promise.all(Array.from({ length: Math.min(plan.concurrency, plan.count) }, worker));
  scope.close();
  if (!failure) {
    thread.lastEventId = lastEventId;
    return results;
  }
  if (failure.error instanceof Cancelled) throw failure.error;
  thread.lastEventId = failure.lastEventId;
  current.partsFailed = true;
  throw failure.error;
}
