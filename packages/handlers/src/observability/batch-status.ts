import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { RunContext } from '@pipeline/core';

/** How far a Distributed Map is. */
export interface MapProgress {
  /** `chunks`, or `scans` of a very large upload. */
  readonly label: string;
  readonly status: string;
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** How far an execution is. */
export interface BatchStatus {
  readonly executionArn: string;
  readonly batchId: string | null;
  /** `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING_REDRIVE`. */
  readonly status: string;
  /** ISO 8601; `null` where it is not known. */
  readonly startedAt: string | null;
  /** ISO 8601; `null` while it runs. */
  readonly stoppedAt: string | null;
  readonly redrives: number;
  /** Name of the error of an execution that failed; its text may hold anything and stays with the execution. */
  readonly error: string | null;
  /** Newest first; empty until chunks are processed. */
  readonly maps: readonly MapProgress[];
}

/**
 * How far a batch is, from what Step Functions knows: nothing of ours has to run for it.
 *
 * @throws what the SDK throws, such as `ExecutionDoesNotExist`
 * @example
 * const { status, maps } = await batchStatus(new SFNClient(), executionArn, createRunContext());
 * console.log(status, maps[0]?.succeeded, 'of', maps[0]?.total);
 */
export const batchStatus = async (sfn: SFNClient, executionArn: string, run: RunContext): Promise<BatchStatus> => {
  const abort = { abortSignal: run.signal };
  const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }), abort);
  const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }), abort);
  const maps: MapProgress[] = [];
  for (const { mapRunArn } of mapRuns) {
    const { status = '', itemCounts: { total = 0, pending = 0, running = 0, succeeded = 0, failed = 0 } = {} } =
      await sfn.send(new DescribeMapRunCommand({ mapRunArn }), abort);
    maps.push({ label: labelOf(mapRunArn), status, total, pending, running, succeeded, failed });
  }
  return {
    executionArn,
    batchId: batchIdOf(execution.input),
    status: execution.status ?? '',
    startedAt: execution.startDate?.toISOString() ?? null,
    stoppedAt: execution.stopDate?.toISOString() ?? null,
    redrives: execution.redriveCount ?? 0,
    error: execution.error ?? null,
    maps,
  };
};

/** `…:mapRun:<state machine>/<label>:<id>` */
const labelOf = (arn: string | undefined): string => /\/([^/:]+):[^:]+$/.exec(arn ?? '')?.[1] ?? '';

const batchIdOf = (input: string | undefined): string | null => {
  try {
    const { batchId } = JSON.parse(input ?? '{}') as { batchId?: unknown };
    return typeof batchId === 'string' ? batchId : null;
  } catch {
    return null;
  }
};
