import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PipelineDeliveryError, type RunContext } from '@pipeline/core';

/** What happened to a batch, for other teams. Carries ids, counts, codes and places, never row content. */
export interface BatchEvent {
  /** `BatchProgress` comes with each chunk that is done, the others once a batch is, for each try of a failed one. */
  readonly type: 'BatchSucceeded' | 'BatchFailed' | 'BatchProgress';
  readonly batchId: string;
  readonly [detail: string]: unknown;
}

/** Takes an event; called again with the same one when a step is tried again. */
export type PublishEvent = (event: BatchEvent, run: RunContext) => Promise<void>;

/** Which bus events go to. */
export interface EventPublisherOptions {
  /** Its role needs `events:PutEvents` on the bus. */
  readonly client: EventBridgeClient;
  /** Name or ARN of the bus. @default 'default' */
  readonly busName?: string;
  /** The events' source, by which rules tell pipelines apart. @default 'pipeline' */
  readonly source?: string;
}

/**
 * Publishes events on an EventBridge bus, at least once: the event's type is its detail type, the rest its detail.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 *
 * @throws from a call: PipelineDeliveryError `DELIVERY_FAILED`
 * @example
 * const events = eventPublisher({ client: new EventBridgeClient(), source: 'orders' });
 * export const handler = createNotifyHandler({ store, locations, notifier, link, events });
 */
export const eventPublisher =
  ({ client, busName = 'default', source = 'pipeline' }: EventPublisherOptions): PublishEvent =>
  async ({ type, ...detail }, run) => {
    const failed = (reason: string, cause?: unknown) =>
      new PipelineDeliveryError('DELIVERY_FAILED', { what: `event ${type}`, reason }, { cause });
    const Entries = [{ EventBusName: busName, Source: source, DetailType: type, Detail: JSON.stringify(detail) }];
    const answer = await client.send(new PutEventsCommand({ Entries }), { abortSignal: run.signal }).catch((error) => {
      run.signal.throwIfAborted();
      throw failed((error as Error).name, error);
    });
    // A call that succeeds may still have refused the event.
    if (answer.FailedEntryCount !== 0) throw failed(answer.Entries?.[0]?.ErrorCode ?? 'unknown');
  };

/** Publishes what is good to know and not worth failing for. */
export const publishLightly = async (publish: PublishEvent, event: BatchEvent, run: RunContext): Promise<void> => {
  try {
    await publish(event, run);
  } catch (error) {
    run.signal.throwIfAborted();
    run.observe({ type: 'event.failed', batchId: event.batchId, error: (error as Error).name });
  }
};
