import { MAX_HISTORY_EVENTS } from '../data/limits.ts';
import type { Execution } from './execution.ts';

/** Whether an execution can be redriven now, in the API's words. */
export interface RedriveStatus {
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  readonly redriveStatusReason?: string;
}

/**
 * Failed, timed out and aborted Standard executions can be redriven; those that a Map Run started, only with it.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export function redriveStatusOf(execution: Execution): RedriveStatus {
  const { status } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED' || status === 'PENDING_REDRIVE') {
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution is ${status} and cannot be redriven` };
  }
  if (execution.parent) {
    return {
      redriveStatus: 'REDRIVABLE_BY_MAP_RUN',
      redriveStatusReason: 'Execution can be redriven by redriving the Map Run',
    };
  }
  if (execution.history.events.length >= MAX_HISTORY_EVENTS - 1) {
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution history event limit exceeded' };
  }
  return { redriveStatus: 'REDRIVABLE' };
}
