import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { PipelineMetrics } from './metrics.ts';

/** From where on somebody is told. */
export interface AlarmLimits {
  /** Rejected rows in 100 that are too many, over the chunks of an hour; from 0 to 100. @default 10 */
  readonly rejectPercent?: number;
  /** Throttled calls in 5 minutes that are too many; the state machine tries them again. @default 100 */
  readonly throttles?: number;
  /** Minutes that an upload may wait for its batch to begin. @default 15 */
  readonly waitMinutes?: number;
}

/** What alarms are about. */
export type AlarmName =
  | 'failedBatches'
  | 'deadLetters'
  | 'throttles'
  | 'rejectRate'
  | 'waitingUploads'
  | 'mailsFailed'
  | 'mailsUnknown';

/** Makes the alarms of a pipeline. */
export const pipelineAlarms = (
  scope: Construct,
  metrics: PipelineMetrics,
  uploadWait: IMetric,
  { rejectPercent = 10, throttles = 100, waitMinutes = 15 }: AlarmLimits,
): Readonly<Record<AlarmName, Alarm>> => {
  const alarm = (id: string, metric: IMetric, threshold: number, alarmDescription: string): Alarm =>
    new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  return {
    failedBatches: alarm('FailedBatches', metrics.failedBatches(), 0, 'A batch failed. Its mail says why; redrive it.'),
    deadLetters: alarm('DeadLettersWait', metrics.deadLetters(), 0, 'Something could not be delivered or handled.'),
    throttles: alarm('Throttles', metrics.throttles(), throttles, 'Lambda concurrency is short: lower maxConcurrency.'),
    rejectRate: alarm('RejectRate', metrics.rejectPercent(), rejectPercent, 'Too many rows are rejected.'),
    waitingUploads: alarm('WaitingUploads', uploadWait, waitMinutes * 60, 'Uploads wait for their batch to begin.'),
    mailsFailed: alarm('MailsFailed', metrics.mails('MailsFailed'), 0, 'SES refused a mail; it is tried again.'),
    mailsUnknown: alarm(
      'MailsUnknown',
      metrics.mails('MailsUnknown'),
      0,
      'Nobody knows whether a mail arrived, and it is not sent again: look at its record.',
    ),
  };
};
