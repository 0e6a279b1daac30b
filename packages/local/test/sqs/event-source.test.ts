import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type EventSource, type EventSourceOptions, type SqsRecord, startEventSource } from '@pipeline/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redrive, startTestSqs, type TestSqs } from './helpers.ts';

type Invoke = EventSourceOptions['invoke'];

let sqs: TestSqs;
let sources: EventSource[];
beforeEach(async () => {
  sources = [];
  sqs = await startTestSqs();
});
afterEach(async () => {
  await Promise.all(sources.map((source) => source.close()));
  await sqs.close();
});

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let looks = 0; looks < 2000; looks++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('it did not happen');
};

const feed = async (queueUrl: string, invoke: Invoke, more: Partial<EventSourceOptions> = {}): Promise<void> => {
  const options = { client: sqs.client, queueUrl, invoke, functionName: 'worker', clock: sqs.clock, ...more };
  sources.push(await startEventSource(options));
};

/** Sends messages, up to ten in one call. */
const send = (QueueUrl: string, ...bodies: readonly string[]) =>
  sqs.client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
const recordsOf = (payload: string): readonly SqsRecord[] => (JSON.parse(payload) as { Records: SqsRecord[] }).Records;
const answer = (value: unknown) => ({ payload: JSON.stringify(value), logs: '', requestId: 'r' });
const bodiesOf = (payload: string) => recordsOf(payload).map(({ body }) => body);

