import { type Alarm, type Dashboard, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type AlarmLimits, type AlarmName, pipelineAlarms } from './alarms.ts';
import { pipelineDashboard } from './dashboard.ts';
import { type MetricSources, type PipelineMetrics, pipelineMetrics, sum } from './metrics.ts';

/** What is watched, and from where on somebody is told. */
export interface WatchProps extends MetricSources, AlarmLimits {
  /** Where uploads wait. */
  readonly uploads: IQueue;
  /** Whether a gate puts uploads off, each time as a message that is new. @default false */
  readonly gated?: boolean;
  /** Is told of alarms. */
  readonly topic: ITopic;
}

/** Alarms that tell the topic, and a dashboard, on the metrics of handlers and services. */
export class Watch extends Construct {
  /** What is measured, to make alarms and graphs of your own. */
  readonly metrics: PipelineMetrics;
  /** The alarms, by what they watch. */
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;
  /** The dashboard itself. */
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    this.metrics = pipelineMetrics(props);
    this.alarms = pipelineAlarms(this, this.metrics, waitOf(props.uploads, this.metrics, props.gated), props);
    for (const alarm of Object.values(this.alarms)) alarm.addAlarmAction(new SnsAction(props.topic));
    this.dashboard = pipelineDashboard(this, { ...props, metrics: this.metrics });
  }
}

/** How long an upload has waited for its batch, in seconds: in the queue, or put off again and again. */
const waitOf = (uploads: IQueue, metrics: PipelineMetrics, gated = false): IMetric => {
  const queued = uploads.metricApproximateAgeOfOldestMessage({ ...sum, statistic: 'Maximum' });
  if (!gated) return queued;
  return new MathExpression({
    expression: 'MAX([FILL(queued, 0), FILL(putOff, 0)])',
    label: 'longest wait of an upload',
    period: sum.period,
    usingMetrics: { queued, putOff: metrics.putOff() },
  });
};
