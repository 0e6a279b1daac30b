import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  type BatchReport,
  type ObjectRef,
  PipelineDeliveryError,
  type RunContext,
  withTimeLimit,
} from '@pipeline/core';

/** A batch is done. */
export interface BatchSucceeded {
  readonly type: 'BatchSucceeded';
  readonly batchId: string;
  readonly source: ObjectRef;
  readonly revision: number;
  readonly output: ObjectRef;
  /** `null` when no row was rejected. */
  readonly rejects: ObjectRef | null;
  readonly report: ObjectRef;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly durationMs: number;
}

/** A batch failed, ran out of time or was stopped; a redrive, or another start of its coordinator, goes on with it. */
export interface BatchFailed {
  readonly type: 'BatchFailed';
  readonly batchId: string;
  readonly source: ObjectRef;
  /** `null` for a batch without an execution, as a coordinator's. */
  readonly executionArn: string | null;
  /** Names the try among those of its batch: the count of redrives, or the id of a coordinator's start. */
  readonly attempt: string;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** A code of the catalogue, or the name of an error. */
  readonly code: string;
  readonly message: string;
}

/** A batch has come further. */
export interface BatchProgress {
  readonly type: 'BatchProgress';
  readonly batchId: string;
  /** What is done: the plan, a chunk, or all chunks. */
  readonly step: 'planned' | 'chunk' | 'processed';
  /** Index of the chunk; `null` for the other steps. */
  readonly chunk: number | null;
  /** Chunks of the batch; `null` where it is not known. */
  readonly chunkCount: number | null;
}

export type BatchEvent = BatchSucceeded | BatchFailed | BatchProgress;

/** Tells other teams of a batch. */
export type TellBatch = (event: BatchEvent, run: RunContext) => Promise<void>;

/** Which bus is told, and under which name. */
export interface BatchEventsOptions {
  /** Its role needs `events:PutEvents` on the bus. */
  readonly client: EventBridgeClient;
  /** Name or ARN. @default 'default' */
  readonly busName?: string;
  /** `source` of the events. @default 'pipeline' */
  readonly source?: string;
}

/**
 * Names what happened, the same however often it is told: consumers that act on an event keep the ids they have seen.
 *
 * @example
 * eventIdOf({ type: 'BatchProgress', batchId: 'b1', step: 'chunk', chunk: 7, chunkCount: 40 }); // 'b1.chunk.7-of-40'
 */
export const eventIdOf = (event: BatchEvent): string => {
  const { batchId } = event;
  if (event.type === 'BatchSucceeded') return `${batchId}.succeeded.r${event.revision}`;
  if (event.type === 'BatchFailed') return `${batchId}.failed.${event.attempt}`;
  const { step, chunk, chunkCount } = event;
  return `${batchId}.${step}${chunk === null ? '' : `.${chunk}`}${chunkCount === null ? '' : `-of-${chunkCount}`}`;
};

/** A bus that says nothing for so long is given up; it takes some ten milliseconds as a rule. */
const answerMs = 5_000;

/** Puts of an end; progress has one. */
const mostTries = 3;

/**
 * Puts batch events onto an EventBridge bus: `detail-type` is the event's type, `detail` its `eventId` and its other fields;
 * schemas are in `@pipeline/handlers/schemas`. An event may come more than once, after a retry, and has the same `eventId` then.
 * A lost `BatchProgress` is no failure.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 *
 * @throws from a call: PipelineDeliveryError `DELIVERY_FAILED`, for `BatchSucceeded` and `BatchFailed`
 * @example
 * const tell = batchEvents({ client: new EventBridgeClient(), busName: 'teams' });
 * export const handler = createNotifyHandler({ store, locations, notifier, link, tell });
 */
export const batchEvents = ({ client, busName = 'default', source = 'pipeline' }: BatchEventsOptions): TellBatch => {
  const put = async (event: BatchEvent, run: RunContext): Promise<string | undefined> => {
    const { type, ...detail } = event;
    const Detail = JSON.stringify({ eventId: eventIdOf(event), ...detail });
    const command = new PutEventsCommand({
      Entries: [{ EventBusName: busName, Source: source, DetailType: type, Detail }],
    });
    try {
      const { Entries = [], FailedEntryCount = 0 } = await withTimeLimit(
        (abortSignal) => client.send(command, { abortSignal }),
        { limitMs: answerMs, timers: run.timers, signal: run.signal },
      );
      // A call that succeeds may have entries that did not; the SDK tries only calls again.
      return FailedEntryCount === 0 ? undefined : (Entries[0]?.ErrorCode ?? 'unknown');
    } catch (error) {
      run.signal.throwIfAborted();
      return (error as Error).name;
    }
  };
  return async (event, run) => {
    const tries = event.type === 'BatchProgress' ? 1 : mostTries;
    let failed = await put(event, run);
    for (let tried = 1; failed !== undefined && tried < tries; tried++) {
      run.observe({ type: 'event.retried', batchId: event.batchId, event: event.type, error: failed });
      await run.timers.sleep(run.random() * 200 * 2 ** tried, run.signal);
      failed = await put(event, run);
    }
    if (failed === undefined) return;
    run.observe({ type: 'event.failed', batchId: event.batchId, event: event.type, error: failed });
    if (event.type !== 'BatchProgress')
      throw new PipelineDeliveryError('DELIVERY_FAILED', { what: `the event ${event.type}`, reason: failed });
  };
};

/** The event of a batch that is done. */
export const succeeded = (report: BatchReport): BatchSucceeded => {
  const { batchId, source, revision, output, rejects, rowsRead, rowsWritten, rowsRejected, durationMs } = report;
  return {
    type: 'BatchSucceeded',
    ...{ batchId, source, revision, output: output.object, rejects: rejects?.object ?? null, report: report.report },
    ...{ rowsRead, rowsWritten, rowsRejected, durationMs },
  };
};

/** What all progress has. */
export const progress = { type: 'BatchProgress', chunk: null, chunkCount: null } as const;

/** Most chunks of a batch that are told of. */
const mostTold = 20;

/** Whether a chunk is one of the about 20 of its batch that are told of, evenly over the plan. */
export const isTold = (index: number, chunkCount: number): boolean => index % Math.ceil(chunkCount / mostTold) === 0;