describe('an event source', () => {
  it('calls the function with messages as Lambda writes them, and deletes what was done', async () => {
    const url = await sqs.make('work');
    const events: (readonly SqsRecord[])[] = [];
    await feed(url, async ({ payload, functionName }) => {
      expect(functionName).toBe('worker');
      events.push(recordsOf(payload));
      return answer(null);
    });
    await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: '{"foo":"bar"}',
        MessageAttributes: {
          Author: { DataType: 'String', StringValue: 'John Grisham' },
          Bytes: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
        },
      }),
    );
    await until(async () => (await sqs.counts(url)).every((count) => count === 0));
    // As recorded in localstack's test_message_body_and_attributes_passed_correctly.
    expect(events).toEqual([
      [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: '{"foo":"bar"}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.any(String),
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: expect.any(String),
          },
          messageAttributes: {
            Author: { stringValue: 'John Grisham', stringListValues: [], binaryListValues: [], dataType: 'String' },
            Bytes: { binaryValue: 'AP8=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: '9bb58f26192e4ba00f01e2e7b136bbd8',
          eventSource: 'aws:sqs',
          eventSourceARN: sqs.queueArn('work'),
          awsRegion: 'us-east-1',
        },
      ],
    ]);
  });

  it('lets those messages come again that the function names, and only those', async () => {
    const url = await sqs.make('work', { VisibilityTimeout: '30' });
    const seen: string[] = [];
    const failed: string[] = [];
    await feed(
      url,
      async ({ payload }) => {
        seen.push(...bodiesOf(payload));
        const again = recordsOf(payload).filter(
          ({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1',
        );
        return answer({ batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) });
      },
      { reportBatchItemFailures: true, onFailed: (records) => failed.push(...records.map(({ body }) => body)) },
    );
    await send(url, 'a', 'b', 'c');
    await until(async () => seen.length === 3 && (await sqs.counts(url))[2] === 1);
    expect(failed).toEqual(['b']);
    sqs.clock.advance(30_000);
    await until(() => seen.length === 4);
    expect([...seen].sort()).toEqual(['a', 'b', 'b', 'c']);
  });

  it.each([
    ['no failure in the answer', { batchItemFailures: [] }, 0],
    ['an answer without failures', {}, 0],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, 2],
    ['an unknown identifier', { batchItemFailures: [{ itemIdentifier: 'unknown' }] }, 2],
    ['a wrong key', { batchItemFailures: [{ foo: 'a' }] }, 2],
    ['null as identifier', { batchItemFailures: [{ itemIdentifier: null }] }, 2],
  ])('takes %s as Lambda does', async (_, value, again) => {
    // test_report_batch_item_failures_empty_json_batch_succeeds, …_invalid_result_json_batch_fails of localstack
    const url = await sqs.make('work');
    let calls = 0;
    await feed(
      url,
      async () => {
        calls += 1;
        return answer(value);
      },
      { reportBatchItemFailures: true },
    );
    await send(url, 'a', 'b');
    await until(async () => {
      const [visible, , hidden] = await sqs.counts(url);
      return calls > 0 && visible === 0 && hidden === again;
    });
  });

  it('fails all of an event whose function fails; what fails each time ends among the dead letters', async () => {
    const dead = await sqs.make('dead');
    const url = await sqs.make('work', redrive(sqs, 'dead', 2));
    const reasons: string[] = [];
    await feed(
      url,
      async ({ payload }) =>
        bodiesOf(payload).includes('poison')
          ? { ...answer({ errorMessage: 'no' }), functionError: 'Unhandled' }
          : answer(null),
      {
        batchSize: 1,
        onFailed: (records, reason) => {
          reasons.push(reason);
          sqs.release(
            'work',
            records.map(({ receiptHandle }) => receiptHandle),
            0,
          );
        },
      },
    );
    await send(url, 'good', 'poison', 'good');
    await until(async () => (await sqs.counts(dead))[0] === 1);
    expect(reasons).toEqual(['{"errorMessage":"no"}', '{"errorMessage":"no"}']);
    expect(await sqs.counts(url)).toEqual([0, 0, 0]);
  });

  it('has no more events at work than it may', async () => {
    const url = await sqs.make('work');
    let [now, most] = [0, 0];
    await feed(
      url,
      async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        return answer(null);
      },
      { batchSize: 1, maximumConcurrency: 3 },
    );
    for (let batch = 0; batch < 3; batch++) await send(url, ...Array.from({ length: 10 }, (_, index) => `${index}`));
    await until(async () => (await sqs.counts(url)).every((count) => count === 0));
    expect(most).toBe(3);
  });

  it('collects messages while the window is open, up to the size of a batch', async () => {
    const url = await sqs.make('work');
    const sizes: number[] = [];
    await feed(
      url,
      async ({ payload }) => {
        sizes.push(recordsOf(payload).length);
        return answer(null);
      },
      { batchSize: 15, windowSeconds: 5, maximumConcurrency: 2 },
    );
    const ten = Array.from({ length: 10 }, (_, index) => `${index}`);
    await send(url, ...ten);
    await send(url, ...ten);
    // Two pollers share what comes; when the window closes both give what they have.
    await until(async () => (await sqs.counts(url))[2] === 20 || sizes.length > 0);
    sqs.clock.advance(5000);
    await until(async () => (await sqs.counts(url)).every((count) => count === 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(15);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20);
  });

  it('goes on when the queue could not be read', async () => {
    const url = await sqs.make('work');
    const failures: Error[] = [];
    let fails = true;
    const client = new Proxy(sqs.client, {
      get: (target, key) =>
        key === 'send'
          ? (command: object, options: object) =>
              fails && command.constructor.name === 'ReceiveMessageCommand'
                ? Promise.reject(new Error('not now'))
                : target.send(command as never, options)
          : Reflect.get(target, key),
    });
    let calls = 0;
    await feed(
      url,
      async () => {
        calls += 1;
        return answer(null);
      },
      { client, onPollFailed: (error) => failures.push(error) },
    );
    await until(() => failures.length > 0);
    fails = false;
    await send(url, 'a');
    await until(() => {
      sqs.clock.advance(1000);
      return calls === 1;
    });
  });

  it('refuses what Lambda refuses', async () => {
    const url = await sqs.make('work', { VisibilityTimeout: '30' });
    const invoke: Invoke = async () => answer(null);
    await expect(feed(url, invoke, { functionTimeoutSeconds: 60 })).rejects.toThrow(
      'Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds',
    );
    await expect(feed(`${url}-none`, invoke)).rejects.toThrow('The specified queue does not exist.');
    for (const wrong of [{ batchSize: 0 }, { batchSize: 11 }, { windowSeconds: 301 }, { maximumConcurrency: 1 }])
      await expect(feed(url, invoke, wrong)).rejects.toThrow(RangeError);
  });
});
