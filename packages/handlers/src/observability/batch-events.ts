import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type BatchReport, type ObjectRef, PipelineDeliveryError, type RunContext } from '@pipeline/core';

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

/** An execution failed, timed out or was stopped; a redrive goes on with it. */
export interface BatchFailed {
  readonly type: 'BatchFailed';
  readonly batchId: string;
  readonly source: ObjectRef;
  readonly executionArn: string;
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
 * Puts batch events onto an EventBridge bus: `detail-type` is the event's type, `detail` its other fields; schemas are in
 * `@pipeline/handlers/schemas`. An event may come more than once, after a retry: `batchId` and `revision` tell them apart.
 * A lost `BatchProgress` is no failure.
 *
 * @throws from a call: PipelineDeliveryError `DELIVERY_FAILED`, for `BatchSucceeded` and `BatchFailed`
 * @example
 * const tell = batchEvents({ client: new EventBridgeClient(), busName: 'teams' });
 * export const handler = createNotifyHandler({ store, locations, notifier, link, tell });
 */
export const batchEvents = ({ client, busName = 'default', source = 'pipeline' }: BatchEventsOptions): TellBatch => {
  const put = async ({ type, ...detail }: BatchEvent, run: RunContext): Promise<string | undefined> => {
    const entry = { EventBusName: busName, Source: source, DetailType: type, Detail: JSON.stringify(detail) };
    try {
      // A call that succeeds may have entries that did not.
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }), {
        abortSignal: run.signal,
      });
      return Entries[0]?.ErrorCode;
    } catch (error) {
      run.signal.throwIfAborted();
      return (error as Error).name;
    }
  };
  return async (event, run) => {
    const failed = await put(event, run);
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
