import { SFNClient } from '@aws-sdk/client-sfn';
import { createRunContext } from '@pipeline/core';
import { batchStatus } from '@pipeline/handlers';
import { readArguments } from '../arguments.ts';
import { executionArnOf, isUnknownExecution } from '../execution-arn.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { statusText } from './status-text.ts';
import { storedCommand } from './stored-command.ts';

const kinds = { 'state-machine': 'text', results: 'text', json: 'flag', help: 'flag' } as const;

/** `pipeline status`. */
export const statusCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline status');
  const [asked, ...more] = positionals;
  if (asked === undefined || more.length > 0)
    throw new UsageError('which batch? the ARN of its execution, its id with --state-machine, or its folder in S3');
  if (asked.startsWith('s3://')) return storedCommand(asked, options);
  if (options.results !== undefined) throw new UsageError('--results goes with the folder of a batch in S3');
  const executionArn = executionArnOf(asked, options['state-machine']);
  const sfn = new SFNClient();
  try {
    const status = await batchStatus(sfn, executionArn, createRunContext());
    process.stdout.write(options.json === true ? `${JSON.stringify(status, undefined, 2)}\n` : statusText(status));
    return ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status.status) ? exitCodes.batchFailed : exitCodes.done;
  } catch (error) {
    if (isUnknownExecution(error)) throw new UsageError(`there is no execution ${executionArn}`);
    throw error;
  } finally {
    sfn.destroy();
  }
};
