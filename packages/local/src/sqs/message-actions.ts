import type { JsonAction } from '../aws-json/json-service.ts';
import { ServiceError } from '../aws-json/service-error.ts';
import type { Broker, LocalQueue } from './broker.ts';
import { invalidParameter, missingParameter, outOfRange } from './errors.ts';
import {
  attributeBytes,
  attributesMd5,
  attributesNamed,
  checkMessageAttributes,
  type MessageAttributes,
  md5,
} from './message-attributes.ts';
import { messageOfHandle, type NewMessage, type StoredMessage } from './messages.ts';
import { settingsOf } from './queue-attributes.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Who sent it, since nobody is told apart here: the form of an assumed role's id. */
const senderId = 'AROALOCAL:local';

/** Characters that a message must not have: all that XML 1.0 has not. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Size of a message: its body and its attributes, in bytes. */
export const messageBytes = ({ MessageBody, MessageAttributes }: Fields): number =>
  Buffer.byteLength(String(MessageBody ?? '')) + attributeBytes((MessageAttributes ?? {}) as MessageAttributes);

/**
 * Reads a message that somebody sends, with its delay in milliseconds.
 *
 * @throws ServiceError for what SQS does not take
 */
const readMessage = (
  queue: LocalQueue,
  given: Fields,
): { readonly message: NewMessage; readonly delayMs: number | undefined } => {
  const { MessageBody, DelaySeconds, MessageGroupId, MessageSystemAttributes } = given;
  if (typeof MessageBody !== 'string' || MessageBody === '') throw missingParameter('MessageBody');
  if (forbidden.test(MessageBody))
    throw new ServiceError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  const delay = DelaySeconds as number | undefined;
  if (delay !== undefined && !(Number.isInteger(delay) && delay >= 0 && delay <= 900))
    throw outOfRange('DelaySeconds', delay, 'DelaySeconds must be >= 0 and <= 900.');
  if (MessageGroupId !== undefined && !/^[!-~]{1,128}$/.test(String(MessageGroupId)))
    throw outOfRange(
      'MessageGroupId',
      MessageGroupId,
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  const attributes = checkMessageAttributes(given.MessageAttributes);
  const { mostBytes } = settingsOf(queue.attributes);
  if (messageBytes(given) > mostBytes)
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${mostBytes} bytes.`,
    );
  const trace = (MessageSystemAttributes as MessageAttributes | undefined)?.AWSTraceHeader?.StringValue;
  const system = {
    ...(trace === undefined ? {} : { AWSTraceHeader: trace }),
    ...(MessageGroupId === undefined ? {} : { MessageGroupId: String(MessageGroupId) }),
  };
  return {
    message: { body: MessageBody, attributes, system },
    delayMs: delay === undefined ? undefined : delay * 1000,
  };
};

/** Puts a message in and answers what its sender is told. */
export const sendMessage = (broker: Broker, queue: LocalQueue, given: Fields): Fields => {
  const { message, delayMs } = readMessage(queue, given);
  const { id, body, attributes } = broker.send(queue, message, delayMs);
  return { MessageId: id, MD5OfMessageBody: md5(body), MD5OfMessageAttributes: attributesMd5(attributes) };
};

/** Takes a message out; one that is gone, or was received again since, is no error. */
export const deleteMessage = (queue: LocalQueue, { ReceiptHandle }: Fields): void => {
  const handle = String(ReceiptHandle ?? '');
  const id = readHandle(handle);
  if (queue.messages.get(id)?.receipt === handle) queue.messages.delete(id);
};

/** Shows a message again after another time. */
export const changeVisibility = (
  broker: Broker,
  queue: LocalQueue,
  { ReceiptHandle, VisibilityTimeout }: Fields,
): void => {
  const handle = String(ReceiptHandle ?? '');
  readHandle(handle);
  const seconds = VisibilityTimeout as number;
  if (!(Number.isInteger(seconds) && seconds >= 0 && seconds <= 43_200))
    throw outOfRange('VisibilityTimeout', seconds, 'VisibilityTimeout must be an integer between 0 and 43200.');
  if (!broker.show(queue, handle, seconds * 1000))
    throw outOfRange(
      'ReceiptHandle',
      handle,
      'Message does not exist or is not available for visibility timeout change.',
    );
};

const readHandle = (handle: string): string => {
  const id = messageOfHandle(handle);
  if (id === undefined)
    throw new ServiceError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      {
        status: 404,
        queryCode: 'ReceiptHandleIsInvalid',
      },
    );
  return id;
};

const systemAttributes = (message: StoredMessage, wanted: readonly string[]): Record<string, string> => {
  const all: Record<string, string> = {
    SenderId: senderId,
    SentTimestamp: String(message.sentMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    ...message.system,
    ...(message.deadLetterSourceArn === undefined ? {} : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name)));
};

/** Members without anything in them are left out, as SQS does. */
const filled = (members: Readonly<Record<string, object>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => Object.keys(value).length > 0));

/** Actions on single messages. */
export const messageActions = (broker: Broker): Readonly<Record<string, JsonAction>> => ({
  SendMessage: ({ body }) => sendMessage(broker, broker.at(body.QueueUrl), body),

  async ReceiveMessage({ body, signal }) {
    const queue = broker.at(body.QueueUrl);
    const settings = settingsOf(queue.attributes);
    const most = (body.MaxNumberOfMessages ?? 1) as number;
    if (!(Number.isInteger(most) && most >= 1 && most <= 10))
      throw outOfRange('MaxNumberOfMessages', most, 'Must be between 1 and 10, if provided.');
    const waitSeconds = (body.WaitTimeSeconds ?? settings.waitMs / 1000) as number;
    if (!(Number.isInteger(waitSeconds) && waitSeconds >= 0 && waitSeconds <= 20))
      throw outOfRange('WaitTimeSeconds', waitSeconds, 'Must be >= 0 and <= 20, if provided.');
    const hideSeconds = (body.VisibilityTimeout ?? settings.visibilityMs / 1000) as number;
    if (!(Number.isInteger(hideSeconds) && hideSeconds >= 0 && hideSeconds <= 43_200))
      throw outOfRange('VisibilityTimeout', hideSeconds, 'Must be between 0 and 43200, if provided.');
    const wantedSystem = [body.MessageSystemAttributeNames, body.AttributeNames].flatMap(
      (names) => (names ?? []) as readonly string[],
    );
    const wanted = (body.MessageAttributeNames ?? []) as readonly string[];
    const messages = await broker.receive(queue, {
      ...{ most, visibilityMs: hideSeconds * 1000, waitMs: waitSeconds * 1000, signal },
    });
    if (messages.length === 0) return {};
    return {
      Messages: messages.map((message) => {
        const attributes = attributesNamed(message.attributes, wanted);
        return {
          MessageId: message.id,
          ReceiptHandle: message.receipt,
          MD5OfBody: md5(message.body),
          Body: message.body,
          MD5OfMessageAttributes: attributesMd5(attributes),
          ...filled({ Attributes: systemAttributes(message, wantedSystem), MessageAttributes: attributes }),
        };
      }),
    };
  },

  DeleteMessage({ body }) {
    deleteMessage(broker.at(body.QueueUrl), body);
    return {};
  },

  ChangeMessageVisibility({ body }) {
    changeVisibility(broker, broker.at(body.QueueUrl), body);
    return {};
  },
});
