import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { DeadLetter } from '@pipeline/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redrive, startTestSqs, type TestSqs } from './helpers.ts';

let sqs: TestSqs;
let letters: DeadLetter[];
beforeEach(async () => {
  letters = [];
  sqs = await startTestSqs({ onDeadLetter: (letter) => letters.push(letter) });
});
afterEach(() => sqs.close());

const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
  sqs.client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (QueueUrl: string, more: object = {}): Promise<readonly Message[]> =>
  (
    await sqs.client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], ...more }),
    )
  ).Messages ?? [];
const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

/** Waits until a receive has begun to wait. */
const waiting = async (): Promise<void> => {
  while (sqs.clock.slept.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('messages', () => {
  it('are hidden while they are worked on, and come again with another handle and a higher count', async () => {
    const url = await sqs.make('work', { VisibilityTimeout: '10' });
    await send(url, 'a');
    const [first] = await receive(url);
    expect(await receive(url)).toEqual([]);
    expect(await sqs.counts(url)).toEqual([0, 0, 1]);
    sqs.clock.advance(10_000);
    const [second] = await receive(url);
    expect(second!.Attributes).toMatchObject({ ApproximateReceiveCount: '2' });
    expect(second!.Attributes!.ApproximateFirstReceiveTimestamp).toBe(
      first!.Attributes!.ApproximateFirstReceiveTimestamp,
    );
    await sqs.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first!.ReceiptHandle }));
    expect(await sqs.counts(url)).toEqual([0, 0, 1]); // the first handle no longer counts
    await sqs.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: second!.ReceiptHandle }));
    expect(await sqs.counts(url)).toEqual([0, 0, 0]);
  });

  it('are shown sooner or later when their receiver says so', async () => {
    const url = await sqs.make('work', { VisibilityTimeout: '10' });
    await send(url, 'a');
    const [{ ReceiptHandle } = {}] = await receive(url);
    const change = (VisibilityTimeout: number) =>
      sqs.client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }));
    await change(100);
    sqs.clock.advance(99_000);
    expect(await receive(url)).toEqual([]);
    await change(0);
    expect(bodies(await receive(url))).toEqual(['a']);
    await expect(change(0)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('wait for their delay, their own or the queue’s', async () => {
    const url = await sqs.make('slow', { DelaySeconds: '5' });
    await send(url, 'by the queue');
    await send(url, 'by itself', { DelaySeconds: 60 });
    await send(url, 'at once', { DelaySeconds: 0 });
    expect(await sqs.counts(url)).toEqual([1, 2, 0]);
    expect(bodies(await receive(url))).toEqual(['at once']);
    sqs.clock.advance(5000);
    expect(bodies(await receive(url))).toEqual(['by the queue']);
    sqs.clock.advance(55_000);
    expect(bodies(await receive(url))).toContain('by itself');
  });

  it('are forgotten after the retention period', async () => {
    const url = await sqs.make('short', { MessageRetentionPeriod: '60' });
    await send(url, 'a');
    sqs.clock.advance(61_000);
    expect(await receive(url)).toEqual([]);
    expect(await sqs.counts(url)).toEqual([0, 0, 0]);
  });
});

describe('a long poll', () => {
  it('ends with the message that is sent meanwhile', async () => {
    const url = await sqs.make('work');
    const polled = receive(url, { WaitTimeSeconds: 20 });
    await waiting();
    await send(url, 'a');
    expect(bodies(await polled)).toEqual(['a']);
  });

  it('ends when a message can be seen again, or when its time is over', async () => {
    const url = await sqs.make('work', { VisibilityTimeout: '3', ReceiveMessageWaitTimeSeconds: '10' });
    await send(url, 'a');
    await receive(url);
    const again = receive(url);
    await waiting();
    sqs.clock.advance(3000);
    expect(bodies(await again)).toEqual(['a']);
    const nothing = receive(url, { WaitTimeSeconds: 1 });
    while (sqs.clock.slept.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    sqs.clock.advance(1000);
    expect(await nothing).toEqual([]);
  });

  it('that hung up takes no message with it', async () => {
    const url = await sqs.make('work');
    const gone = new AbortController();
    const polled = sqs.client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
      abortSignal: gone.signal,
    });
    await waiting();
    gone.abort();
    await expect(polled).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await send(url, 'a');
    expect(await sqs.counts(url)).toEqual([1, 0, 0]);
  });
});

