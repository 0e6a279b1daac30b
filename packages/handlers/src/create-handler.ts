import middy, { type MiddlewareObj, type MiddyfiedHandler } from '@middy/core';
import { createRunContext, deadlineSignal, type RunContext } from '@pipeline/core';
import type { Context } from 'aws-lambda';
import { errorReport } from './middleware/error-report.ts';
import { type EventCheck, eventCheck } from './middleware/event-check.ts';
import { jsonLog, type Log, runLog } from './middleware/run-log.ts';
import { addEvent, noCounts } from './observability/counts.ts';
import type { MetricsSink } from './observability/metrics.ts';
import { type PowertoolsTracer, traced } from './observability/powertools.ts';

/** Options that every handler takes. */
export interface HandlerOptions {
  /** Where log lines go. @default one JSON line each to standard output */
  readonly log?: Log;
  /** Time kept back before Lambda's limit for clean-up, in milliseconds. @default 10_000 */
  readonly reserveMs?: number;
  /** Takes the metrics of each call, such as `emfMetrics()`. @default nobody */
  readonly metrics?: MetricsSink;
  /** Traces each call; Powertools' Tracer fits. @default nobody */
  readonly tracer?: PowertoolsTracer;
  /** Replaces parts of the run context, such as clock or fetch. @default {} */
  readonly run?: Partial<RunContext>;
}

export interface HandlerParts<Event, Result> {
  readonly name: string;
  /** Checks the event by a compiled schema. */
  readonly check: EventCheck;
  readonly work: (event: Event, run: RunContext, context: Context) => Promise<Result>;
}

/** What a call gets beside its event: Lambda's context, and outside Lambda what ends the call early. */
export interface CallContext extends Context {
  /** Ends the call before its time is up, such as the SIGTERM of a container. @default only time does */
  readonly signal?: AbortSignal;
}

/** A Lambda handler with log, event check and error report already on; add to it with `.use()`. */
export type PipelineHandler<Event, Result> = MiddyfiedHandler<Event, Result, Error, Context>;

/** Makes a handler of one library call, as `createHandler` does, without compiling anything. */
export const createCheckedHandler = <Event, Result>(
  { name, check, work }: HandlerParts<Event, Result>,
  { log = jsonLog, reserveMs = 10_000, metrics, tracer, run = {} }: HandlerOptions,
): PipelineHandler<Event, Result> => {
  type Middleware = MiddlewareObj<Event, Result, Error, Context>;
  // Middy's own early answer would come as a TimeoutError that nothing retries, from a process that works on unseen.
  // Without it Lambda ends the process: Sandbox.Timedout, which is tried again.
  const handler = middy<Event, Result, Error, Context>({ timeoutEarlyInMillis: 0 })
    .use(runLog({ name, log }) as Middleware)
    .use(eventCheck(check) as Middleware)
    .use(errorReport() as Middleware)
    .handler((async (event: Event, context: CallContext) => {
      const { batchId, chunk: { index } = {} } = (event ?? {}) as { batchId?: string; chunk?: { index?: number } };
      // On every line, whoever writes it: a line without its batch is of no use among those of thousands.
      const about = {
        ...(batchId === undefined ? {} : { batchId }),
        ...(index === undefined ? {} : { chunk: index }),
      };
      const clock = run.clock ?? Date;
      const startedAt = clock.now();
      let counts = noCounts;
      const here = createRunContext({
        deadlineMs: startedAt + Math.max(0, context.getRemainingTimeInMillis() - reserveMs),
        signal: deadlineSignal(context, {
          reserveMs,
          ...(context.signal === undefined ? {} : { signal: context.signal }),
          ...(run.timers === undefined ? {} : { timers: run.timers }),
        }),
        // Unique to this invocation and given by the platform: two attempts can never write the same keys.
        attempt: context.awsRequestId,
        ...(batchId === undefined ? {} : { batchId }),
        ...run,
        observe: (observed) => {
          counts = addEvent(counts, observed, run.attempt ?? context.awsRequestId);
          if (run.observe !== undefined) return run.observe(observed);
          const { type, ...details } = observed;
          log({ level: 'info', message: type, requestId: context.awsRequestId, ...about, ...details });
        },
      });
      const tell = (failed: boolean): void => {
        const endedAt = clock.now();
        metrics?.({ ...counts, handler: name, ...about, durationMs: Math.round(endedAt - startedAt), failed, endedAt });
      };
      try {
        const result = await traced(tracer, { handler: name, ...about }, () => work(event, here, context));
        tell(false);
        return result;
      } catch (error) {
        tell(true);
        throw error;
      }
    }) as never);
  return handler as unknown as PipelineHandler<Event, Result>;
};
