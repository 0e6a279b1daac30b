/** An object in a bucket; with `versionId` or `etag` it is pinned to exactly those bytes. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly etag?: string;
}

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where one role (work, output, rejects, archive, failed) lives: a bucket and a key prefix, `''` or ending in `/`. */
export interface PrefixRef {
  readonly bucket: string;
  readonly prefix: string;
}

/** Renders a ref as `s3://bucket/key`, for messages; a pinned version is appended. */
export const formatRef = (ref: ObjectRef): string =>
  `s3://${ref.bucket}/${ref.key}${ref.versionId === undefined ? '' : `?versionId=${ref.versionId}`}`;
