import { readArguments } from '../arguments.ts';
import { executionArnOf } from '../execution-arn.ts';
import { UsageError } from '../exit-codes.ts';
import { handLetters } from './hand-letters.ts';
import { moveLetters } from './move-letters.ts';
import { redriveBatch } from './redrive-batch.ts';

const kinds = { 'state-machine': 'text', to: 'text', function: 'text', help: 'flag' } as const;

/** `pipeline redrive`. */
export const redriveCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline redrive');
  const { to, function: functionName, 'state-machine': stateMachine } = options;
  const [asked, ...more] = positionals;
  if (asked === undefined || more.length > 0)
    throw new UsageError(
      'what? the ARN of an execution, the id of a batch with --state-machine, or the URL of dead letters',
    );
  if (!/^https?:/.test(asked)) {
    if (to !== undefined || functionName !== undefined)
      throw new UsageError('--to and --function go with dead letters');
    return redriveBatch(executionArnOf(asked, stateMachine));
  }
  if (stateMachine !== undefined) throw new UsageError('--state-machine goes with a batch');
  if (functionName === undefined) return moveLetters(asked, to);
  if (to !== undefined) throw new UsageError('dead letters go --to a queue or to a --function');
  return handLetters(asked, functionName);
};
