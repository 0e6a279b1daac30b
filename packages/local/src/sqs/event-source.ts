import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { InvokeRequest, InvokeResponse } from '../lambda/types.ts';
import { type Clock, systemClock } from '../stepfunctions/engine/clock.ts';
import { eventsOf, failedOf, type SqsRecord, toRecord } from './queue-event.ts';

/** Which queue feeds which function, and how. */
export interface EventSourceOptions {
  /** Its calls are those that the function's role has to allow: receive, delete, get attributes. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Such as that of a local Lambda. */
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResponse>;
  readonly functionName: string;
  /** The function's limit, which the queue's visibility timeout must not be below. @default not looked at */
  readonly functionTimeoutSeconds?: number;
  /** Most messages of one event, from 1 to 10,000; above 10 only with a window. @default 10 */
  readonly batchSize?: number;
  /** How long messages are collected, from 0 to 300. @default 0 */
  readonly windowSeconds?: number;
  /** Most events at work at once, from 2 to 1,000. @default 5, what Lambda begins with */
  readonly maximumConcurrency?: number;
  /** Whether the function's answer names the messages that come again (`ReportBatchItemFailures`). @default false: all or none */
  readonly reportBatchItemFailures?: boolean;
  /** Called with what is to come again, to let it come sooner than the queue's visibility timeout. @default nobody */
  readonly onFailed?: (failed: readonly SqsRecord[], reason: string, logs: string) => void;
  /** Told when the queue cannot be read; it is tried again. @default nobody */
  readonly onPollFailed?: (error: Error) => void;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

/** A running event source mapping. */
export interface EventSource {
  /** Stops reading; events at work are cut short, their messages come again. */
  close(): Promise<void>;
}

const mostPerCall = 10;
const waitSeconds = 20;
const pauseMs = 1000;
/** What a function takes at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const mostEventBytes = 6 * 1024 * 1024;

const check = ({ batchSize = 10, windowSeconds = 0, maximumConcurrency = 5 }: EventSourceOptions): void => {
  const whole = (name: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw new RangeError(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
  };
  whole('batchSize', batchSize, 1, 10_000);
  whole('windowSeconds', windowSeconds, 0, 300);
  whole('maximumConcurrency', maximumConcurrency, 2, 1000);
  if (batchSize > 10 && windowSeconds === 0)
    throw new RangeError(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
};

/**
 * Feeds a function with the messages of a queue, as Lambda's event source mapping does: reads, calls, and deletes what was
 * done. The rest comes again after the queue's visibility timeout.
 *
 * @throws RangeError for numbers that Lambda does not take; Error for a queue that is not there or shows its messages again
 * before the function's time is over
 * @example
 * const source = await startEventSource({ client, queueUrl, invoke: lambda.invoke, functionName: 'intake' });
 */
export const startEventSource = async (options: EventSourceOptions): Promise<EventSource> => {
  check(options);
  const { client, queueUrl, functionName, functionTimeoutSeconds = 0, clock = systemClock } = options;
  const { batchSize = 10, windowSeconds = 0, maximumConcurrency = 5, onFailed, onPollFailed } = options;
  const stop = new AbortController();
  const { signal } = stop;

  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ['QueueArn', 'VisibilityTimeout'],
  });
  const { Attributes = {} } = await client.send(command);
  const queueArn = Attributes.QueueArn ?? '';
  if (Number(Attributes.VisibilityTimeout) < functionTimeoutSeconds)
    throw new Error(
      `Queue visibility timeout: ${Attributes.VisibilityTimeout} seconds is less than Function timeout: ${functionTimeoutSeconds} seconds`,
    );

  const receive = async (most: number, seconds: number): Promise<readonly Message[]> => {
    const asked = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(most, mostPerCall),
      WaitTimeSeconds: seconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    return (await client.send(asked, { abortSignal: signal })).Messages ?? [];
  };

  /** A full batch, or what has come when the window closes. */
  const collect = async (): Promise<readonly Message[]> => {
    const messages = [...(await receive(batchSize, waitSeconds))];
    const untilMs = clock.now() + windowSeconds * 1000;
    while (messages.length > 0 && messages.length < batchSize && clock.now() < untilMs) {
      const seconds = Math.min(waitSeconds, Math.ceil((untilMs - clock.now()) / 1000));
      messages.push(...(await receive(batchSize - messages.length, seconds)));
    }
    return messages;
  };

  const remove = async (done: readonly SqsRecord[]): Promise<void> => {
    for (let from = 0; from < done.length; from += mostPerCall) {
      const Entries = done
        .slice(from, from + mostPerCall)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };

  const call = async (records: readonly SqsRecord[]): Promise<void> => {
    const ids = records.map(({ messageId }) => messageId);
    const payload = JSON.stringify({ Records: records });
    const answer = await options.invoke({ functionName, payload, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      return { functionError: 'Unhandled', payload: String(error), logs: '' };
    });
    const whole = answer.functionError !== undefined;
    const named = options.reportBatchItemFailures === true ? failedOf(answer.payload, ids) : [];
    const failed = new Set(whole ? ids : named);
    await remove(records.filter(({ messageId }) => !failed.has(messageId)));
    const again = records.filter(({ messageId }) => failed.has(messageId));
    const reason = whole ? answer.payload : 'the function names it among its batch item failures';
    if (again.length > 0) onFailed?.(again, reason, answer.logs ?? '');
  };

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const records = (await collect()).map((message) => toRecord(message, queueArn));
        for (const event of eventsOf(records, mostEventBytes)) await call(event);
      } catch (error) {
        if (signal.aborted) return;
        onPollFailed?.(error as Error);
        await clock.sleep(pauseMs, signal).catch(() => {});
      }
    }
  };

  const pollers = Array.from({ length: maximumConcurrency }, poll);
  return {
    async close() {
      stop.abort(new Error('the event source is closed'));
      await Promise.all(pollers);
    },
  };
};
