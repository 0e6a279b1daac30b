import { headerNotImplemented, noSuchKey, preconditionFailed, S3Error } from './errors.ts';
import type { StoredObject, Version } from './model.ts';
import type { S3Request } from './request.ts';

const unquote = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
const listsEtag = (header: string, etag: string): boolean =>
  header.split(',').some((item) => item.trim() === '*' || unquote(item) === etag);
const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

/** What conditions on a read say. */
export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** The name of the condition that failed, in the form S3 reports it without a prefix. */
export function failedCondition(
  conditions: ReadConditions,
  object: StoredObject,
  nowMs: number,
): 'If-Match' | 'If-Unmodified-Since' | 'If-None-Match' | 'If-Modified-Since' | undefined {
  const { ifMatch, ifNoneMatch } = conditions;
  const modified = wholeSeconds(object.modifiedMs);
  const unmodifiedSince = Date.parse(conditions.ifUnmodifiedSince ?? '');
  const modifiedSince = Date.parse(conditions.ifModifiedSince ?? '');
  // RFC 9110: an ETag condition that is given makes the date condition beside it count for nothing.
  if (ifMatch !== undefined) {
    if (!listsEtag(ifMatch, object.etag)) return 'If-Match';
  } else if (!Number.isNaN(unmodifiedSince) && modified > unmodifiedSince) {
    return 'If-Unmodified-Since';
  }
  if (ifNoneMatch !== undefined) {
    if (listsEtag(ifNoneMatch, object.etag)) return 'If-None-Match';
  } else if (!Number.isNaN(modifiedSince) && modified <= modifiedSince && modifiedSince <= nowMs) {
    return 'If-Modified-Since';
  }
  return undefined;
}

/** Checks the conditions of a GET or HEAD. Throws `PreconditionFailed`, or a 304. */
export function checkRead(request: S3Request, object: StoredObject, nowMs: number): void {
  const failed = failedCondition(
    {
      ifMatch: request.header('if-match'),
      ifNoneMatch: request.header('if-none-match'),
      ifModifiedSince: request.header('if-modified-since'),
      ifUnmodifiedSince: request.header('if-unmodified-since'),
    },
    object,
    nowMs,
  );
  if (failed === undefined) return;
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') throw preconditionFailed(failed);
  throw new S3Error(304, 'NotModified', 'Not Modified', {
    headers: {
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.modifiedMs).toUTCString(),
      ...(object.versionId === 'null' ? {} : { 'x-amz-version-id': object.versionId }),
    },
  });
}

/** Checks the conditions on the source of a copy. Throws `PreconditionFailed`. */
export function checkCopySource(request: S3Request, object: StoredObject, nowMs: number): void {
  const failed = failedCondition(
    {
      ifMatch: request.header('x-amz-copy-source-if-match'),
      ifNoneMatch: request.header('x-amz-copy-source-if-none-match'),
      ifModifiedSince: request.header('x-amz-copy-source-if-modified-since'),
      ifUnmodifiedSince: request.header('x-amz-copy-source-if-unmodified-since'),
    },
    object,
    nowMs,
  );
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`);
}

/** The check that a conditional write makes in the moment it commits. */
export type WriteCheck = (current: Version | undefined) => void;

/**
 * Reads `If-None-Match: *` and `If-Match` of a write. AWS docs: "Add preconditions to S3 operations with conditional requests".
 * Throws `NotImplemented` for values that S3 does not take. `overtaken` tells whether the key changed since a multipart upload began.
 */
export function writeCheck(request: S3Request, overtaken: () => boolean = () => false): WriteCheck | undefined {
  const ifMatch = request.header('if-match');
  const ifNoneMatch = request.header('if-none-match');
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw headerNotImplemented('If-Match,If-None-Match', 'Multiple conditional request headers present in the request');
  }
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw headerNotImplemented(
      'If-None-Match',
      "We don't accept the provided value of If-None-Match header for this API",
    );
  }
  if (ifMatch?.trim() === '*') {
    throw headerNotImplemented('If-Match', "We don't accept the provided value of If-Match header for this API");
  }
  const key = request.key ?? '';
  if (ifNoneMatch !== undefined) {
    return (current) => {
      if (current?.kind === 'object') throw preconditionFailed('If-None-Match');
      if (overtaken()) throw conflict('If-None-Match', key);
    };
  }
  if (ifMatch !== undefined) {
    return (current) => {
      if (current?.kind !== 'object') throw noSuchKey(key);
      if (unquote(ifMatch) !== current.etag) throw preconditionFailed('If-Match');
      if (overtaken()) throw conflict('If-Match', key);
    };
  }
  return undefined;
}

/** `If-Match` of a delete, where `*` means "exists". AWS docs: "How to perform conditional deletes". */
export function deleteCheck(ifMatch: string | undefined, key: string): WriteCheck | undefined {
  if (ifMatch === undefined) return undefined;
  return (current) => {
    if (current?.kind !== 'object') throw noSuchKey(key);
    if (ifMatch.trim() !== '*' && unquote(ifMatch) !== current.etag) throw preconditionFailed('If-Match');
  };
}

const conflict = (condition: string, key: string): S3Error =>
  new S3Error(
    409,
    'ConditionalRequestConflict',
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    { fields: { Condition: condition, Key: key } },
  );
