import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetters } from './dead-letters.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/** Who takes the chunks, and how many at once. */
export interface ChunkQueueProps {
  /** Made by `createQueueHandler`. */
  readonly consumer: PipelineFunction;
  /** Limit of one call of the consumer, in seconds. */
  readonly consumerTimeoutSeconds: number;
  /** Chunks in one call, from 1 to 10; the consumer's own `concurrency` says how many of them at once. @default 1 */
  readonly batchSize?: number;
  /** Calls of the consumer at a time, from 2 to 1,000; keep it below the account's concurrency. @default 40 */
  readonly maxConcurrency?: number;
  /** Deliveries of a chunk before it is a dead letter, from 1 to 1,000. @default 5 */
  readonly maxReceives?: number;
}

const minutes = { period: Duration.minutes(5) };

/**
 * Chunks that wait for workers, with dead letters of their own: what fails comes again alone, and ends there when it fails
 * each time. A coordinator fills the queue by `chunkQueue`, a topic by `subscribe`.
 *
 * @example
 * const chunks = new ChunkQueue(this, 'Chunks', { consumer, consumerTimeoutSeconds: 900 });
 * chunks.grantSend(coordinator.role);
 */
export class ChunkQueue extends Construct {
  /** What waits. */
  readonly queue: Queue;
  /** Chunks that failed each time. Send them back by `pipeline redrive`. */
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, props: ChunkQueueProps) {
    super(scope, id);
    const { consumer, consumerTimeoutSeconds, batchSize = 1, maxConcurrency = 40, maxReceives = 5 } = props;
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's limit, as Lambda asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * consumerTimeoutSeconds),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: maxReceives },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    consumer.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queueArn],
    });
    new EventSourceMapping(this, 'Messages', {
      target: consumer.function,
      eventSourceArn: this.queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
    }).node.addDependency(consumer.role);
  }

  /** Lets somebody put chunks into the queue. */
  grantSend(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    });
  }

  /** Takes chunks from a topic, too; what cannot be delivered is a dead letter. */
  subscribe(topic: ITopic): void {
    topic.addSubscription(new SqsSubscription(this.queue, { deadLetterQueue: this.deadLetters.queue }));
  }

  /** Chunks that wait. */
  metricWaiting(): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ ...minutes, statistic: 'Maximum' });
  }

  /** How long the oldest chunk has waited, in seconds. */
  metricOldest(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ ...minutes, statistic: 'Maximum' });
  }
}
