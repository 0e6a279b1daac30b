import { UsageError } from './exit-codes.ts';

/** The ARN of an execution, which has the name of its batch. */
export const executionArnOf = (asked: string, stateMachine: string | undefined): string => {
  if (asked.startsWith('arn:')) return asked;
  if (stateMachine === undefined) throw new UsageError('--state-machine is missing: the ARN of the state machine');
  if (!stateMachine.includes(':stateMachine:'))
    throw new UsageError(`--state-machine ${stateMachine} is no ARN of a state machine`);
  return `${stateMachine.replace(':stateMachine:', ':execution:')}:${asked}`;
};

/** Step Functions knows no such execution. */
export const isUnknownExecution = (error: unknown): boolean =>
  ['ExecutionDoesNotExist', 'InvalidArn'].includes((error as Error).name);
