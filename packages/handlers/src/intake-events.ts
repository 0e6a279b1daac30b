/** An upload as an event announces it. */
export interface IncomingObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** With its quotes. */
  readonly etag?: string;
  /** Orders the events of one key; tells uploads apart in an unversioned bucket. */
  readonly sequencer?: string;
  /** Absent where the event does not say it. */
  readonly sizeBytes?: number;
  /** When it was put off for the first time, in milliseconds since the epoch. */
  readonly waitingSince?: number;
  /** Message id of the SQS record it came in, for partial batch responses. */
  readonly messageId?: string;
}

/** Part of an event that starts nothing, and why. */
export interface IgnoredEvent {
  /** Said in the log, and in the answer of the intake. */
  readonly reason: 'test event' | 'not a creation' | 'not an S3 event';
}

/** What one part of an event announces: an upload, or nothing. */
export type IntakeItem = IncomingObject | IgnoredEvent;

/**
 * Whether a part of an event starts nothing.
 *
 * @example
 * const uploads = readIntakeEvent(event).filter((item) => !isIgnored(item));
 */
export const isIgnored = (item: IntakeItem): item is IgnoredEvent => 'reason' in item;

type Json = Readonly<Record<string, unknown>>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const compact = (fields: Record<string, unknown>): IncomingObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as IncomingObject;

/** Etags come with quotes from S3 calls and without from events. */
const quoted = (etag: string | undefined): string | undefined =>
  etag === undefined || etag.startsWith('"') ? etag : `"${etag}"`;

/** Buckets whose versioning is suspended name the version `null`, which a later upload has too: the etag pins it then. */
const version = (value: unknown): string | undefined => (value === 'null' ? undefined : text(value));

/**
 * Keys of S3 notifications are form-encoded: `+` is a space. Decoded exactly once. One that cannot be decoded was not
 * encoded by its sender and is taken as it is, so that it fails alone and not with all that came with it.
 */
const decodeKey = (key: string): string => {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
};

/**
 * Reads every envelope that an upload can arrive in: S3 notification, EventBridge event, both wrapped by SNS, SQS or SNS in
 * SQS, and a direct call with `{ bucket, key }` or `{ source }`.
 *
 * Formats: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html (keys form-encoded),
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (keys as they are).
 *
 * @example
 * readIntakeEvent({ bucket: 'orders', key: 'input/may.csv' }); // [{ bucket: 'orders', key: 'input/may.csv' }]
 */
export const readIntakeEvent = (event: unknown, messageId?: string): IntakeItem[] => {
  const { Records, Type, Message, Event, ...direct } = object(event);
  if (Event === 's3:TestEvent') return [{ reason: 'test event' }];
  if (Type === 'Notification' && typeof Message === 'string') return readIntakeEvent(parse(Message), messageId);
  if (Array.isArray(Records)) return Records.flatMap((record) => readRecord(object(record), messageId));
  if (direct.source === 'aws.s3') return [readEventBridge(direct, messageId)];
  const source = object(direct.source ?? direct);
  if (text(source.bucket) !== undefined && text(source.key) !== undefined)
    return [
      compact({
        bucket: source.bucket,
        key: source.key,
        versionId: version(source.versionId),
        etag: quoted(text(source.etag)),
        sequencer: text(source.sequencer),
        waitingSince: number(source.waitingSince),
        messageId,
      }),
    ];
  return [{ reason: 'not an S3 event' }];
};

const readRecord = (record: Json, messageId: string | undefined): IntakeItem[] => {
  if (record.eventSource === 'aws:sqs') return readIntakeEvent(parse(record.body), text(record.messageId));
  if (record.EventSource === 'aws:sns') return readIntakeEvent(parse(object(record.Sns).Message), messageId);
  if (record.eventSource === 'aws:s3') return [readS3Record(record, messageId)];
  return [{ reason: 'not an S3 event' }];
};

const readS3Record = (record: Json, messageId: string | undefined): IntakeItem => {
  if (!(text(record.eventName) ?? '').startsWith('ObjectCreated:')) return { reason: 'not a creation' };
  const s3 = object(record.s3);
  const found = object(s3.object);
  return compact({
    bucket: object(s3.bucket).name,
    key: decodeKey(text(found.key) ?? ''),
    versionId: version(found.versionId),
    etag: quoted(text(found.eTag)),
    sequencer: text(found.sequencer),
    sizeBytes: number(found.size),
    messageId,
  });
};

const readEventBridge = (event: Json, messageId: string | undefined): IntakeItem => {
  if (event['detail-type'] !== 'Object Created') return { reason: 'not a creation' };
  const detail = object(event.detail);
  const found = object(detail.object);
  return compact({
    bucket: object(detail.bucket).name,
    key: found.key,
    versionId: version(found['version-id']),
    etag: quoted(text(found.etag)),
    sequencer: text(found.sequencer),
    sizeBytes: number(found.size),
    messageId,
  });
};

/** A body that is no JSON is no S3 event; it is ignored with that reason. */
const parse = (body: unknown): unknown => {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
};
