/** One message of a queue, as Lambda's event has it. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes?: { readonly MessageGroupId?: string; readonly ApproximateReceiveCount?: string };
}

/** What Lambda calls a function with for the messages of a queue. */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

/**
 * The event in a message: its body, or what SNS put into it. `undefined` when it is no JSON object.
 * Envelope: https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
 *
 * @example
 * readMessage('{"Type":"Notification","Message":"{\\"chunk\\":7}"}'); // { chunk: 7 }
 */
export const readMessage = (body: string): object | undefined => {
  const outer = asObject(body);
  const { Type, Message } = (outer ?? {}) as { readonly Type?: unknown; readonly Message?: unknown };
  return Type === 'Notification' && typeof Message === 'string' ? asObject(Message) : outer;
};

const asObject = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
