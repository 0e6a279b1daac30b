/** What happened to an object, in the terms that S3 notifications use. */
export type ObjectEventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete'
  | 'ObjectRemoved:DeleteMarkerCreated';

/** One committed change of an object; enough to build an S3 notification record or an EventBridge event. */
export interface ObjectEvent {
  /** Without the `s3:` of the notification's configuration. */
  readonly eventName: ObjectEventName;
  readonly bucket: string;
  /** The key as it is, not encoded. */
  readonly key: string;
  /** Bytes; 0 for removals. */
  readonly size: number;
  /** Without quotes; empty for a permanent removal. */
  readonly etag: string;
  /** Absent in buckets that never had versioning. */
  readonly versionId?: string;
  /** Hexadecimal, fixed width: comparing as strings orders the events of one key. */
  readonly sequencer: string;
  /** ISO 8601 with milliseconds. */
  readonly eventTime: string;
  readonly region: string;
  /** Id of the request that made the change. */
  readonly requestId: string;
  /** Address the request came from. */
  readonly sourceIpAddress: string;
}

/** The key pair that requests must be signed with. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The secret of an access key; `undefined` for one that is not known. */
export type SecretOf = (accessKeyId: string) => string | undefined;

/** Options of {@link startS3}. */
export interface StartS3Options {
  /** TCP port, 0 for a free one. @default 0 */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: '127.0.0.1';
  /** Folder for object bodies; it must be empty or missing. @default a fresh temporary folder, removed by `close` */
  readonly dataDir?: string;
  /** @default test/test */
  readonly credentials?: S3Credentials;
  /** Further keys that requests may be signed with. @default none */
  readonly secretOf?: SecretOf;
  /** Clock in milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Called after each committed change, before its response is sent. */
  readonly onObjectEvent?: (event: ObjectEvent) => void;
}

/** A running S3 stand-in. */
export interface LocalS3 {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** The region that it says it is in; requests may be signed for any. */
  readonly region: string;
  /** Keys that requests must be signed with. */
  readonly credentials: S3Credentials;
  /** Makes a bucket without a request; one that exists is kept. Throws `InvalidBucketName`. */
  createBucket(name: string, options?: { versioning?: boolean }): void;
  /** Ends open connections, deletes the bodies, and the folder too where it was a temporary one. */
  close(): Promise<void>;
}
