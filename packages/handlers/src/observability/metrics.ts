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
  RowsRejected: 'Count',
  BytesRead: 'Bytes',
  Chunks: 'Count',
  Retries: 'Count',
  LookupCalls: 'Count',
  LookupKeys: 'Count',
  Failures: 'Count',
  Duration: 'Milliseconds',
} as const;

/** The value of each metric of a call. */
export const metricValues = (call: CallMetrics): Readonly<Record<keyof typeof metricUnits, number>> => ({
  RowsRead: call.rowsRead,
  RowsRejected: call.rowsRejected,
  BytesRead: call.bytesRead,
  Chunks: call.chunks,
  Retries: call.retries,
  LookupCalls: call.lookupCalls,
  LookupKeys: call.lookupKeys,
  Failures: call.failed ? 1 : 0,
  Duration: call.durationMs,
});

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
 * Writes the metrics of each call as one log line, of which CloudWatch makes metrics by itself. Batch and chunk are
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
  const definition = {
    Namespace: namespace,
    Dimensions: [['Handler', ...Object.keys(dimensions)]],
    Metrics: Object.entries(metricUnits).map(([Name, Unit]) => ({ Name, Unit })),
  };
  return (call) => {
    const { handler, batchId, chunk, endedAt } = call;
    const line = {
      _aws: { Timestamp: endedAt, CloudWatchMetrics: [definition] },
      Handler: handler,
      ...dimensions,
      ...(batchId === undefined ? {} : { batchId }),
      ...(chunk === undefined ? {} : { chunk }),
      ...metricValues(call),
    };
    write(`${JSON.stringify(line)}\n`);
  };
};
