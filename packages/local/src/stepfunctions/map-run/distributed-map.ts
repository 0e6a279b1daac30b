import { Cancelled, RuntimeFault, StateError } from '../data/errors.ts';
import type { Json } from '../data/json.ts';
import { processResult, type Visit } from '../engine/input-output.ts';
import { record, recordAside } from '../engine/record-event.ts';
import type { Transition } from '../engine/run-flow.ts';
import { integerField } from '../states/map-state.ts';
import { type ChildQueue, openQueue } from './child-queue.ts';
import { describeChild } from './describe-child.ts';
import { childInputs } from './item-batcher.ts';
import { openItems } from './item-reader.ts';
import type { MapRun } from './map-run.ts';
import { type ChildJob, openMapRun, reopenMapRun, startChild } from './open-map-run.ts';
import { writeResults } from './result-writer.ts';
import { runChildren } from './run-children.ts';
import { toleranceOf } from './tolerance.ts';

interface Running {
  readonly mapRun: MapRun;
  readonly jobs: ChildJob[];
  readonly queue: ChildQueue;
  /** Breaks the reading off; only when the server closes, because what is not read cannot be redriven. */
  readonly stopReading: () => void;
}

/**
 * A Map state in distributed mode: a Map Run whose children are executions of their own.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
export async function runDistributedMap(visit: Visit): Promise<Transition> {
  const { engine, thread, state } = visit;
  const kept = visit.resuming ? thread.journal.mapRun : undefined;
  const running = kept ? resume(visit, kept) : begin(visit);
  const { mapRun, jobs, queue } = running;
  let result: Json;
  try {
    await runChildren(mapRun, async () => {
      const job = jobs.shift();
      if (job) return job;
      const pending = await queue.next();
      return pending && (() => startChild(visit, mapRun, pending));
    });
    result = state.ResultWriter ? await writeResults(visit, mapRun) : outputs(visit, mapRun);
  } catch (thrown) {
    throw await close(visit, running, thrown);
  }
  mapRun.status = 'SUCCEEDED';
  mapRun.stopMs = engine.clock.now();
  mapRun.scope.close();
  record(engine, thread, 'MapRunSucceeded');
  recordAside(engine, thread, 'MapStateSucceeded');
  return { output: processResult(visit, result), next: state.Next };
}

function begin(visit: Visit): Running {
  const { engine, thread } = visit;
  const { roleArn, arn } = thread.execution.machine;
  const refusal = engine.refusalOf?.(roleArn, 'states:StartExecution', arn);
  if (refusal !== undefined) throw new StateError('States.Permissions', refusal);
  const maxConcurrency = integerField(visit, 'MaxConcurrency') ?? 0;
  const reading = new AbortController();
  const source = openItems(visit, reading.signal);
  record(engine, thread, 'MapStateStarted', ['mapStateStartedEventDetails', { length: source.length }]);
  const mapRun = openMapRun(visit, toleranceOf(visit), maxConcurrency);
  thread.journal.mapRun = mapRun;
  record(engine, thread, 'MapRunStarted', ['mapRunStartedEventDetails', { mapRunArn: mapRun.arn }]);
  return { mapRun, jobs: [], queue: openQueue(mapRun, childInputs(visit, source)), stopReading: () => reading.abort() };
}

function resume(visit: Visit, mapRun: MapRun): Running {
  const jobs = reopenMapRun(visit, mapRun);
  const { arn: mapRunArn, redriveCount } = mapRun;
  record(visit.engine, visit.thread, 'MapRunRedriven', ['mapRunRedrivenEventDetails', { mapRunArn, redriveCount }]);
  return { mapRun, jobs, queue: openQueue(mapRun, (async function* () {})()), stopReading: () => {} };
}

/** The outputs in order; a failure that was borne appears as the description of its execution. */
function outputs(visit: Visit, mapRun: MapRun): Json {
  const flatten = visit.state.ResultWriter?.WriterConfig?.Transformation === 'FLATTEN';
  const all: Json[] = [];
  for (const child of mapRun.children) {
    const output = child.status === 'SUCCEEDED' ? child.output!.json : describeChild(child);
    if (flatten && Array.isArray(output)) all.push(...output);
    else all.push(output);
  }
  return all;
}

/** Ends a Map Run without success and answers what is to be thrown. */
async function close(visit: Visit, { mapRun, queue, stopReading }: Running, thrown: unknown): Promise<unknown> {
  const { engine, thread, state, name, current } = visit;
  const cancelled = thrown instanceof Cancelled;
  mapRun.status = cancelled ? 'ABORTED' : 'FAILED';
  mapRun.stopMs = engine.clock.now();
  mapRun.scope.close();
  if (cancelled && thrown.reason.kind === 'closed') {
    stopReading();
    return thrown;
  }
  // What could not be read cannot be continued: a redrive then starts a new Map Run.
  if (!(await queue.drain())) delete thread.journal.mapRun;
  const failure =
    thrown instanceof RuntimeFault
      ? new StateError(thrown.error, `An error occurred while executing the state '${name}'. ${thrown.message}`)
      : thrown;
  const error = failure instanceof StateError ? failure : undefined;
  if (state.ResultWriter && error?.error !== 'States.ResultWriterFailed') {
    await writeResults(visit, mapRun).catch(() => {});
  }
  if (!error) return failure;
  record(engine, thread, 'MapRunFailed', ['mapRunFailedEventDetails', { error: error.error, cause: error.causeText }]);
  current.partsFailed = true;
  return error;
}
