import type { MiddlewareObj } from '@middy/core';
import { type CallCounts, noCounts } from '../observability/counts.ts';
import type { MetricsSink } from '../observability/metrics.ts';
import { callIds } from './call-ids.ts';

/** Whose calls are measured, and who is told. */
export interface RunMetricsOptions {
  /** Name of the handler. */
  readonly name: string;
  readonly metrics: MetricsSink;
  /** What the call with this context came to; `undefined` for one whose event was refused. */
  readonly countsOf: (context: object) => CallCounts | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Middleware that measures every call, one whose event is refused among them.
 *
 * @example
 * export const handler = middy<ObjectRef>()
 *   .use(runMetrics({ name: 'audit', metrics: emfMetrics(), countsOf: () => undefined, now: Date.now }))
 *   .handler(async (ref) => readJson(store, ref));
 */
export const runMetrics = ({ name, metrics, countsOf, now }: RunMetricsOptions): MiddlewareObj<unknown> => {
  const started = new WeakMap<object, number>();
  const tell = (request: { readonly event: unknown; readonly context: object }, failed: boolean): void => {
    const endedAt = now();
    metrics({
      ...(countsOf(request.context) ?? noCounts),
      handler: name,
      ...callIds(request.event),
      durationMs: Math.round(endedAt - (started.get(request) ?? endedAt)),
      failed,
      endedAt,
    });
  };
  return {
    before: (request) => void started.set(request, now()),
    after: (request) => tell(request, false),
    // No value may be returned here: middy would take it for the response and turn the failure into a success.
    onError: (request) => tell(request, true),
  };
};
