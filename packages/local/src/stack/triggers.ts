import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ObjectRef } from '@pipeline/core';
import type { BusEvent, LocalEventBridge } from '../eventbridge/index.ts';
import type { LogLine } from '../lambda/index.ts';
import { type ObjectEvent, toEventBridgeEvent } from '../s3/index.ts';
import type { DeadLetter, LocalSqs, SqsRecord } from '../sqs/index.ts';
import type { ExecutionStatusEvent } from '../stepfunctions/index.ts';
import { deadLettersOf, uploadsOf } from './app-queues.ts';
import type { ExecutionBook } from './executions.ts';
import type { LocalApp } from './local-app.ts';
import type { LocalStackOptions } from './local-stack.ts';

/** What carries events from service to service. */
export interface EventServices {
  readonly bridge: LocalEventBridge;
  readonly queues: LocalSqs;
  readonly clients: { readonly sqs: SQSClient; readonly eventBridge: EventBridgeClient };
  /** Sends what a function gave up on, where its role is asked for leave. @default the stack does */
  readonly lettersOf?: (functionName: string) => { readonly client: SQSClient; readonly queue: string } | undefined;
}

/** What the services tell, on its way to EventBridge and SQS. */
export interface Triggers {
  onObjectEvent(event: ObjectEvent): void;
  onStatusChange(event: ExecutionStatusEvent): void;
  onTaskEvent(event: BusEvent): void;
  onLine(line: LogLine): void;
  /** For an S3 of somebody else, which does not tell us of uploads. */
  onUpload(object: ObjectRef): void;
  /** An asynchronous call that failed each time becomes a dead letter, as the function's settings say on AWS. */
  onGivenUp(given: { readonly functionName: string; readonly payload: string; readonly reason: string }): void;
  /** Messages come again soon: the visibility timeout of a queue is made for functions that take minutes. */
  onFailed(queue: string, failed: readonly SqsRecord[], reason: string, logs: string): void;
  onDeadLetter(letter: DeadLetter): void;
  /** From now on events are passed on; what happened before is forgotten. */
  connect(services: EventServices): void;
  /** Waits for what is being passed on. */
  close(): Promise<void>;
}

/** As the Lambda stand-in waits between two tries of an asynchronous call. */
const comesAgainMs = 200;

/** What a function's error document says, or the text itself. */
const reasonOf = (text: string): string => {
  try {
    return (JSON.parse(text) as { errorMessage?: string }).errorMessage ?? text;
  } catch {
    return text;
  }
};

/** What a function logged of the failure of one message. */
const loggedReason = (logs: string, messageId: string): string | undefined => {
  const line = logs.split('\n').find((one) => one.includes(messageId) && one.includes('"error":'));
  try {
    return line === undefined ? undefined : (JSON.parse(line.slice(line.indexOf('{'))) as { error?: string }).error;
  } catch {
    return undefined;
  }
};

/** Passes on what the services tell, and remembers why uploads failed. */
export const createTriggers = (
  app: LocalApp,
  executions: ExecutionBook,
  { onLog, onTriggerFailed }: Pick<LocalStackOptions, 'onLog' | 'onTriggerFailed'>,
): Triggers => {
  const pending = new Set<Promise<unknown>>();
  const reasons = new Map<string, string>();
  let services: EventServices | undefined;

  const send = (queue: string, body: string, client = services?.clients.sqs): void => {
    if (services === undefined || client === undefined) return;
    const call = client
      .send(new SendMessageCommand({ QueueUrl: services.queues.queueUrl(queue), MessageBody: body }))
      .catch((error: unknown) => {
        onLog?.({ functionName: queue, line: `not sent: ${(error as Error).message}\n` });
      });
    pending.add(call);
    void call.finally(() => pending.delete(call));
  };

  return {
    onObjectEvent: (event) => services?.bridge.publish(toEventBridgeEvent(event)),
    onStatusChange(event) {
      executions.note(event);
      services?.bridge.publish(event);
    },
    onTaskEvent: (event) => services?.bridge.publish(event),
    onLine: (line) => onLog?.(line),
    onUpload({ bucket, key, ...version }) {
      const { prefix, suffix } = app.trigger;
      if (bucket === app.bucket && key.startsWith(prefix) && key.endsWith(suffix))
        send(uploadsOf(app), JSON.stringify({ bucket, key, ...version }));
    },
    onGivenUp({ functionName, payload }) {
      if (app.template === undefined) return send(deadLettersOf(app), payload);
      const letters = services?.lettersOf?.(functionName);
      if (letters !== undefined) send(letters.queue, payload, letters.client);
    },
    onFailed(queue, failed, reason, logs) {
      for (const { messageId } of failed) reasons.set(messageId, loggedReason(logs, messageId) ?? reasonOf(reason));
      services?.queues.release(
        queue,
        failed.map(({ receiptHandle }) => receiptHandle),
        comesAgainMs,
      );
    },
    onDeadLetter({ from, messageId }) {
      const reason = reasons.get(messageId) ?? 'its message was received too often';
      reasons.delete(messageId);
      onLog?.({ functionName: from, line: `message ${messageId} became a dead letter: ${reason}\n` });
      if (from === uploadsOf(app)) onTriggerFailed?.(reason);
    },
    connect(connected) {
      services = connected;
    },
    async close() {
      await Promise.allSettled(pending);
    },
  };
};
