import type { Clock } from '../stepfunctions/engine/clock.ts';
import { noSuchQueue } from './errors.ts';
import {
  addMessage,
  dropExpired,
  type Messages,
  messageOfHandle,
  type NewMessage,
  nextVisibleMs,
  type StoredMessage,
  takeMessages,
} from './messages.ts';
import { settingsOf } from './queue-attributes.ts';

/** A queue with its messages. */
export interface LocalQueue {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  modifiedMs: number;
  attributes: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  readonly messages: Messages;
  purgedMs?: number;
  /** Receives that wait for something to change. */
  readonly waiting: Set<() => void>;
}

/** A message that was given up on. */
export interface DeadLetter {
  /** Names of the queues: where it was received too often, and where it is now. */
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly body: string;
}

export interface BrokerOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

/** The queues, and what passes between them. */
export interface Broker extends Omit<BrokerOptions, 'onDeadLetter'> {
  readonly queues: Map<string, LocalQueue>;
  /** The queue of a URL, whatever its host. @throws ServiceError `QueueDoesNotExist` */
  at(url: unknown): LocalQueue;
  byArn(arn: string): LocalQueue | undefined;
  send(queue: LocalQueue, message: NewMessage, delayMs?: number): StoredMessage;
  /** Takes what can be seen, or waits for it so long. Answers nothing after an abort. */
  receive(
    queue: LocalQueue,
    wish: { most: number; visibilityMs: number; waitMs: number; signal: AbortSignal },
  ): Promise<readonly StoredMessage[]>;
  /** Shows a message again after so long; false when its receipt no longer counts. */
  show(queue: LocalQueue, handle: string, afterMs: number): boolean;
  /** Queues whose messages end in this one. */
  sourcesOf(queue: LocalQueue): readonly LocalQueue[];
}

export const createBroker = ({ onDeadLetter, ...options }: BrokerOptions): Broker => {
  const { clock } = options;
  const queues = new Map<string, LocalQueue>();

  const wake = (queue: LocalQueue): void => {
    for (const look of [...queue.waiting]) look();
  };

  const byArn: Broker['byArn'] = (arn) => [...queues.values()].find((queue) => queue.arn === arn);

  const bury = (queue: LocalQueue, message: StoredMessage, deadLetterArn: string): void => {
    const target = byArn(deadLetterArn);
    // SQS keeps a message whose dead-letter queue is gone; it is received again.
    if (target === undefined) return void queue.messages.set(message.id, message);
    const { receipt: _, ...kept } = message;
    target.messages.set(message.id, { ...kept, visibleAtMs: clock.now(), deadLetterSourceArn: queue.arn });
    wake(target);
    onDeadLetter({ from: queue.name, to: target.name, messageId: message.id, body: message.body });
  };

  const take = (queue: LocalQueue, most: number, visibilityMs: number): readonly StoredMessage[] => {
    const settings = settingsOf(queue.attributes);
    const nowMs = clock.now();
    dropExpired(queue.messages, nowMs, settings);
    const { redrive } = settings;
    const known = redrive !== undefined && byArn(redrive.deadLetterArn) !== undefined;
    const mostReceives = known ? redrive.maxReceiveCount : Number.POSITIVE_INFINITY;
    const { taken, dead } = takeMessages(queue.messages, nowMs, { most, visibilityMs, mostReceives });
    for (const message of dead) bury(queue, message, redrive!.deadLetterArn);
    return taken;
  };

  /** Until something changes, the next message can be seen, or the time is over. */
  const change = async (queue: LocalQueue, untilMs: number, signal: AbortSignal): Promise<void> => {
    const done = new AbortController();
    const look = (): void => done.abort();
    queue.waiting.add(look);
    const next = nextVisibleMs(queue.messages) ?? Number.POSITIVE_INFINITY;
    const ms = Math.max(1, Math.min(next, untilMs) - clock.now());
    await clock.sleep(ms, AbortSignal.any([signal, done.signal])).catch(() => {});
    queue.waiting.delete(look);
  };

  return {
    ...options,
    queues,
    byArn,
    at(url) {
      const name =
        String(url ?? '')
          .split('/')
          .pop() ?? '';
      const queue = queues.get(name);
      if (queue === undefined) throw noSuchQueue();
      return queue;
    },
    send(queue, message, delayMs = settingsOf(queue.attributes).delayMs) {
      const added = addMessage(queue.messages, message, clock.now(), delayMs);
      wake(queue);
      return added;
    },
    async receive(queue, { most, visibilityMs, waitMs, signal }) {
      const untilMs = clock.now() + waitMs;
      while (!signal.aborted) {
        const taken = take(queue, most, visibilityMs);
        if (taken.length > 0 || clock.now() >= untilMs) return taken;
        await change(queue, untilMs, signal);
      }
      return [];
    },
    show(queue, handle, afterMs) {
      const message = queue.messages.get(messageOfHandle(handle) ?? '');
      if (message === undefined || message.receipt !== handle) return false;
      message.visibleAtMs = clock.now() + afterMs;
      wake(queue);
      return true;
    },
    sourcesOf: ({ arn }) =>
      [...queues.values()].filter(({ attributes }) => settingsOf(attributes).redrive?.deadLetterArn === arn),
  };
};
