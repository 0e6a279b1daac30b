import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { PipelineFunction } from '../pipeline-function.ts';
import { type PipelineMetrics, sum } from './metrics.ts';

/** What is on the dashboard. */
export interface DashboardSources {
  readonly metrics: PipelineMetrics;
  readonly stateMachine: IStateMachine;
  readonly functions: Readonly<Record<string, PipelineFunction>>;
  readonly uploads: IQueue;
}

const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left, right, width: 12 });

const p90 = { statistic: 'p90', period: sum.period };

/** Makes the dashboard of a pipeline. */
export const pipelineDashboard = (
  scope: Construct,
  { metrics, stateMachine, functions, uploads }: DashboardSources,
): Dashboard => {
  const perFunction = (metric: (fn: PipelineFunction) => IMetric) => Object.values(functions).map(metric);
  const workers = ['split', 'process', 'merge'];
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        new SingleValueWidget({
          title: 'Last day',
          width: 24,
          metrics: [
            stateMachine.metricSucceeded({ ...sum, period: Duration.days(1) }),
            metrics.rows('RowsRead', Duration.days(1)),
            metrics.rows('RowsRejected', Duration.days(1)),
          ],
        }),
      ],
      [
        graph(
          'Batches',
          [stateMachine.metricStarted(sum), stateMachine.metricSucceeded(sum), metrics.failedBatches()],
          [stateMachine.metricTime(p90)],
        ),
        graph('Rows', [metrics.rows('RowsRead'), metrics.rows('RowsWritten')], [metrics.rows('RowsRejected')]),
      ],
      [
        graph(
          'Chunks: bytes read, and how long one takes',
          [metrics.ofHandler('process', 'BytesRead')],
          [metrics.ofHandler('process', 'Duration', p90)],
        ),
        graph(
          'Look-ups, and calls that were made again',
          [metrics.ofHandler('process', 'LookupKeys'), metrics.ofHandler('process', 'LookupCalls')],
          workers.map((name) => metrics.ofHandler(name, 'Retries')),
        ),
      ],
      [
        graph(
          'Duration of functions, p90',
          perFunction((fn) => fn.function.metricDuration(p90)),
        ),
        graph(
          'Errors and throttles of functions',
          perFunction((fn) => fn.function.metricErrors(sum)),
          [metrics.throttles()],
        ),
      ],
      [
        graph(
          'Uploads that wait',
          [uploads.metricApproximateNumberOfMessagesVisible(sum)],
          [uploads.metricApproximateAgeOfOldestMessage(sum)],
        ),
        graph(
          'Dead letters, and mails that were not sent or may be lost',
          [metrics.deadLetters()],
          [metrics.mails('MailsFailed'), metrics.mails('MailsUnknown')],
        ),
      ],
    ],
  });
};
