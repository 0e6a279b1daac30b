import { createHash, randomUUID } from 'node:crypto';
import { processorOf } from '../definition.ts';
import { executionArn, expressArn, machineArn, mapRunArn } from '../engine/arns.ts';
import type { Execution } from '../engine/execution.ts';
import type { Visit } from '../engine/input-output.ts';
import { launch, relaunch } from '../engine/lifecycle.ts';
import type { MapRun, PendingChild } from './map-run.ts';
import type { Tolerance } from './tolerance.ts';

/** Registers a new Map Run. */
export function openMapRun(visit: Visit, tolerance: Tolerance, maxConcurrency: number): MapRun {
  const { engine, thread, state, name } = visit;
  const machine = thread.execution.machine.name;
  // Without a Label the service makes one up; derived from the name, it stays the same from run to run.
  const label = state.Label ?? createHash('sha256').update(name).digest('hex').slice(0, 32);
  const id = randomUUID();
  const mapRun: MapRun = {
    arn: mapRunArn(engine, machine, label, id),
    id,
    parent: thread.execution,
    childMachineName: `${machine}/${label}`,
    childMachineArn: machineArn(engine, `${machine}/${label}`),
    startMs: engine.clock.now(),
    sequence: engine.registry.nextSequence(),
    status: 'RUNNING',
    maxConcurrency,
    toleratedFailureCount: tolerance.count,
    toleratedFailurePercentage: tolerance.percentage,
    children: [],
    pending: [],
    readAll: false,
    resultsWritten: false,
    redriveCount: 0,
    scope: thread.scope.child(),
    wake: () => {},
  };
  engine.registry.mapRuns.set(mapRun.arn, mapRun);
  return mapRun;
}

/** Starts one child: an execution of its own. */
export function startChild(visit: Visit, mapRun: MapRun, { index, input, itemCount }: PendingChild): Execution {
  const { engine, thread, state } = visit;
  const { machine } = thread.execution;
  const type = processorOf(state).ProcessorConfig?.ExecutionType ?? 'STANDARD';
  const name = randomUUID();
  const child = launch(engine, {
    arn:
      type === 'EXPRESS'
        ? expressArn(engine, mapRun.childMachineName, name, randomUUID())
        : executionArn(engine, mapRun.childMachineName, name),
    name,
    type,
    machine: {
      ...machine,
      arn: mapRun.childMachineArn,
      name: mapRun.childMachineName,
      flow: processorOf(state),
      timeoutSeconds: undefined,
    },
    input,
    parent: { mapRun, itemCount },
  });
  mapRun.children[index] = child;
  return child;
}

/** A child to run: a new one or, in a redrive, one that did not succeed. */
export type ChildJob = () => Execution;

/**
 * Makes a Map Run that failed run again: Standard children that did not succeed go on where they stopped, Express ones
 * start anew, and those that never started are still pending.
 */
export function reopenMapRun(visit: Visit, mapRun: MapRun): ChildJob[] {
  const { engine, thread } = visit;
  mapRun.status = 'RUNNING';
  mapRun.redriveCount++;
  mapRun.redriveMs = engine.clock.now();
  mapRun.resultsWritten = false;
  mapRun.scope = thread.scope.child();
  delete mapRun.stopMs;
  const jobs: ChildJob[] = [];
  const again: PendingChild[] = [];
  mapRun.children.forEach((child, index) => {
    if (child.status === 'SUCCEEDED') return;
    if (child.type === 'EXPRESS') {
      delete mapRun.children[index];
      again.push({ index, input: child.input, itemCount: child.parent!.itemCount });
      return;
    }
    child.status = 'PENDING_REDRIVE';
    jobs.push(() => {
      relaunch(engine, child);
      return child;
    });
  });
  mapRun.pending.unshift(...again);
  return jobs;
}
