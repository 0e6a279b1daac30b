import type { JsonObject } from '../data/json.ts';
import { printTimestamp } from '../data/timestamp.ts';
import type { Execution } from '../engine/execution.ts';
import { redriveStatusOf } from '../engine/redrive-status.ts';

/** A child execution as Step Functions writes it into result files and state outputs (Transformation NONE). */
export function describeChild(child: Execution): JsonObject {
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(child);
  return {
    ...(child.cause !== undefined && { Cause: child.cause }),
    ...(child.error !== undefined && { Error: child.error }),
    ExecutionArn: child.arn,
    Input: child.input.text,
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output && { Output: child.output.text, OutputDetails: { Included: true } }),
    RedriveCount: child.redriveCount,
    RedriveStatus: redriveStatus,
    ...(redriveStatusReason !== undefined && { RedriveStatusReason: redriveStatusReason }),
    StartDate: printTimestamp(child.startMs),
    StateMachineArn: child.machine.arn,
    Status: child.status,
    ...(child.stopMs !== undefined && { StopDate: printTimestamp(child.stopMs) }),
  };
}
