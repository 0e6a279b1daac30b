import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { errorCodes, type RunContext } from '@pipeline/core';
import { inTime } from './in-time.ts';
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

/** Errors whose text AWS wrote. That of `Lambda.Unknown` quotes what the function answered. */
const byAws = /^(States\.|Sandbox\.|Runtime\.(ExitError|OutOfMemory)$|Lambda\.(?!Unknown$))/;

/**
 * Messages of ours begin with their code and never hold row content. The text of anybody else's error may hold anything:
 * it stays with the execution.
 */
export const describeError = (name: string, text: string): Pick<Failure, 'error' | 'code' | 'message'> => {
  const [, code = '', message = ''] = /^([A-Z][A-Z_]+): (.*)$/s.exec(text) ?? [];
  if ((errorCodes as readonly string[]).includes(code)) return { error: name, code, message: message.slice(0, 500) };
  const told = byAws.test(name)
    ? text.slice(0, 500)
    : 'the text of this error is where it happened, in its log or history';
  return { error: name, code: name, message: told };
};

/** What a state machine knows of an error: its name, and a cause that is a Lambda error or anything else. */
const describe = (error: string | undefined, cause: string | undefined) => {
  const { errorType, errorMessage = '' } = readCause(cause);
  return describeError(errorType ?? error ?? 'Unknown', errorMessage);
};

const outOfTime = { error: 'TIMED_OUT', code: 'TIMED_OUT', message: 'the execution took longer than its limit' };

/** Whoever stops an execution may say why. */
const stopped = (why: string | undefined) => ({
  error: 'ABORTED',
  code: 'ABORTED',
  message: why === undefined || why === '' ? 'the execution was stopped' : why.slice(0, 500),
});

/**
 * Finds out why an execution did not succeed. A failed Distributed Map says only that its tolerance was exceeded; the
 * reason is then that of its first failed child.
 *
 * @throws what the SDK throws, when the execution cannot be described
 * @example
 * const { failure } = await findFailure(new SFNClient(), executionArn, createRunContext());
 * console.log(failure.code, failure.message);
 */
export const findFailure = async (
  sfn: SFNClient,
  executionArn: string,
  run: RunContext,
): Promise<{ readonly failure: Failure; readonly input: string | undefined; readonly redriveCount: number }> => {
  const describeExecution = (arn: string) =>
    inTime(run, (abort) => sfn.send(new DescribeExecutionCommand({ executionArn: arn }), abort));
  const execution = await describeExecution(executionArn);
  const status = execution.status === 'TIMED_OUT' || execution.status === 'ABORTED' ? execution.status : 'FAILED';
  let reason = describe(execution.error, execution.cause);
  if (reason.error === 'States.ExceedToleratedFailureThreshold') {
    const childArn = await firstFailedChild(sfn, executionArn, run);
    if (childArn !== undefined) {
      const child = await describeExecution(childArn);
      reason = describe(child.error, child.cause);
    }
  }
  const ended = { FAILED: reason, TIMED_OUT: outOfTime, ABORTED: stopped(execution.cause) }[status];
  return {
    failure: { status, executionArn, ...ended },
    input: execution.input,
    redriveCount: execution.redriveCount ?? 0,
  };
};

/** An execution may have several maps, of scan tasks and of chunks, for a second time too; all but one of them are done. */
const firstFailedChild = async (sfn: SFNClient, executionArn: string, run: RunContext): Promise<string | undefined> => {
  const { mapRuns = [] } = await inTime(run, (abort) => sfn.send(new ListMapRunsCommand({ executionArn }), abort));
  for (const { mapRunArn } of mapRuns) {
    const failed = new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: 1 });
    const { executions = [] } = await inTime(run, (abort) => sfn.send(failed, abort));
    if (executions[0]?.executionArn !== undefined) return executions[0].executionArn;
  }
  return undefined;
};
