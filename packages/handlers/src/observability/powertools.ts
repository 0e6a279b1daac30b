import type { Log } from '../middleware/run-log.ts';
import { type MetricsSink, metricUnits, metricValues } from './metrics.ts';

// Structural types: any version of Powertools for AWS Lambda fits, and none is depended on.

/** What is used of Powertools' Logger. */
export interface PowertoolsLogger {
  info(message: string, extra: Record<string, unknown>): void;
  warn(message: string, extra: Record<string, unknown>): void;
  error(message: string, extra: Record<string, unknown>): void;
}

/**
 * Log lines by Powertools' Logger, with its keys, sampling and level.
 *
 * @example
 * export const handler = createMergeHandler({ store, locations, log: powertoolsLog(new Logger({ serviceName: 'orders' })) });
 */
export const powertoolsLog =
  (logger: PowertoolsLogger): Log =>
  ({ level, message, ...extra }) =>
    logger[level](message, extra);

/** What is used of Powertools' Metrics. */
export interface PowertoolsMetrics {
  addMetric(name: string, unit: never, value: number): void;
  addDimension(name: string, value: string): void;
  publishStoredMetrics(): void;
}

/**
 * Metrics by Powertools' Metrics, under its namespace and service; published at the end of each call.
 *
 * @example
 * const metrics = powertoolsMetrics(new Metrics({ namespace: 'Orders', serviceName: 'orders' }));
 * export const handler = createMergeHandler({ store, locations, metrics });
 */
export const powertoolsMetrics =
  (metrics: PowertoolsMetrics): MetricsSink =>
  (call) => {
    metrics.addDimension('Handler', call.handler);
    for (const [name, value] of Object.entries(metricValues(call)) as [keyof typeof metricUnits, number][])
      metrics.addMetric(name, metricUnits[name] as never, value);
    metrics.publishStoredMetrics();
  };

interface Segment {
  addNewSubsegment(name: string): Segment;
  close(): void;
}

/** What is used of Powertools' Tracer. */
export interface PowertoolsTracer {
  isTracingEnabled(): boolean;
  getSegment(): unknown;
  setSegment(segment: never): void;
  putAnnotation(key: string, value: string | number | boolean): void;
}

/** Work in a segment of its own, with batch and chunk as annotations to search for. */
export const traced = async <T>(
  tracer: PowertoolsTracer | undefined,
  about: { readonly handler: string; readonly batchId?: string; readonly chunk?: number },
  work: () => Promise<T>,
): Promise<T> => {
  const parent = tracer?.isTracingEnabled() === true ? (tracer.getSegment() as Segment | undefined) : undefined;
  if (tracer === undefined || parent === undefined) return work();
  const segment = parent.addNewSubsegment(`## ${about.handler}`);
  tracer.setSegment(segment as never);
  try {
    if (about.batchId !== undefined) tracer.putAnnotation('batchId', about.batchId);
    if (about.chunk !== undefined) tracer.putAnnotation('chunk', about.chunk);
    // Errors are no part of the trace: what a user's stage throws may quote a row.
    return await work();
  } finally {
    segment.close();
    tracer.setSegment(parent as never);
  }
};
