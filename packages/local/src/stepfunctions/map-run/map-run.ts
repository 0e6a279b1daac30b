import type { Payload } from '../data/json.ts';
import type { CancelScope } from '../engine/cancel-scope.ts';
import type { Execution } from '../engine/execution.ts';

/** A Map Run's status. */
export type MapRunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

/** A batch (or a single item) that has its child's input but not yet its child. */
export interface PendingChild {
  readonly index: number;
  readonly input: Payload;
  readonly itemCount: number;
}

/** One run of a Distributed Map. */
export interface MapRun {
  readonly arn: string;
  readonly id: string;
  readonly parent: Execution;
  /** `machine/label`. */
  readonly childMachineName: string;
  readonly childMachineArn: string;
  readonly startMs: number;
  readonly sequence: number;
  status: MapRunStatus;
  stopMs?: number;
  /** 0 for the service's own limit. */
  maxConcurrency: number;
  toleratedFailureCount: number;
  toleratedFailurePercentage: number;
  /** Children by the index of their batch; a redriven Express child replaces its predecessor. */
  readonly children: Execution[];
  /** What was read but not started. */
  pending: PendingChild[];
  /** Whether the whole data set was read. */
  readAll: boolean;
  resultsWritten: boolean;
  redriveCount: number;
  redriveMs?: number;
  scope: CancelScope;
  /** Looks for free places again, after UpdateMapRun. */
  wake: () => void;
}

/** Counts of children or of their items, as DescribeMapRun gives them. */
export interface MapRunCounts {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  total: number;
  resultsWritten: number;
  failuresNotRedrivable: number;
  pendingRedrive: number;
}

const MEMBER: Readonly<Record<Execution['status'], keyof MapRunCounts>> = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
  PENDING_REDRIVE: 'pendingRedrive',
};

/** Counts a Map Run's children, or the items in them. */
export function countChildren(mapRun: MapRun, unit: 'children' | 'items'): MapRunCounts {
  const counts: MapRunCounts = {
    pending: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    total: 0,
    resultsWritten: 0,
    failuresNotRedrivable: 0,
    pendingRedrive: 0,
  };
  const add = (member: keyof MapRunCounts, itemCount: number): void => {
    const amount = unit === 'items' ? itemCount : 1;
    counts[member] += amount;
    counts.total += amount;
  };
  // forEach passes over the places of children that have not started.
  mapRun.children.forEach((child) => {
    add(MEMBER[child.status], child.parent!.itemCount);
  });
  for (const { itemCount } of mapRun.pending) add('pending', itemCount);
  if (mapRun.resultsWritten) counts.resultsWritten = counts.total;
  return counts;
}
