import type { Engine } from '../engine/engine.ts';
import * as executions from './execution-actions.ts';
import * as mapRuns from './map-run-actions.ts';
import * as machines from './state-machine-actions.ts';
import * as tokens from './task-token-actions.ts';

/** One action of the API: the request's members in, the answer's members out; undefined members are left out. */
export type Action = (
  engine: Engine,
  body: Readonly<Record<string, unknown>>,
) => Record<string, unknown> | Promise<Record<string, unknown>>;

/** The actions this stand-in has. */
export const actions: Readonly<Record<string, Action>> = {
  CreateStateMachine: machines.createStateMachine,
  UpdateStateMachine: machines.updateStateMachine,
  DeleteStateMachine: machines.deleteStateMachine,
  DescribeStateMachine: machines.describeStateMachine,
  DescribeStateMachineForExecution: machines.describeStateMachineForExecution,
  ListStateMachines: machines.listStateMachines,
  ListTagsForResource: machines.listTagsForResource,
  ValidateStateMachineDefinition: machines.validateStateMachineDefinition,
  StartExecution: executions.startExecution,
  DescribeExecution: executions.describeExecution,
  ListExecutions: executions.listExecutions,
  GetExecutionHistory: executions.getExecutionHistory,
  StopExecution: executions.stopExecution,
  RedriveExecution: executions.redriveExecution,
  DescribeMapRun: mapRuns.describeMapRun,
  ListMapRuns: mapRuns.listMapRuns,
  UpdateMapRun: mapRuns.updateMapRun,
  SendTaskSuccess: tokens.sendTaskSuccess,
  SendTaskFailure: tokens.sendTaskFailure,
  SendTaskHeartbeat: tokens.sendTaskHeartbeat,
};
