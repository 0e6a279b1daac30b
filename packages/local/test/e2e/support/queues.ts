import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { LocalStack } from '@pipeline/local';
import { eventually } from './test-stack.ts';

type Queues = Pick<LocalStack, 'clients' | 'queueUrl'>;

/** Takes all messages that a queue has now. */
export const drain = async ({ clients, queueUrl }: Queues, name: string): Promise<readonly Message[]> => {
  const QueueUrl = queueUrl(name);
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return all;
    all.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
};

/** Waits until a queue has had so many messages, and takes them. */
export const takeFrom = async (queues: Queues, name: string, count: number): Promise<readonly Message[]> => {
  const taken: Message[] = [];
  return eventually(async () => {
    taken.push(...(await drain(queues, name)));
    return taken.length >= count ? taken : undefined;
  }, `message ${count} of ${name}`);
};