describe('dead letters', () => {
  const poisoned = async (): Promise<{ readonly url: string; readonly dead: string }> => {
    const dead = await sqs.make('dead');
    const url = await sqs.make('work', { VisibilityTimeout: '0', ...redrive(sqs, 'dead', 3) });
    await send(url, 'poison');
    for (const count of ['1', '2', '3'])
      expect((await receive(url))[0]?.Attributes?.ApproximateReceiveCount).toBe(count);
    expect(await receive(url)).toEqual([]);
    return { url, dead };
  };

  it('are messages that were received as often as the policy lets them be', async () => {
    const { dead } = await poisoned();
    expect(letters).toMatchObject([{ from: 'work', to: 'dead', body: 'poison' }]);
    expect(bodies(await receive(dead))).toEqual(['poison']);
    const { queueUrls } = await sqs.client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(queueUrls).toEqual([sqs.queueUrl('work')]);
  });

  it('go back to where they came from as new messages', async () => {
    const { url, dead } = await poisoned();
    await sqs.client.send(new StartMessageMoveTaskCommand({ SourceArn: sqs.queueArn('dead') }));
    const { Results = [] } = await sqs.client.send(
      new ListMessageMoveTasksCommand({ SourceArn: sqs.queueArn('dead') }),
    );
    expect(Results).toMatchObject([
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1, ApproximateNumberOfMessagesToMove: 1 },
    ]);
    expect(await sqs.counts(dead)).toEqual([0, 0, 0]);
    const [message] = await receive(url);
    expect(message).toMatchObject({ Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } });
    expect(message!.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
  });

  it('go to the queue that is named, and stay when nobody knows where they came from', async () => {
    const { dead } = await poisoned();
    const other = await sqs.make('other');
    await send(dead, 'put there directly');
    await receive(dead, { MaxNumberOfMessages: 1, VisibilityTimeout: 1000 }); // hides the one whose origin is known
    const SourceArn = sqs.queueArn('dead');
    const latest = async () =>
      (await sqs.client.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results?.[0] ?? {};
    await sqs.client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    expect(await latest()).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
    await sqs.client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn: sqs.queueArn('other') }));
    expect(await latest()).toMatchObject({ Status: 'COMPLETED' });
    expect(bodies(await receive(other))).toEqual(['put there directly']);
  });
});

describe('the queue itself', () => {
  it('is listed, found by the end of its URL, and gone once deleted', async () => {
    const url = await sqs.make('orders-uploads');
    await sqs.make('orders-chunks');
    await sqs.make('other');
    const { QueueUrls } = await sqs.client.send(new ListQueuesCommand({ QueueNamePrefix: 'orders-' }));
    expect(QueueUrls).toEqual([sqs.queueUrl('orders-chunks'), url]);
    await send('https://sqs.us-east-1.amazonaws.com/123456789012/orders-uploads', 'a');
    expect(await sqs.counts(url)).toEqual([1, 0, 0]);
    await sqs.client.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(send(url, 'a')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('what it does not do it refuses by name', async () => {
    await expect(sqs.make('orders.fifo', { FifoQueue: 'true' })).rejects.toThrow('The local SQS has no FIFO queues');
    await expect(sqs.make('wrong', { VisibilityTimeout: '43201' })).rejects.toThrow('VisibilityTimeout');
    for (const policy of ['{', '{"maxReceiveCount":1}', '{"deadLetterTargetArn":"a","maxReceiveCount":"x"}'])
      await expect(sqs.make('wrong', { RedrivePolicy: policy })).rejects.toMatchObject({
        name: 'InvalidParameterValue',
      });
  });

  it('lets each message of a batch stand alone', async () => {
    const url = await sqs.make('work');
    const { Failed, Successful } = await sqs.client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'a', MessageBody: '' },
          { Id: 'b', MessageBody: 'b' },
        ],
      }),
    );
    expect([Failed?.map(({ Id, Code }) => [Id, Code]), Successful?.map(({ Id }) => Id)]).toEqual([
      [['a', 'MissingParameter']],
      ['b'],
    ]);
  });
});
