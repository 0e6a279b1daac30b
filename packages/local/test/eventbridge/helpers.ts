import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type LocalEventBridge, startEventBridge } from '@pipeline/local';
import { credentials, startTestSqs, type TestSqs } from '../sqs/helpers.ts';

export interface TestBridge extends LocalEventBridge {
  readonly client: EventBridgeClient;
  readonly sqs: TestSqs;
  /** Makes a rule with targets; a target without an ARN is the queue `events`. */
  rule(name: string, pattern: object, ...targets: readonly Partial<Target>[]): Promise<void>;
  put(...entries: readonly object[]): Promise<PutEventsCommandOutput>;
  /** Waits for deliveries and takes what a queue has. */
  take(queueName?: string): Promise<readonly Message[]>;
}

/** EventBridge before SQS, on one clock whose time passes by `sqs.clock.advance` alone. */
export const startTestBridge = async (options: Parameters<typeof startEventBridge>[0] = {}): Promise<TestBridge> => {
  const sqs = await startTestSqs();
  await sqs.make('events');
  const bridge = await startEventBridge({
    ...{ clock: sqs.clock, ...options },
    clients: { sqs: () => sqs.client, ...options.clients },
  });
  const client = new EventBridgeClient({ endpoint: bridge.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    ...bridge,
    client,
    sqs,
    async rule(Name, pattern, ...targets) {
      await client.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
      const Targets = targets.map((target, index) => ({ Id: `t${index}`, Arn: sqs.queueArn('events'), ...target }));
      await client.send(new PutTargetsCommand({ Rule: Name, Targets }));
    },
    put: (...entries) => client.send(new PutEventsCommand({ Entries: [...entries] })),
    async take(name = 'events') {
      await bridge.settled();
      const command = new ReceiveMessageCommand({
        ...{ QueueUrl: sqs.queueUrl(name), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] },
      });
      return (await sqs.client.send(command)).Messages ?? [];
    },
    async close() {
      client.destroy();
      await bridge.close();
      await sqs.close();
    },
  };
};
