import { PipelineConfigError } from '@pipeline/core';
import { Token, Tokenization } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { executionArns, machineArn } from './batch-machine.ts';
import { objectStatements } from './permissions.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import type { Places } from './places.ts';

/** So many batches at once, and what the intake has to reach for it. */
export interface BatchGateProps {
  /** From 1 to 1,000. A number of a parameter will do. */
  readonly maxBatches: number;
  /** Its handler is made with `gate` and `later`; it is told `MAX_BATCHES` and `UPLOADS_QUEUE_URL`. */
  readonly intake: PipelineFunction;
  /** The slots lie in the work location, below `gate/`. */
  readonly places: Places;
  /** Encrypts their bucket. @default none */
  readonly key?: IKey | undefined;
  /** Name of the state machine that runs batches. */
  readonly machineName: string;
  /** Where uploads wait. */
  readonly uploads: IQueue;
}

/**
 * Lets an intake keep a gate in front of the state machine: slots in an object, executions that are asked whether they have ended,
 * uploads that are sent to their queue again.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * allowGate(this, { maxBatches: 20, intake, places, machineName, uploads: trigger.queue });
 */
export const allowGate = (
  scope: Construct,
  { maxBatches, intake, places, key, machineName, uploads }: BatchGateProps,
): void => {
  if (!Token.isUnresolved(maxBatches) && !(Number.isSafeInteger(maxBatches) && maxBatches >= 1 && maxBatches <= 1000))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'maxBatches',
      expected: 'a whole number from 1 to 1000',
      got: String(maxBatches),
    });
  const { bucket, prefix } = places.work;
  const slots: Places = { ...places, work: { bucket, prefix: `${prefix}gate/` } };
  for (const statement of objectStatements({ work: ['readPinned', 'write'] }, slots, key)) intake.allow(statement);
  intake.allow({ actions: ['states:ListExecutions'], resources: [machineArn(scope, machineName)] });
  intake.allow({ actions: ['states:DescribeExecution'], resources: [executionArns(scope, machineName, ':*')] });
  intake.allow({ actions: ['sqs:SendMessage'], resources: [uploads.queueArn] });
  intake.function.addEnvironment('MAX_BATCHES', textOf(maxBatches));
  intake.function.addEnvironment('UPLOADS_QUEUE_URL', uploads.queueUrl);
};

/** A number, or that of a parameter, as text. */
const textOf = (value: number): string =>
  Token.isUnresolved(value) ? Token.asString(Tokenization.reverseNumber(value)) : String(value);
