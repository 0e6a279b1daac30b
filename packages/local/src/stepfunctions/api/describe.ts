import type { Execution } from '../engine/execution.ts';
import { redriveStatusOf } from '../engine/redrive-status.ts';
import type { StateMachine } from '../engine/registry.ts';
import { countChildren, type MapRun } from '../map-run/map-run.ts';

/** Times are seconds since the epoch in AWS JSON 1.0. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

/** DescribeExecution. */
export function describeExecution(execution: Execution): Record<string, unknown> {
  const { output, parent } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startMs),
    stopDate: seconds(execution.stopMs),
    input: execution.input.text,
    inputDetails: { included: true },
    ...(output && { output: output.text, outputDetails: { included: true } }),
    ...(parent && { mapRunArn: parent.mapRun.arn }),
    error: execution.error,
    cause: execution.cause,
    redriveCount: execution.redriveCount,
    redriveDate: seconds(execution.redriveMs),
    ...redriveStatusOf(execution),
  };
}

/** An entry of ListExecutions. */
export function listedExecution(execution: Execution): Record<string, unknown> {
  const { parent } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startMs),
    stopDate: seconds(execution.stopMs),
    ...(parent && { mapRunArn: parent.mapRun.arn, itemCount: parent.itemCount }),
    redriveCount: execution.redriveCount,
    redriveDate: seconds(execution.redriveMs),
  };
}

/** DescribeStateMachine. */
export function describeMachine(machine: StateMachine): Record<string, unknown> {
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: 'ACTIVE',
    definition: machine.definitionText,
    roleArn: machine.roleArn,
    type: 'STANDARD',
    creationDate: seconds(machine.createdMs),
    loggingConfiguration: machine.loggingConfiguration ?? { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: machine.tracingConfiguration ?? { enabled: false },
    revisionId: machine.revisionId,
  };
}

/** DescribeMapRun. */
export function describeMapRun(mapRun: MapRun): Record<string, unknown> {
  return {
    mapRunArn: mapRun.arn,
    executionArn: mapRun.parent.arn,
    status: mapRun.status,
    startDate: seconds(mapRun.startMs),
    stopDate: seconds(mapRun.stopMs),
    maxConcurrency: mapRun.maxConcurrency,
    toleratedFailurePercentage: mapRun.toleratedFailurePercentage,
    toleratedFailureCount: mapRun.toleratedFailureCount,
    itemCounts: countChildren(mapRun, 'items'),
    executionCounts: countChildren(mapRun, 'children'),
    redriveCount: mapRun.redriveCount,
    redriveDate: seconds(mapRun.redriveMs),
  };
}

/** An entry of ListMapRuns. */
export function listedMapRun(mapRun: MapRun): Record<string, unknown> {
  return {
    executionArn: mapRun.parent.arn,
    mapRunArn: mapRun.arn,
    stateMachineArn: mapRun.childMachineArn,
    startDate: seconds(mapRun.startMs),
    stopDate: seconds(mapRun.stopMs),
  };
}
