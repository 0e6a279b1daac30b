import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type AlarmLimits, type AlarmName, pipelineAlarms } from './alarms.ts';
import { pipelineDashboard } from './dashboard.ts';
import { type MetricSources, type PipelineMetrics, pipelineMetrics } from './metrics.ts';

/** What is watched, and from where on somebody is told. */
export interface WatchProps extends MetricSources, AlarmLimits {
  /** Where uploads wait. */
  readonly uploads: IQueue;
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
    this.alarms = pipelineAlarms(this, this.metrics, props.uploads, props);
    for (const alarm of Object.values(this.alarms)) alarm.addAlarmAction(new SnsAction(props.topic));
    this.dashboard = pipelineDashboard(this, { ...props, metrics: this.metrics });
  }
}
