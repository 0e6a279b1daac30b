import { CreateQueueCommand, GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs';
import { type LocalSqs, startSqs } from '@pipeline/local';
import { type TestClock, testClock } from '../stepfunctions/test-clock.ts';

export interface TestSqs extends LocalSqs {
  readonly client: SQSClient;
  readonly clock: TestClock;
  /** Makes a queue and answers its URL. */
  make(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** Messages that can be seen, are delayed, and are hidden. */
  counts(url: string): Promise<readonly [number, number, number]>;
}

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** SQS whose time passes by `clock.advance` alone, with a client that does not try again. */
export const startTestSqs = async (options: Parameters<typeof startSqs>[0] = {}): Promise<TestSqs> => {
  const clock = testClock({ manual: true });
  const sqs = await startSqs({ clock, ...options });
  const client = new SQSClient({ endpoint: sqs.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    ...sqs,
    client,
    clock,
    async make(QueueName, Attributes = {}) {
      return (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
    },
    async counts(QueueUrl) {
      const names = ['', 'Delayed', 'NotVisible'].map((name) => `ApproximateNumberOfMessages${name}`);
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names as QueueAttributeName[] });
      const { Attributes = {} } = await client.send(command);
      return names.map((name) => Number((Attributes as Record<string, string>)[name])) as [number, number, number];
    },
    async close() {
      client.destroy();
      await sqs.close();
    },
  };
};

/** Redrive policy of a queue whose dead letters go to another. */
export const redrive = (sqs: LocalSqs, to: string, maxReceiveCount: number): Record<string, string> => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: sqs.queueArn(to), maxReceiveCount }),
});
