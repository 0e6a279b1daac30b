import { randomUUID } from 'node:crypto';
import type { Engine } from './engine.ts';
import type { Execution } from './execution.ts';
import { redriveStatusOf } from './redrive-status.ts';

/**
 * The EventBridge event "Step Functions Execution Status Change".
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export interface ExecutionStatusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Step Functions Execution Status Change';
  readonly source: 'aws.states';
  readonly account: string;
  /** ISO 8601, to the second. */
  readonly time: string;
  readonly region: string;
  /** ARN of the execution. */
  readonly resources: readonly string[];
  /** The execution as `DescribeExecution` tells it, times in milliseconds since the epoch. */
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly name: string;
    readonly status: string;
    /** Milliseconds since the epoch. */
    readonly startDate: number;
    /** Milliseconds since the epoch. */
    readonly stopDate: number | null;
    readonly input: string;
    readonly output: string | null;
    readonly stateMachineVersionArn: null;
    readonly stateMachineAliasArn: null;
    readonly redriveCount: number;
    readonly redriveDate: number | null;
    readonly redriveStatus: string;
    readonly redriveStatusReason: string | null;
    readonly inputDetails: { readonly included: boolean };
    readonly outputDetails: { readonly included: boolean } | null;
    readonly error: string | null;
    readonly cause: string | null;
  };
}

/** Tells the listener that a top-level execution's status changed; Map Run children are not announced. */
export function announce(engine: Engine, execution: Execution): void {
  if (execution.parent) return;
  const redrive = redriveStatusOf(execution);
  const event: ExecutionStatusEvent = {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: engine.accountId,
    time: `${new Date(engine.clock.now()).toISOString().slice(0, 19)}Z`,
    region: engine.region,
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machine.arn,
      name: execution.name,
      status: execution.status,
      startDate: execution.startMs,
      stopDate: execution.stopMs ?? null,
      input: execution.input.text,
      output: execution.output?.text ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: execution.redriveCount,
      redriveDate: execution.redriveMs ?? null,
      redriveStatus: redrive.redriveStatus,
      redriveStatusReason: redrive.redriveStatusReason ?? null,
      inputDetails: { included: true },
      outputDetails: execution.output ? { included: true } : null,
      error: execution.error ?? null,
      cause: execution.cause ?? null,
    },
  };
  try {
    engine.onStatusChange(event);
  } catch (error) {
    // A listener's fault must not become the execution's; it surfaces as what it is.
    queueMicrotask(() => {
      throw error;
    });
  }
}
