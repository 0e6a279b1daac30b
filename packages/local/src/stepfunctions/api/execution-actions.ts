import type { Engine } from '../engine/engine.ts';
import type { Execution } from '../engine/execution.ts';
import { describeEvent } from '../engine/history.ts';
import { relaunch, stopExecution as stop } from '../engine/lifecycle.ts';
import { redriveStatusOf } from '../engine/redrive-status.ts';
import { findMachine, requestExecution } from '../engine/request-execution.ts';
import type { Action } from './actions.ts';
import { apiError } from './api-error.ts';
import { optionalText, requireText } from './check-request.ts';
import { describeExecution as describe, listedExecution, seconds } from './describe.ts';
import { findMapRun } from './map-run-actions.ts';
import { pageOf } from './paging.ts';

const STATUSES = ['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'];

/** Days in which an execution can be redriven. */
const REDRIVE_MS = 14 * 24 * 3600 * 1000;

/**
 * The execution that a request names.
 *
 * @throws ApiError named ExecutionDoesNotExist
 */
export function findExecution(engine: Engine, body: Readonly<Record<string, unknown>>): Execution {
  const arn = requireText(body, 'executionArn');
  if (!arn.startsWith('arn:')) throw apiError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  const execution = engine.registry.executions.get(arn);
  if (!execution) throw apiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

/** StartExecution. */
export const startExecution: Action = (engine, body) => {
  const name = optionalText(body, 'name');
  const input = optionalText(body, 'input');
  const execution = requestExecution(engine, {
    stateMachineArn: requireText(body, 'stateMachineArn'),
    ...(name !== undefined && { name }),
    ...(input !== undefined && { input }),
  });
  return { executionArn: execution.arn, startDate: seconds(execution.startMs) };
};

/** DescribeExecution. */
export const describeExecution: Action = (engine, body) => describe(findExecution(engine, body));

/** ListExecutions of a state machine or of a Map Run, newest first. */
export const listExecutions: Action = (engine, body) => {
  const { statusFilter } = body;
  if (statusFilter !== undefined && !STATUSES.includes(String(statusFilter))) {
    throw apiError(
      'ValidationException',
      `1 validation error detected: Value '${String(statusFilter)}' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [${STATUSES.join(', ')}]`,
    );
  }
  const mapRunArn = optionalText(body, 'mapRunArn');
  let all: Execution[];
  if (mapRunArn !== undefined) all = findMapRun(engine, mapRunArn).children.filter(Boolean);
  else {
    const machine = findMachine(engine, requireText(body, 'stateMachineArn'));
    all = [...engine.registry.executions.values()].filter(
      (execution) => !execution.parent && execution.machine.arn === machine.arn,
    );
  }
  const wanted = all
    .filter(({ status }) => statusFilter === undefined || status === statusFilter)
    .sort((a, b) => b.sequence - a.sequence);
  const { items, nextToken } = pageOf(wanted, ({ arn }) => arn, body);
  return { executions: items.map(listedExecution), nextToken };
};

/** GetExecutionHistory. */
export const getExecutionHistory: Action = (engine, body) => {
  const execution = findExecution(engine, body);
  if (execution.type === 'EXPRESS') {
    throw apiError('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');
  }
  if (execution.history.dropped) {
    throw apiError(
      'ValidationException',
      'The history of this child execution is no longer kept: only the first 10,000 children of a Map Run keep theirs',
    );
  }
  const { events } = execution.history;
  const ordered = body.reverseOrder === true ? [...events].reverse() : events;
  const { items, nextToken } = pageOf(ordered, ({ id }) => String(id), body);
  return { events: items.map((event) => describeEvent(event, body.includeExecutionData !== false)), nextToken };
};

/** StopExecution. */
export const stopExecution: Action = (engine, body) => {
  const execution = findExecution(engine, body);
  const error = optionalText(body, 'error');
  const cause = optionalText(body, 'cause');
  stop(engine, execution, { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) });
  return { stopDate: seconds(execution.stopMs) };
};

/** RedriveExecution: goes on at the state that did not succeed, with the definition the execution started with. */
export const redriveExecution: Action = async (engine, body) => {
  const execution = findExecution(engine, body);
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(execution);
  if (redriveStatus !== 'REDRIVABLE')
    throw apiError('ExecutionNotRedrivable', redriveStatusReason ?? 'Execution cannot be redriven');
  if (engine.clock.now() - execution.stopMs! > REDRIVE_MS) {
    throw apiError('ExecutionNotRedrivable', 'Execution has exceeded the redrivable period');
  }
  const { stopMs } = execution;
  // After StopExecution the last attempt may still be writing its Map Run's results.
  await execution.ended;
  if (execution.stopMs === stopMs && execution.status !== 'RUNNING') relaunch(engine, execution);
  return { redriveDate: seconds(execution.redriveMs) };
};
