import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetters } from './dead-letters.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import type { Place } from './places.ts';

/** Which uploads go to which function. */
export interface UploadTriggerProps {
  /** Where uploads arrive. Its bucket has to send its events to EventBridge. */
  readonly place: Place;
  /** Ending of the keys, in small or capital letters. @default '.csv' */
  readonly suffix?: string;
  /** Takes the events: a function made by `createIntakeHandler`. */
  readonly intake: PipelineFunction;
  /** Limit of one call of the intake, in seconds. */
  readonly intakeTimeoutSeconds: number;
  /** Calls of the intake at a time, from 2 to 1,000. @default 2 */
  readonly maxConcurrency?: number;
}

/** EventBridge's wildcard has two characters of its own. */
const literal = (text: string): string => text.replace(/[\\*]/g, '\\$&');

/**
 * The patterns that keys have to match. A prefix and a suffix in one list would be alternatives; a wildcard wants both.
 *
 * @example
 * keyPatterns('input/', '.csv'); // ['input/*.csv', 'input/*.CSV']
 */
export const keyPatterns = (prefix: string, suffix: string): readonly string[] => [
  ...new Set([suffix.toLowerCase(), suffix.toUpperCase()].map((ending) => `${literal(prefix)}*${literal(ending)}`)),
];

/** Uploads → EventBridge rule → queue with dead letters → intake, message by message: one that fails does not bring back the others. */
export class UploadTrigger extends Construct {
  /** What waits for the intake. */
  readonly queue: Queue;
  /** Uploads that could not be delivered or taken in. Send them back by `pipeline redrive`. */
  readonly deadLetters: DeadLetters;
  /** Which uploads are meant. */
  readonly rule: Rule;

  constructor(scope: Construct, id: string, props: UploadTriggerProps) {
    super(scope, id);
    const { place, suffix = '.csv', intake } = props;
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    const deadLetters = this.deadLetters.queue;
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's limit, as Lambda asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * props.intakeTimeoutSeconds),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.rule = new Rule(this, 'Rule', {
      description: `uploads under ${place.prefix} that end in ${suffix}`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [place.bucket.bucketName] },
          object: { key: Match.anyOf(...keyPatterns(place.prefix, suffix).map(Match.wildcard)) },
        },
      },
      targets: [
        new SqsQueue(this.queue, { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(24), retryAttempts: 185 }),
      ],
    });
    intake.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queueArn],
    });
    new EventSourceMapping(this, 'Messages', {
      target: intake.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      maxConcurrency: props.maxConcurrency ?? 2,
      reportBatchItemFailures: true,
    }).node.addDependency(intake.role);
  }

  /** Uploads that wait for the intake. */
  metricWaiting(): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: Duration.minutes(5) });
  }

  /** How long the oldest upload has waited, in seconds. */
  metricOldest(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: Duration.minutes(5) });
  }
}
