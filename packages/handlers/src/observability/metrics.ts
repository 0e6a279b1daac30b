import type { CallCounts } from './counts.ts';

/** What is known of a call once it has ended. */
export interface CallMetrics extends CallCounts {
  /** Name of the handler, such as `process`. */
  readonly handler: string;
  readonly batchId?: string;
  /** Index of the chunk that the call was about. */
  readonly chunk?: number;
  readonly durationMs: number;
  readonly failed: boolean;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** Takes the metrics of each call; must not throw. */
export type MetricsSink = (metrics: CallMetrics) => void;

/** Names and units of what is measured; units as CloudWatch spells them. */
export const metricUnits = {
  RowsRead: 'Count',
  RowsWritten: 'Count',
  RowsRejected: 'Count',
  BytesRead: 'Bytes',
  Chunks: 'Count',
  Retries: 'Count',
  LookupCalls: 'Count',
  LookupKeys: 'Count',
  UploadWait: 'Seconds',
  MailsFailed: 'Count',
  MailsUnknown: 'Count',
  Failures: 'Count',
  Duration: 'Milliseconds',
} as const;

/** Name of a metric. */
export type MetricName = keyof typeof metricUnits;

/** The value of each metric of a call. */
export const metricValues = (call: CallMetrics): Readonly<Record<MetricName, number>> => ({
  RowsRead: call.rowsRead,
  RowsWritten: call.rowsWritten,
  RowsRejected: call.rowsRejected,
  BytesRead: call.bytesRead,
  Chunks: call.chunks,
  Retries: call.retries,
  LookupCalls: call.lookupCalls,
  LookupKeys: call.lookupKeys,
  UploadWait: Math.round(call.uploadWaitMs / 1000),
  MailsFailed: call.mailsFailed,
  MailsUnknown: call.mailsUnknown,
  Failures: call.failed ? 1 : 0,
  Duration: call.durationMs,
});

/** Of every call, whatever it does. */
const always: ReadonlySet<MetricName> = new Set(['Failures', 'Duration']);

/** Where metrics are filed, and where the lines go. */
export interface EmfOptions {
  /** @default 'Pipeline' */
  readonly namespace?: string;
  /** Dimensions beside `Handler`, by name; each value costs metrics of its own. @default {} */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** Takes one line, newline included. @default standard output */
  readonly write?: (line: string) => void;
}

/**
 * Writes the metrics of each call as one log line, of which CloudWatch makes metrics by itself; those that are 0 are left out. Batch and chunk are
 * properties of the line, for Logs Insights, and no dimensions: each batch would be metrics of its own.
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @example
 * export const handler = createProcessHandler({ stage, store, locations, metrics: emfMetrics({ namespace: 'Orders' }) });
 */
export const emfMetrics = ({
  namespace = 'Pipeline',
  dimensions = {},
  write = (line) => void process.stdout.write(line),
}: EmfOptions = {}): MetricsSink => {
  const dimensionNames = [['Handler', ...Object.keys(dimensions)]];
  return (call) => {
    const { handler, batchId, chunk, endedAt } = call;
    const values = metricValues(call);
    // Each name is a metric that costs by the hour: what a handler never counts is none of its metrics.
    const measured = (Object.keys(metricUnits) as MetricName[]).filter(
      (name) => always.has(name) || values[name] !== 0,
    );
    const Metrics = measured.map((Name) => ({ Name, Unit: metricUnits[Name] }));
    const definition = { Namespace: namespace, Dimensions: dimensionNames, Metrics };
    const line = {
      _aws: { Timestamp: endedAt, CloudWatchMetrics: [definition] },
      Handler: handler,
      ...dimensions,
      ...(batchId === undefined ? {} : { batchId }),
      ...(chunk === undefined ? {} : { chunk }),
      ...Object.fromEntries(measured.map((name) => [name, values[name]])),
    };
    write(`${JSON.stringify(line)}\n`);
  };
};

/** Names the namespace of a deployed pipeline's metrics; its constructs set it. */
export const metricsVariable = 'PIPELINE_METRICS_NAMESPACE';

/** The metrics that whoever deployed this process wants of it; `undefined` where nobody does. */
export const surroundingMetrics = (env: Readonly<Record<string, string | undefined>> = process.env) => {
  const namespace = env[metricsVariable] ?? '';
  return namespace === '' ? undefined : emfMetrics({ namespace });
};
