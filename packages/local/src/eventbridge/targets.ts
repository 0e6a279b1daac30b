import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  GetQueueUrlCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Clients of the services that targets are of; asked for with each delivery, since they may be known later. */
export interface TargetClients {
  readonly sqs?: () => SQSClient;
  readonly lambda?: () => LambdaClient;
  readonly sfn?: () => SFNClient;
}

/** Gives a target its input; fails with the error of the target's service. */
export type Deliver = (arn: string, input: string, signal: AbortSignal) => Promise<void>;

const resourceOf = (arn: string): string => arn.split(':').slice(5).join(':');

/** Sends to a queue by its ARN. */
export const sendToQueue = async (
  client: SQSClient,
  arn: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> => {
  const options = signal === undefined ? {} : { abortSignal: signal };
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: resourceOf(arn) }), options);
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]): [string, MessageAttributeValue] => [
      name,
      { DataType: 'String', StringValue },
    ]),
  );
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }), options);
};

/** How the targets of each service are given their input. */
export const standardTargets = ({ sqs, lambda, sfn }: TargetClients): Readonly<Record<string, Deliver>> => ({
  ...(sqs === undefined
    ? {}
    : { sqs: (arn: string, input: string, signal: AbortSignal) => sendToQueue(sqs(), arn, input, {}, signal) }),
  ...(lambda === undefined
    ? {}
    : {
        async lambda(arn: string, input: string, abortSignal: AbortSignal) {
          // Asynchronous: what the function then does with it is between Lambda and the function.
          const call = { FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(input) } as const;
          await lambda().send(new InvokeCommand(call), { abortSignal });
        },
      }),
  ...(sfn === undefined
    ? {}
    : {
        async states(stateMachineArn: string, input: string, abortSignal: AbortSignal) {
          await sfn().send(new StartExecutionCommand({ stateMachineArn, input }), { abortSignal });
        },
      }),
});
