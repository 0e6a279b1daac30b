import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { RunContext } from '@pipeline/core';
import type { IncomingObject } from '../intake-events.ts';

/** Puts an upload off; once this has resolved the event of it may be forgotten. */
export type PutOff = (object: IncomingObject, run: RunContext) => Promise<void>;

/** Which queue it comes back from, and when. */
export interface SendLaterOptions {
  /** Its role needs `sqs:SendMessage`. */
  readonly client: SQSClient;
  /** The queue in front of the intake. */
  readonly queueUrl: string;
  /** From 0 to 900, SQS's own limit. @default 60 */
  readonly delaySeconds?: number;
}

/**
 * Sends an upload to the intake's queue again, with a delay. A message that waits this way is a new one each time, so that
 * its receive count says how often it failed, and waiting never leads to the dead-letter queue.
 *
 * @example
 * const later = sendLater({ client: new SQSClient(), queueUrl });
 */
export const sendLater = ({ client, queueUrl, delaySeconds = 60 }: SendLaterOptions): PutOff => {
  return async ({ messageId: _, ...object }, run) => {
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(object),
      DelaySeconds: delaySeconds,
    });
    await client.send(command, { abortSignal: run.signal });
  };
};
