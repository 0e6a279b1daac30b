import { PipelineConfigError, PipelineDeadlineError, PipelineError } from '@pipeline/core';
import pLimit from 'p-limit';
import {
  type CallContext,
  createCheckedHandler,
  type HandlerOptions,
  type PipelineHandler,
} from '../create-handler.ts';
import { queueCheck } from '../events/event-checks.mjs';
import { type QueueEvent, type QueueRecord, readMessage } from './read-message.ts';

/** What is done with each message. */
export interface QueueHandlerOptions<Event> extends HandlerOptions {
  /** Takes the event in a message; such as what `createProcessHandler` makes. */
  readonly handler: (event: Event, context: CallContext) => Promise<unknown>;
  /** Messages at work at once, from 1. @default 1 */
  readonly concurrency?: number;
  /** What was answered, by message; must not throw. @default nobody is told */
  readonly onDone?: (messageId: string, result: unknown) => void;
}

/** For an event source with `ReportBatchItemFailures`: only these messages come again. */
export interface QueueOutput {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Takes units of work from an SQS queue, directly or through SNS, and does each with a handler. Messages whose work failed,
 * or for which no time was left, come again; those that fail each time end in the queue's dead-letter queue, from where they
 * can be redriven: work that was committed is not done again. In a FIFO queue nothing is done behind a failed message of the
 * same group.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when made, for a concurrency below 1
 * @example
 * const process = createProcessHandler({ stage, store, locations });
 * export const handler = createQueueHandler({ handler: process, concurrency: 2 });
 */
export const createQueueHandler = <Event>(
  options: QueueHandlerOptions<Event>,
): PipelineHandler<QueueEvent, QueueOutput> => {
  const { handler, concurrency = 1, onDone = () => {} } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'concurrency',
      expected: 'a whole number from 1',
      got: String(concurrency),
    });

  return createCheckedHandler<QueueEvent, QueueOutput>(
    {
      name: 'queue',
      check: queueCheck,
      work: async ({ Records }, run, context) => {
        const failed = new Set<string>();
        const closedGroups = new Set<string>();

        const one = async ({ messageId, body, attributes }: QueueRecord, index: number): Promise<void> => {
          const group = attributes?.MessageGroupId;
          try {
            if (run.signal.aborted) throw new PipelineDeadlineError('DEADLINE', { work: 'the message' });
            if (group !== undefined && closedGroups.has(group)) {
              failed.add(messageId);
              return;
            }
            const event = readMessage(body);
            if (event === undefined) throw new PipelineConfigError('EVENT_INVALID', { reason: 'it is no JSON object' });
            // Two messages of one invocation may be the same chunk: each has a name of its own for what it writes.
            const own = { ...context, awsRequestId: `${context.awsRequestId}-${index}`, signal: run.signal };
            onDone(
              messageId,
              await handler(event as Event, {
                ...own,
                getRemainingTimeInMillis: () => context.getRemainingTimeInMillis(),
              }),
            );
          } catch (error) {
            failed.add(messageId);
            if (group !== undefined) closedGroups.add(group);
            const { name } = error as Error;
            const code = PipelineError.is(error) ? { code: error.code } : {};
            const received = attributes?.ApproximateReceiveCount;
            run.observe({
              type: 'queue.failed',
              messageId,
              error: name,
              ...code,
              ...(received === undefined ? {} : { received: Number(received) }),
            });
          }
        };

        const limit = pLimit(concurrency);
        await Promise.all(
          lanesOf(Records).map((lane) =>
            limit(async () => {
              for (const [record, index] of lane) await one(record, index);
            }),
          ),
        );
        run.observe({ type: 'queue.done', messages: Records.length, failed: failed.size });
        return {
          batchItemFailures: Records.filter(({ messageId }) => failed.has(messageId)).map(({ messageId }) => ({
            itemIdentifier: messageId,
          })),
        };
      },
    },
    options,
  );
};

/** Messages of one group follow each other; those without one stand alone. */
const lanesOf = (records: readonly QueueRecord[]): readonly (readonly (readonly [QueueRecord, number])[])[] => {
  const lanes = new Map<string, [QueueRecord, number][]>();
  records.forEach((record, index) => {
    const group = record.attributes?.MessageGroupId;
    const lane = group === undefined ? `message ${index}` : `group ${group}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), [record, index]]);
  });
  return [...lanes.values()];
};
