import { startJsonService } from '../aws-json/json-service.ts';
import { type Clock, systemClock } from '../stepfunctions/engine/clock.ts';
import { batchActions } from './batch-actions.ts';
import { createBroker, type DeadLetter } from './broker.ts';
import { messageActions } from './message-actions.ts';
import { moveTaskActions } from './move-tasks.ts';
import { queueActions } from './queue-actions.ts';

export interface StartSqsOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Told of every message that its redrive policy moves. @default nobody */
  readonly onDeadLetter?: (letter: DeadLetter) => void;
}

/** A running SQS stand-in; its queues are gone with it. */
export interface LocalSqs {
  /** For `@aws-sdk/client-sqs` and `aws --endpoint-url`, with any credentials. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** ARN of a queue of this stand-in, there or not. */
  queueArn(name: string): string;
  /** Address of a queue of this stand-in, there or not. */
  queueUrl(name: string): string;
  /** Shows received messages again after so long, as if their visibility timeout were over; unknown ones are left out. */
  release(queueName: string, receiptHandles: readonly string[], afterMs: number): void;
  /** Ends waiting calls and forgets the queues. */
  close(): Promise<void>;
}

/**
 * Starts SQS in memory: standard queues with long polling, visibility timeouts, delays, dead-letter queues and their
 * redrive, batches and attributes, with AWS's limits and checksums. A queue is found by the name at the end of its URL,
 * whatever the host, so that a front may stand before it. Signatures are not verified, queue policies are kept and not
 * looked at, the limit of 120,000 messages in flight is not modelled.
 *
 * Refused: FIFO queues, the older query protocol, `AddPermission`, `RemovePermission`.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * const sqs = await startSqs();
 * const client = new SQSClient({ endpoint: sqs.endpoint, region: 'us-east-1', credentials });
 * const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'uploads' }));
 */
export const startSqs = async ({
  port = 0,
  region = 'us-east-1',
  accountId = '000000000000',
  clock = systemClock,
  onDeadLetter = () => {},
}: StartSqsOptions = {}): Promise<LocalSqs> => {
  const broker = createBroker({ clock, region, accountId, onDeadLetter });
  const stop = new AbortController();
  const service = await startJsonService({
    name: 'SQS',
    targetPrefix: 'AmazonSQS.',
    version: '1.0',
    port,
    actions: {
      ...queueActions(broker),
      ...messageActions(broker),
      ...batchActions(broker),
      ...moveTaskActions(broker, stop.signal),
    },
  });
  return {
    endpoint: service.endpoint,
    port: service.port,
    queueArn: (name) => `arn:aws:sqs:${region}:${accountId}:${name}`,
    queueUrl: (name) => `${service.endpoint}/${accountId}/${name}`,
    release(queueName, receiptHandles, afterMs) {
      const queue = broker.queues.get(queueName);
      if (queue === undefined) return;
      for (const handle of receiptHandles) broker.show(queue, handle, afterMs);
    },
    async close() {
      stop.abort(new Error('the local SQS is closed'));
      await service.close();
    },
  };
};
