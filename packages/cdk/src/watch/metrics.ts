import type { MetricName } from '@pipeline/handlers';
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { DeadLetters } from '../dead-letters.ts';
import type { PipelineFunction } from '../pipeline-function.ts';

/** What is measured. */
export interface MetricSources {
  /** Where the handlers' own metrics are filed. */
  readonly namespace: string;
  /** Runs the batches. */
  readonly stateMachine: IStateMachine;
  /** Their names and themselves. */
  readonly functions: Readonly<Record<string, PipelineFunction>>;
  /** Where nothing should be. */
  readonly deadLetters: readonly DeadLetters[];
}

/** Over five minutes. */
export const sum = { statistic: 'Sum', period: Duration.minutes(5) };

/** The metrics of a pipeline. */
export type PipelineMetrics = ReturnType<typeof pipelineMetrics>;

/**
 * The metrics of a pipeline: those that its handlers write into their logs by `emfMetrics`, and those of the services.
 *
 * @example
 * const metrics = pipelineMetrics({ namespace, stateMachine, functions, deadLetters: [deadLetters] });
 * metrics.ofHandler('process', 'RowsRead');
 */
export const pipelineMetrics = ({ namespace, stateMachine, functions, deadLetters }: MetricSources) => {
  /** A metric that the calls of a handler write. */
  const ofHandler = (handler: string, metricName: MetricName, { statistic, period } = sum): Metric =>
    new Metric({
      ...{ namespace, metricName, statistic, period },
      dimensionsMap: { Handler: handler },
      label: `${metricName} of ${handler}`,
    });
  /** A sum over things of which some may never have been measured; a graph wants every metric's id to be its own. */
  const total = (id: string, label: string, metrics: readonly IMetric[]): IMetric => {
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`${id}${index}`, metric]));
    const expression = Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + ');
    return new MathExpression({ expression, label, period: sum.period, usingMetrics });
  };
  /** Mails go out from these. */
  const senders = ['notify', 'failure', 'replay'];

  return {
    ofHandler,
    /** Batches that failed, ran out of time or were stopped. */
    failedBatches: (): IMetric =>
      new MathExpression({
        expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(stopped, 0)',
        label: 'failed batches',
        period: sum.period,
        usingMetrics: {
          failed: stateMachine.metricFailed(sum),
          timedOut: stateMachine.metricTimedOut(sum),
          stopped: stateMachine.metricAborted(sum),
        },
      }),
    /** Rows of the chunks that were committed. */
    rows: (which: 'RowsRead' | 'RowsWritten' | 'RowsRejected', period = sum.period): Metric =>
      ofHandler('process', which, { statistic: 'Sum', period }),
    /** Rejected rows in 100 read. */
    rejectPercent: (period = Duration.hours(1)): IMetric =>
      new MathExpression({
        expression: 'IF(read > 0, 100 * FILL(rejected, 0) / read, 0)',
        label: 'rejected rows, percent',
        period,
        usingMetrics: {
          rejected: ofHandler('process', 'RowsRejected', { statistic: 'Sum', period }),
          read: ofHandler('process', 'RowsRead', { statistic: 'Sum', period }),
        },
      }),
    /** Mails that were refused, or of which nobody knows whether they arrived. */
    mails: (which: 'MailsFailed' | 'MailsUnknown'): IMetric =>
      total(
        which === 'MailsFailed' ? 'refused' : 'unknown',
        which === 'MailsFailed' ? 'mails refused' : 'mails that may be lost',
        senders.filter((name) => name in functions).map((name) => ofHandler(name, which)),
      ),
    /** Calls of the functions of batches that Lambda refused for want of concurrency. An alarm takes ten metrics: replays, one call at a time, are left out. */
    throttles: (): IMetric =>
      total(
        'throttles',
        'throttled calls',
        Object.entries(functions)
          .filter(([name]) => name !== 'replay')
          .map(([, fn]) => fn.function.metricThrottles(sum)),
      ),
    /** How long the uploads that a gate put off have waited, in seconds. */
    putOff: (): Metric => ofHandler('intake', 'UploadWait', { ...sum, statistic: 'Maximum' }),
    /** Messages that wait in the dead letters. */
    deadLetters: (): IMetric => {
      const waiting = deadLetters.map((one) => one.metricWaiting());
      return waiting.length === 1 ? waiting[0]! : total('dead', 'dead letters', waiting);
    },
  };
};
