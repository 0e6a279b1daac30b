import { RedriveExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { isUnknownExecution } from '../execution-arn.ts';
import { BatchFailedError, exitCodes, UsageError } from '../exit-codes.ts';

/** Lets a failed batch go on where it stopped. */
export const redriveBatch = async (executionArn: string): Promise<number> => {
  const sfn = new SFNClient();
  try {
    await sfn.send(new RedriveExecutionCommand({ executionArn }));
    process.stdout.write(`${executionArn} goes on where it stopped\n`);
    return exitCodes.done;
  } catch (error) {
    if (isUnknownExecution(error)) throw new UsageError(`there is no execution ${executionArn}`);
    // It runs, it succeeded, or it ended more than 14 days ago: Step Functions says which.
    if ((error as Error).name === 'ExecutionNotRedrivable') throw new BatchFailedError((error as Error).message);
    throw error;
  } finally {
    sfn.destroy();
  }
};
