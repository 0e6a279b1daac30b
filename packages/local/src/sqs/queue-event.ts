import type { Message } from '@aws-sdk/client-sqs';

/** One message as Lambda's event has it. */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<
    Record<
      string,
      {
        readonly stringValue?: string;
        readonly binaryValue?: string;
        readonly stringListValues: readonly [];
        readonly binaryListValues: readonly [];
        readonly dataType: string;
      }
    >
  >;
  readonly md5OfMessageAttributes: string | null;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** A message as a function gets it: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export const toRecord = (message: Message, queueArn: string): SqsRecord => ({
  messageId: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  attributes: (message.Attributes ?? {}) as Record<string, string>,
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType = '', StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
        ...{ stringListValues: [], binaryListValues: [], dataType: DataType },
      },
    ]),
  ),
  md5OfMessageAttributes: message.MD5OfMessageAttributes ?? null,
  md5OfBody: message.MD5OfBody ?? '',
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: queueArn.split(':')[3] ?? '',
});

/**
 * Which of the messages a function did not do, by its answer. An answer that names them wrongly fails them all:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param payload - the function's answer, JSON
 */
export const failedOf = (payload: string, messageIds: readonly string[]): readonly string[] => {
  let answer: unknown;
  try {
    answer = payload === '' ? null : JSON.parse(payload);
  } catch {
    return messageIds;
  }
  if (answer === null) return [];
  if (typeof answer !== 'object' || Array.isArray(answer)) return messageIds;
  const { batchItemFailures: failures = [] } = answer as { batchItemFailures?: unknown };
  if (failures === null) return [];
  if (!Array.isArray(failures)) return messageIds;
  const failed = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return failed.every((id) => typeof id === 'string' && messageIds.includes(id)) ? (failed as string[]) : messageIds;
};

/**
 * Splits messages so that no event is larger than a function takes.
 *
 * @param mostBytes - limit of an event, from the size of the largest record
 */
export const eventsOf = (records: readonly SqsRecord[], mostBytes: number): readonly (readonly SqsRecord[])[] => {
  const events: SqsRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (events.length === 0 || bytes > room) {
      events.push([]);
      room = mostBytes - Buffer.byteLength('{"Records":[]}');
    }
    events.at(-1)!.push(record);
    room -= bytes;
  }
  return events;
};
