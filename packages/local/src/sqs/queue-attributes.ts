import { invalidParameter, unknownAttribute } from './errors.ts';

/** What a queue does, read from its attributes. */
export interface QueueSettings {
  readonly delayMs: number;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly mostBytes: number;
  readonly waitMs: number;
  /** Where messages go that were received so often; `undefined` without a redrive policy. */
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceiveCount: number } | undefined;
}

/** Whole numbers: default, least, most. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const numbers: Readonly<Record<string, readonly [number, number, number]>> = {
  DelaySeconds: [0, 0, 900],
  MaximumMessageSize: [1_048_576, 1024, 1_048_576],
  MessageRetentionPeriod: [345_600, 60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 0, 20],
  VisibilityTimeout: [30, 0, 43_200],
};

/** Taken and told again; they change nothing here. */
const kept = new Set([
  'Policy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
]);

/** Attributes of a new queue. */
export const defaultAttributes: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(numbers).map(([name, [value]]) => [name, String(value)])),
  SqsManagedSseEnabled: 'true',
};

/**
 * Checks attributes that somebody gives a queue.
 *
 * @throws ServiceError for one that SQS does not know or whose value it does not take
 */
export const checkAttributes = (given: unknown): Record<string, string> => {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries((given ?? {}) as Record<string, unknown>)) {
    if (name === 'FifoQueue' || name === 'ContentBasedDeduplication') {
      if (value === 'true') throw invalidParameter('The local SQS has no FIFO queues');
      throw unknownAttribute(name);
    }
    if (name === 'RedrivePolicy') checkRedrive(String(value));
    else if (Object.hasOwn(numbers, name)) checkNumber(name, String(value));
    else if (!kept.has(name)) throw unknownAttribute(name);
    checked[name] = String(value);
  }
  // One kind of encryption at a time; the newer wish wins.
  if (checked.KmsMasterKeyId) checked.SqsManagedSseEnabled = 'false';
  return checked;
};

const checkNumber = (name: string, text: string): void => {
  const [, least, most] = numbers[name]!;
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
    throw invalidParameter(`Invalid value for the parameter ${name}.`);
};

const checkRedrive = (text: string): void => {
  if (text === '') return; // takes the policy away
  const wrong = (reason: string) =>
    invalidParameter(`Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  let policy: Record<string, unknown>;
  try {
    policy = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw wrong('Redrive policy is not a valid JSON map.');
  }
  if (policy.deadLetterTargetArn === undefined)
    throw wrong('Redrive policy does not contain mandatory attribute: deadLetterTargetArn.');
  if (policy.maxReceiveCount === undefined)
    throw wrong('Redrive policy does not contain mandatory attribute: maxReceiveCount.');
  const count = Number(policy.maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw wrong('Invalid value for maxReceiveCount: must be between 1 and 1000.');
};

/** Reads what a queue does. */
export const settingsOf = (attributes: Readonly<Record<string, string>>): QueueSettings => {
  const number = (name: string): number => Number(attributes[name]);
  return {
    delayMs: number('DelaySeconds') * 1000,
    visibilityMs: number('VisibilityTimeout') * 1000,
    retentionMs: number('MessageRetentionPeriod') * 1000,
    mostBytes: number('MaximumMessageSize'),
    waitMs: number('ReceiveMessageWaitTimeSeconds') * 1000,
    redrive: redriveOf(attributes.RedrivePolicy),
  };
};

const redriveOf = (text: string | undefined): QueueSettings['redrive'] => {
  if (!text) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(text) as Record<string, unknown>;
  return { deadLetterArn: String(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) };
};
