import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  type Metric,
  SingleValueWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { PipelineFunction } from './pipeline-function.ts';

/** What is watched, and from where on somebody is told. */
export interface WatchProps {
  /** Runs the batches. */
  readonly stateMachine: IStateMachine;
  /** Their names and themselves. */
  readonly functions: Readonly<Record<string, PipelineFunction>>;
  /** Logs how many rows a batch had. */
  readonly merge: PipelineFunction;
  /** Where uploads wait. */
  readonly uploads: IQueue;
  /** Where nothing should be. */
  readonly deadLetters: IQueue;
  /** Is told of alarms. */
  readonly topic: ITopic;
  /** Stands for the pipeline in the names of its metrics. */
  readonly name: string;
  /** Rejected rows in 100 that are too many, over the batches of an hour; from 0 to 100. @default 10 */
  readonly rejectPercent?: number;
  /** Throttled calls in 5 minutes that are too many; the state machine tries them again. @default 100 */
  readonly throttles?: number;
  /** Minutes that an upload may wait for the intake. @default 15 */
  readonly waitMinutes?: number;
}

const sum = { statistic: 'Sum', period: Duration.minutes(5) };

/** Metrics of rows, made from log lines; alarms that tell the topic; a dashboard. */
export class Watch extends Construct {
  /** The alarms, by what they watch. */
  readonly alarms: Readonly<
    Record<'failedBatches' | 'deadLetters' | 'throttles' | 'rejectRate' | 'waitingUploads', Alarm>
  >;
  /** The dashboard itself. */
  readonly dashboard: Dashboard;
  readonly #props: WatchProps;
  readonly #rows: Readonly<Record<'rowsRead' | 'rowsWritten' | 'rowsRejected', MetricFilter>>;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    this.#props = props;
    const rows = (name: string): MetricFilter =>
      new MetricFilter(this, name, {
        logGroup: props.merge.logGroup,
        filterPattern: FilterPattern.stringValue('$.message', '=', 'merge.done'),
        metricNamespace: `Pipeline/${props.name}`,
        metricName: name,
        metricValue: `$.${name}`,
      });
    this.#rows = { rowsRead: rows('rowsRead'), rowsWritten: rows('rowsWritten'), rowsRejected: rows('rowsRejected') };
    this.alarms = this.#alarms();
    for (const alarm of Object.values(this.alarms)) alarm.addAlarmAction(new SnsAction(props.topic));
    this.dashboard = this.#dashboard();
  }

  /** Batches that failed, ran out of time or were stopped. */
  metricFailedBatches(): IMetric {
    const { stateMachine } = this.#props;
    return new MathExpression({
      expression: 'failed + timedOut + stopped',
      label: 'failed batches',
      period: sum.period,
      usingMetrics: {
        failed: stateMachine.metricFailed(sum),
        timedOut: stateMachine.metricTimedOut(sum),
        stopped: stateMachine.metricAborted(sum),
      },
    });
  }

  /** Rows of merged batches. */
  metricRows(which: 'rowsRead' | 'rowsWritten' | 'rowsRejected', period = sum.period): Metric {
    return this.#rows[which].metric({ statistic: 'Sum', period });
  }

  /** Rejected rows in 100 read. */
  metricRejectPercent(period = Duration.hours(1)): IMetric {
    return new MathExpression({
      expression: 'IF(read > 0, 100 * rejected / read, 0)',
      label: 'rejected rows, percent',
      period,
      usingMetrics: { rejected: this.metricRows('rowsRejected', period), read: this.metricRows('rowsRead', period) },
    });
  }

  /** Calls of the functions that Lambda refused for want of concurrency. */
  metricThrottles(): IMetric {
    const usingMetrics = Object.fromEntries(
      Object.entries(this.#props.functions).map(([name, fn]) => [name, fn.function.metricThrottles(sum)]),
    );
    return new MathExpression({
      expression: Object.keys(usingMetrics).join(' + '),
      label: 'throttled calls',
      period: sum.period,
      usingMetrics,
    });
  }

  /** Messages that wait in the dead letters. */
  metricDeadLetters(): Metric {
    return this.#props.deadLetters.metricApproximateNumberOfMessagesVisible({ ...sum, statistic: 'Maximum' });
  }

  #alarms(): Watch['alarms'] {
    const { rejectPercent = 10, throttles = 100, waitMinutes = 15, uploads } = this.#props;
    const alarm = (name: string, metric: IMetric, threshold: number, alarmDescription: string): Alarm =>
      new Alarm(this, name, {
        metric,
        threshold,
        alarmDescription,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
    const age = uploads.metricApproximateAgeOfOldestMessage({ ...sum, statistic: 'Maximum' });
    return {
      failedBatches: alarm(
        'FailedBatches',
        this.metricFailedBatches(),
        0,
        'A batch failed. Its mail says why; redrive it.',
      ),
      deadLetters: alarm(
        'DeadLettersWait',
        this.metricDeadLetters(),
        0,
        'Something could not be delivered or handled.',
      ),
      throttles: alarm(
        'Throttles',
        this.metricThrottles(),
        throttles,
        'Lambda concurrency is short: lower maxConcurrency.',
      ),
      rejectRate: alarm('RejectRate', this.metricRejectPercent(), rejectPercent, 'Too many rows are rejected.'),
      waitingUploads: alarm('WaitingUploads', age, waitMinutes * 60, 'Uploads are not taken in.'),
    };
  }

  #dashboard(): Dashboard {
    const { stateMachine, functions, uploads } = this.#props;
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12 });
    const perFunction = (metric: (fn: PipelineFunction) => IMetric) => Object.values(functions).map(metric);
    return new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          new SingleValueWidget({
            title: 'Last day',
            width: 24,
            metrics: [
              stateMachine.metricSucceeded({ ...sum, period: Duration.days(1) }),
              this.metricRows('rowsRead', Duration.days(1)),
              this.metricRows('rowsRejected', Duration.days(1)),
            ],
          }),
        ],
        [
          graph(
            'Batches',
            [stateMachine.metricStarted(sum), stateMachine.metricSucceeded(sum), this.metricFailedBatches()],
            [stateMachine.metricTime({ statistic: 'p90', period: sum.period })],
          ),
          graph(
            'Rows',
            [this.metricRows('rowsRead'), this.metricRows('rowsWritten')],
            [this.metricRows('rowsRejected')],
          ),
        ],
        [
          graph(
            'Duration of functions, p90',
            perFunction((fn) => fn.function.metricDuration({ statistic: 'p90', period: sum.period })),
          ),
          graph(
            'Errors and throttles of functions',
            perFunction((fn) => fn.function.metricErrors(sum)),
            [this.metricThrottles()],
          ),
        ],
        [
          graph(
            'Uploads that wait',
            [uploads.metricApproximateNumberOfMessagesVisible(sum)],
            [uploads.metricApproximateAgeOfOldestMessage(sum)],
          ),
          graph('Dead letters', [this.metricDeadLetters()]),
        ],
      ],
    });
  }
}
