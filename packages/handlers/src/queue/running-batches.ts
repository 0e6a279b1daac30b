import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { RunContext } from '@pipeline/core';
import type { GateSlot } from './gate-slots.ts';

/** Pages of up to 1,000 executions that are listed; what lies beyond is asked for one by one. */
const mostPages = 3;

/** Asked too often just now: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const isThrottled = (error: unknown): boolean => (error as Error).name === 'ThrottlingException';

/**
 * Names of the executions that run, by a call for up to 1,000 of them; an execution has the name of its batch.
 *
 * @returns `undefined` when Step Functions was asked too often
 * @example
 * const running = await runningBatches(new SFNClient(), stateMachineArn, run);
 */
export const runningBatches = async (
  sfn: SFNClient,
  stateMachineArn: string,
  { signal }: RunContext,
): Promise<ReadonlySet<string> | undefined> => {
  const names = new Set<string>();
  let nextToken: string | undefined;
  try {
    for (let page = 0; page < mostPages; page++) {
      const command = new ListExecutionsCommand({
        stateMachineArn,
        statusFilter: 'RUNNING',
        maxResults: 1000,
        nextToken,
      });
      const found = await sfn.send(command, { abortSignal: signal });
      for (const { name } of found.executions ?? []) names.add(name ?? '');
      nextToken = found.nextToken;
      if (nextToken === undefined) break;
    }
    return names;
  } catch (error) {
    if (isThrottled(error)) return undefined;
    throw error;
  }
};

/**
 * Whether a batch has ended. One that was let in and not started yet is given time to be; one that cannot be asked just now
 * counts as running.
 *
 * @param claimMs - age from which a batch that was never started counts as ended
 * @example
 * const ended = await hasEnded(sfn, stateMachineArn, slot, { run, claimMs: 900_000 });
 */
export const hasEnded = async (
  sfn: SFNClient,
  stateMachineArn: string,
  { batchId, claimedAt }: GateSlot,
  { run, claimMs }: { readonly run: RunContext; readonly claimMs: number },
): Promise<boolean> => {
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${batchId}`;
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: run.signal });
    return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
  } catch (error) {
    if (isThrottled(error)) return false;
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
    return run.clock.now() - claimedAt > claimMs;
  }
};
