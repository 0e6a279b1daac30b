import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { ObjectRef } from '@pipeline/core';
import type { LogLine } from '../lambda/index.ts';
import { type ObjectEvent, toEventBridgeEvent } from '../s3/index.ts';
import type { ExecutionStatusEvent } from '../stepfunctions/index.ts';
import type { ExecutionBook } from './executions.ts';
import type { LocalApp } from './local-app.ts';
import type { LocalStackOptions } from './local-stack.ts';

/** What EventBridge does between the services: events in, asynchronous calls of functions out. */
export interface Triggers {
  onObjectEvent(event: ObjectEvent): void;
  onStatusChange(event: ExecutionStatusEvent): void;
  onLine(line: LogLine): void;
  /** For an S3 of somebody else, which does not tell us of uploads. */
  onUpload(object: ObjectRef): void;
  /** From now on functions are called; what happened before is forgotten. */
  connect(client: LambdaClient): void;
  /** Waits for the calls under way. */
  close(): Promise<void>;
}

const givenUp = 'asynchronous invocation given up: ';

/** What a function's error document says, or the text itself. */
const reasonOf = (text: string): string => {
  try {
    return (JSON.parse(text) as { errorMessage?: string }).errorMessage ?? text;
  } catch {
    return text;
  }
};

/** Wires an app's trigger and failure function to the events of the services. */
export const createTriggers = (
  { bucket, trigger, failureFunction }: LocalApp,
  executions: ExecutionBook,
  { onLog, onTriggerFailed }: Pick<LocalStackOptions, 'onLog' | 'onTriggerFailed'>,
): Triggers => {
  const pending = new Set<Promise<unknown>>();
  let client: LambdaClient | undefined;

  // Asynchronous, as S3 and EventBridge call: the service itself tries a failed call again.
  const invokeLater = (FunctionName: string, event: unknown): void => {
    const call = client
      ?.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }))
      .catch((error: unknown) => {
        onLog?.({ functionName: FunctionName, line: `not invoked: ${(error as Error).message}\n` });
      });
    if (call === undefined) return;
    pending.add(call);
    void call.finally(() => pending.delete(call));
  };
  const triggers = (object: ObjectRef): boolean =>
    object.bucket === bucket && object.key.startsWith(trigger.prefix) && object.key.endsWith(trigger.suffix);

  return {
    onObjectEvent(event) {
      if (event.eventName.startsWith('ObjectCreated:') && triggers(event))
        invokeLater(trigger.functionName, toEventBridgeEvent(event));
    },
    onStatusChange(event) {
      executions.note(event);
      if (['FAILED', 'TIMED_OUT', 'ABORTED'].includes(event.detail.status)) invokeLater(failureFunction, event);
    },
    onLine(line) {
      if (line.functionName === trigger.functionName && line.line.startsWith(givenUp))
        onTriggerFailed?.(reasonOf(line.line.slice(givenUp.length)));
      onLog?.(line);
    },
    onUpload(object) {
      if (triggers(object)) invokeLater(trigger.functionName, object);
    },
    connect(connected) {
      client = connected;
    },
    async close() {
      await Promise.allSettled(pending);
    },
  };
};
