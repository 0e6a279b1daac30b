import { createHash } from 'node:crypto';
import { formEncodeKey } from './keys.ts';
import { ACCOUNT_ID, OWNER_ID } from './model.ts';
import type { ObjectEvent } from './types.ts';

/** One record of an S3 notification. */
export interface S3NotificationRecord {
  readonly eventVersion: string;
  readonly eventSource: 'aws:s3';
  readonly awsRegion: string;
  readonly eventTime: string;
  readonly eventName: string;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: Readonly<Record<'x-amz-request-id' | 'x-amz-id-2', string>>;
  readonly s3: {
    readonly s3SchemaVersion: '1.0';
    readonly configurationId: string;
    readonly bucket: {
      readonly name: string;
      readonly ownerIdentity: { readonly principalId: string };
      readonly arn: string;
    };
    readonly object: {
      /** Form-encoded: `+` for a space, `%XX`. */
      readonly key: string;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      readonly sequencer: string;
    };
  };
}

/** What S3 sends to a Lambda function, a queue or a topic. */
export interface S3Notification {
  readonly Records: readonly S3NotificationRecord[];
}

const hostId = (requestId: string): string => createHash('sha512').update(requestId).digest('base64');

/**
 * Builds the notification message of one event, with its key form-encoded:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 *
 * @example
 * const s3 = await startS3({ onObjectEvent: (event) => console.log(JSON.stringify(toS3Notification(event))) });
 */
export function toS3Notification(event: ObjectEvent): S3Notification {
  const removed = event.eventName === 'ObjectRemoved:Delete';
  const marker = event.eventName === 'ObjectRemoved:DeleteMarkerCreated';
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: event.region,
        eventTime: event.eventTime,
        eventName: event.eventName,
        userIdentity: { principalId: `AWS:${ACCOUNT_ID}` },
        requestParameters: { sourceIPAddress: event.sourceIpAddress },
        responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': hostId(event.requestId) },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'local',
          bucket: {
            name: event.bucket,
            ownerIdentity: { principalId: OWNER_ID },
            arn: `arn:aws:s3:::${event.bucket}`,
          },
          object: {
            key: formEncodeKey(event.key),
            ...(removed || marker ? {} : { size: event.size, eTag: event.etag }),
            ...(event.versionId === undefined || event.versionId === 'null' ? {} : { versionId: event.versionId }),
            sequencer: event.sequencer,
          },
        },
      },
    ],
  };
}

/** An event as S3 sends it to EventBridge. */
export interface EventBridgeS3Event {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Object Created' | 'Object Deleted';
  readonly source: 'aws.s3';
  readonly account: string;
  /** Whole seconds, as EventBridge writes it. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly version: '0';
    readonly bucket: { readonly name: string };
    readonly object: {
      /** The key as it is, not encoded. */
      readonly key: string;
      readonly size?: number;
      readonly etag?: string;
      readonly 'version-id'?: string;
      readonly sequencer: string;
    };
    readonly 'request-id': string;
    readonly requester: string;
    readonly 'source-ip-address': string;
    readonly reason: string;
    readonly 'deletion-type'?: 'Permanently Deleted' | 'Delete Marker Created';
  };
}

const REASONS: Record<ObjectEvent['eventName'], string> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
};

/** A UUID that depends on the event alone, so that the same event keeps its id. */
function eventId(event: ObjectEvent): string {
  const hex = createHash('sha256').update(`${event.bucket}\n${event.key}\n${event.sequencer}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Builds the EventBridge event of one event, with its key as it is:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 *
 * @example
 * const s3 = await startS3({ onObjectEvent: (event) => console.log(JSON.stringify(toEventBridgeEvent(event))) });
 */
export function toEventBridgeEvent(event: ObjectEvent): EventBridgeS3Event {
  const created = event.eventName.startsWith('ObjectCreated:');
  const marker = event.eventName === 'ObjectRemoved:DeleteMarkerCreated';
  return {
    version: '0',
    id: eventId(event),
    'detail-type': created ? 'Object Created' : 'Object Deleted',
    source: 'aws.s3',
    account: ACCOUNT_ID,
    time: event.eventTime.replace(/\.\d+Z$/, 'Z'),
    region: event.region,
    resources: [`arn:aws:s3:::${event.bucket}`],
    detail: {
      version: '0',
      bucket: { name: event.bucket },
      object: {
        key: event.key,
        ...(created ? { size: event.size, etag: event.etag } : {}),
        ...(event.versionId === undefined || event.versionId === 'null' ? {} : { 'version-id': event.versionId }),
        sequencer: event.sequencer,
      },
      'request-id': event.requestId,
      requester: ACCOUNT_ID,
      'source-ip-address': event.sourceIpAddress,
      reason: REASONS[event.eventName],
      ...(created ? {} : { 'deletion-type': marker ? 'Delete Marker Created' : 'Permanently Deleted' }),
    },
  };
}
