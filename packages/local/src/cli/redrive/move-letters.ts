import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { BatchFailedError, exitCodes, UsageError } from '../exit-codes.ts';
import { formatCount } from '../progress/text.ts';

const everyMs = 500;

/** Sends dead letters back to a queue, by default the one whose dead letters they are, and waits until they are there. */
export const moveLetters = async (letters: string, to: string | undefined): Promise<number> => {
  const sqs = new SQSClient();
  try {
    const SourceArn = await arnOf(sqs, letters);
    // Named in any case: what EventBridge or SNS could not deliver came from no queue, and would not be moved.
    const DestinationArn = await arnOf(sqs, await targetOf(sqs, letters, to));
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    const moved = await allMoved(sqs, SourceArn);
    process.stdout.write(`${formatCount(moved)} went back to ${DestinationArn}\n`);
    return exitCodes.done;
  } finally {
    sqs.destroy();
  }
};

const arnOf = async (sqs: SQSClient, QueueUrl: string): Promise<string> => {
  try {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    return (await sqs.send(command)).Attributes?.QueueArn ?? '';
  } catch (error) {
    if ((error as Error).name === 'QueueDoesNotExist') throw new UsageError(`there is no queue ${QueueUrl}`);
    throw error;
  }
};

/** SQS moves letters out of those queues alone that have the dead letters of another. */
const targetOf = async (sqs: SQSClient, QueueUrl: string, to: string | undefined): Promise<string> => {
  const { queueUrls = [] } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
  const [source, ...others] = queueUrls;
  if (source === undefined)
    throw new UsageError(`${QueueUrl} has the dead letters of no queue: say to which --function they go`);
  if (to === undefined && others.length > 0)
    throw new UsageError(`${QueueUrl} has the dead letters of several queues: say --to which they go`);
  return to ?? source;
};

const allMoved = async (sqs: SQSClient, SourceArn: string): Promise<number> => {
  for (;;) {
    const { Results: [task] = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }));
    if (task?.Status === 'COMPLETED') return task.ApproximateNumberOfMessagesMoved ?? 0;
    if (task?.Status !== 'RUNNING') throw new BatchFailedError(task?.FailureReason ?? `the move was ${task?.Status}`);
    await sleep(everyMs);
  }
};
