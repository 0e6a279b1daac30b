import { randomUUID } from 'node:crypto';
import type { MessageAttributes } from './message-attributes.ts';
import type { QueueSettings } from './queue-attributes.ts';

/** A message in a queue. Times are milliseconds since the epoch. */
export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** `AWSTraceHeader` and `MessageGroupId`, where the sender gave them. */
  readonly system: Readonly<Record<string, string>>;
  readonly sentMs: number;
  firstReceivedMs?: number;
  receiveCount: number;
  visibleAtMs: number;
  /** Handle of the latest receipt; older ones no longer count. */
  receipt?: string;
  /** The queue that it was given up on. */
  deadLetterSourceArn?: string;
}

/** In the order they were sent. */
export type Messages = Map<string, StoredMessage>;

/** What a sender gives. */
export type NewMessage = Pick<StoredMessage, 'body' | 'attributes' | 'system'>;

/** Puts a message in; it can be received once the delay is over. */
export const addMessage = (
  messages: Messages,
  { body, attributes, system }: NewMessage,
  nowMs: number,
  delayMs: number,
): StoredMessage => {
  const added: StoredMessage = {
    ...{ body, attributes, system },
    id: randomUUID(),
    sentMs: nowMs,
    receiveCount: 0,
    visibleAtMs: nowMs + delayMs,
  };
  messages.set(added.id, added);
  return added;
};

/** Forgets messages that are older than the queue keeps them. */
export const dropExpired = (messages: Messages, nowMs: number, { retentionMs }: QueueSettings): void => {
  for (const [id, { sentMs }] of messages) if (nowMs - sentMs > retentionMs) messages.delete(id);
};

/**
 * Takes up to `most` messages that can be seen, oldest first, and hides them. Those that were received as often as the
 * redrive policy lets them be are taken out instead, for the dead-letter queue.
 */
export const takeMessages = (
  messages: Messages,
  nowMs: number,
  { most, visibilityMs, mostReceives }: { most: number; visibilityMs: number; mostReceives: number },
): { readonly taken: readonly StoredMessage[]; readonly dead: readonly StoredMessage[] } => {
  const taken: StoredMessage[] = [];
  const dead: StoredMessage[] = [];
  for (const message of messages.values()) {
    if (taken.length === most) break;
    if (message.visibleAtMs > nowMs) continue;
    if (message.receiveCount >= mostReceives) {
      messages.delete(message.id);
      dead.push(message);
      continue;
    }
    message.receiveCount += 1;
    message.firstReceivedMs ??= nowMs;
    message.visibleAtMs = nowMs + visibilityMs;
    message.receipt = handleOf(message.id);
    taken.push(message);
  }
  return { taken, dead };
};

/** When the next message can be seen, `undefined` when there is none. */
export const nextVisibleMs = (messages: Messages): number | undefined => {
  let next: number | undefined;
  for (const { visibleAtMs } of messages.values()) if (next === undefined || visibleAtMs < next) next = visibleAtMs;
  return next;
};

/** How many wait, are delayed, and are being worked on. */
export const countMessages = (
  messages: Messages,
  nowMs: number,
): { readonly visible: number; readonly delayed: number; readonly hidden: number } => {
  let [visible, delayed, hidden] = [0, 0, 0];
  for (const { visibleAtMs, receiveCount } of messages.values()) {
    if (visibleAtMs <= nowMs) visible += 1;
    else if (receiveCount === 0) delayed += 1;
    else hidden += 1;
  }
  return { visible, delayed, hidden };
};

const handlePrefix = 'local:';

const handleOf = (id: string): string => Buffer.from(`${handlePrefix}${id}:${randomUUID()}`).toString('base64');

/** Id of the message that a receipt handle is for; `undefined` for what is no handle. */
export const messageOfHandle = (handle: string): string | undefined => {
  const text = Buffer.from(handle, 'base64').toString();
  return text.startsWith(handlePrefix) ? text.slice(handlePrefix.length).split(':')[0] : undefined;
};
