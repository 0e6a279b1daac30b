import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** The end of every asynchronous edge: what could not be delivered or handled waits here for 14 days, to be looked at and redriven. */
export class DeadLetters extends Construct {
  /** The queue itself. */
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Messages that wait. */
  metricWaiting(): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: Duration.minutes(5) });
  }

  /**
   * Lets somebody look at what waits and send it back.
   *
   * @param to - the queue that it goes back to
   */
  grantRedrive(grantee: IGrantable, to: IQueue): Grant {
    Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
      resourceArns: [to.queueArn],
    });
    return Grant.addToPrincipal({
      grantee,
      actions: [
        ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ListDeadLetterSourceQueues'],
        ...['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'],
      ],
      resourceArns: [this.queue.queueArn],
    });
  }
}
