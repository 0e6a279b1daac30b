/** An object in a bucket; with `versionId` or `etag` it is pinned to exactly those bytes. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
  /** Only in a versioned bucket. */
  readonly versionId?: string;
  /** With its quotes, as S3 gives it. */
  readonly etag?: string;
}

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
}

/** Where one role (work, output, rejects, archive, failed) lives: a bucket and a key prefix, `''` or ending in `/`. */
export interface PrefixRef {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Renders a ref as `s3://bucket/key`, for messages; a pinned version is appended.
 *
 * @example
 * formatRef({ bucket: 'inbox', key: 'orders.csv' }); // 's3://inbox/orders.csv'
 */
export const formatRef = (ref: ObjectRef): string =>
  `s3://${ref.bucket}/${ref.key}${ref.versionId === undefined ? '' : `?versionId=${ref.versionId}`}`;
