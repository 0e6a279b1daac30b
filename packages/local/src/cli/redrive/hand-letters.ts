import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchFailedError, exitCodes } from '../exit-codes.ts';
import { formatCount } from '../progress/text.ts';

/** Longest that a look at all letters takes, in seconds: so long none of them is seen twice. */
const hiddenSeconds = 300;

/** Gives dead letters to a function, as the events that they are, and removes those that Lambda took. */
export const handLetters = async (QueueUrl: string, FunctionName: string): Promise<number> => {
  const [sqs, lambda] = [new SQSClient(), new LambdaClient()];
  let [handed, left] = [0, 0];
  try {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: hiddenSeconds },
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) break;
      for (const message of Messages) {
        if (!isFor(message, FunctionName)) {
          left++;
          continue;
        }
        await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: message.Body ?? '' }));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
        handed++;
      }
    }
  } finally {
    sqs.destroy();
    lambda.destroy();
  }
  process.stdout.write(`${formatCount(handed)} went to ${FunctionName}\n`);
  if (left > 0) throw new BatchFailedError(`${formatCount(left)} are meant for something else, and stay`);
  return exitCodes.done;
};

/**
 * What EventBridge could not deliver says to which target:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html. What SNS could not deliver is its envelope.
 */
const isFor = ({ Body = '', MessageAttributes }: Message, functionName: string): boolean => {
  const target = MessageAttributes?.TARGET_ARN?.StringValue;
  if (target !== undefined) return target === functionName || target.endsWith(`:function:${functionName}`);
  return !isNotification(Body);
};

const isNotification = (body: string): boolean => {
  try {
    return (JSON.parse(body) as { Type?: unknown } | null)?.Type === 'Notification';
  } catch {
    return true; // no event at all
  }
};
