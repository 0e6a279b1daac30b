import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { RunContext } from '@pipeline/core';
import type { Failure } from './mail/failure-mail.ts';

interface LambdaCause {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** A Lambda error's cause is JSON; any other is text. */
const readCause = (cause: string | undefined): LambdaCause => {
  try {
    const parsed: unknown = JSON.parse(cause ?? '');
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return { ...(cause === undefined ? {} : { errorMessage: cause }) };
  }
};

/** Messages of ours begin with their code. Text of others may hold anything, so only its beginning is passed on. */
const describe = (
  error: string | undefined,
  cause: string | undefined,
): Pick<Failure, 'error' | 'code' | 'message'> => {
  const { errorType, errorMessage = '' } = readCause(cause);
  const [, code, message] = /^([A-Z][A-Z_]+): (.*)$/s.exec(errorMessage) ?? [];
  const name = errorType ?? error ?? 'Unknown';
  return { error: name, code: code ?? name, message: (message ?? errorMessage).slice(0, 500) };
};

const outOfTime = { error: 'TIMED_OUT', code: 'TIMED_OUT', message: 'the execution took longer than its limit' };

/** Whoever stops an execution may say why. */
const stopped = ({ message }: Pick<Failure, 'message'>) => ({
  error: 'ABORTED',
  code: 'ABORTED',
  message: message === '' ? 'the execution was stopped' : message,
});

/**
 * Finds out why an execution did not succeed. A failed Distributed Map says only that its tolerance was exceeded; the
 * reason is then that of its first failed child.
 */
export const findFailure = async (
  sfn: SFNClient,
  executionArn: string,
  run: RunContext,
): Promise<{ readonly failure: Failure; readonly input: string | undefined; readonly redriveCount: number }> => {
  const abort = { abortSignal: run.signal };
  const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }), abort);
  const status = execution.status === 'TIMED_OUT' || execution.status === 'ABORTED' ? execution.status : 'FAILED';
  let reason = describe(execution.error, execution.cause);
  if (reason.error === 'States.ExceedToleratedFailureThreshold') {
    const runs = await sfn.send(new ListMapRunsCommand({ executionArn }), abort);
    const mapRunArn = runs.mapRuns?.[0]?.mapRunArn;
    const failed =
      mapRunArn === undefined
        ? undefined
        : await sfn.send(new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: 1 }), abort);
    const childArn = failed?.executions?.[0]?.executionArn;
    if (childArn !== undefined) {
      const child = await sfn.send(new DescribeExecutionCommand({ executionArn: childArn }), abort);
      reason = describe(child.error, child.cause);
    }
  }
  const ended = { FAILED: reason, TIMED_OUT: outOfTime, ABORTED: stopped(reason) }[status];
  return {
    failure: { status, executionArn, ...ended },
    input: execution.input,
    redriveCount: execution.redriveCount ?? 0,
  };
};
