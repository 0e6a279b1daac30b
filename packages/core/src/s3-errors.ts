import { PipelineSourceError } from './errors.ts';
import { formatRef, type ObjectRef } from './refs.ts';
import { statusOf } from './s3-retry.ts';

/** The pipeline's error for what S3 says of an object, if it says something that another try does not change. */
export const sourceError = (error: unknown, ref: ObjectRef): PipelineSourceError | undefined => {
  const name = (error as Error | undefined)?.name ?? '';
  const status = statusOf(error);
  const params = { object: formatRef(ref) };
  if (name === 'PreconditionFailed' || status === 412)
    return new PipelineSourceError('SOURCE_CHANGED', params, { cause: error });
  if (
    name === 'NoSuchKey' ||
    name === 'NotFound' ||
    name === 'NoSuchVersion' ||
    name === 'NoSuchBucket' ||
    status === 404 ||
    status === 405
  )
    return new PipelineSourceError('SOURCE_NOT_FOUND', params, { cause: error });
  if (name === 'InvalidObjectState')
    return new PipelineSourceError(
      'SOURCE_FORBIDDEN',
      { ...params, reason: 'it is archived', advice: 'restore it from the archive, then redrive' },
      { cause: error },
    );
  // Without s3:ListBucket a missing object answers 403 too.
  if (name === 'AccessDenied' || status === 403)
    return new PipelineSourceError('SOURCE_FORBIDDEN', params, { cause: error });
  return undefined;
};

/**
 * The pipeline's error for any other refusal of a read: a key of KMS that cannot be used, an object under a key of the
 * customer's own, credentials that have ended, another region.
 */
export const refusedRead = (error: unknown, ref: ObjectRef): PipelineSourceError | undefined => {
  const status = statusOf(error);
  if (status < 300 || status >= 500) return undefined;
  const { name } = error as Error;
  // An answer to HEAD has no body, and so no code.
  const reason = /^(?:Unknown|\d)/.test(name) ? `status ${status}` : name;
  return new PipelineSourceError('SOURCE_FORBIDDEN', { object: formatRef(ref), reason }, { cause: error });
};

/** A condition (If-None-Match, If-Match) did not hold. */
export const isConditionFailed = (error: unknown): boolean =>
  statusOf(error) === 412 || (error as Error | undefined)?.name === 'PreconditionFailed';

/** Another conditional write of the same key was under way: S3 asks to try again (for uploads: to begin again). */
export const isConflict = (error: unknown): boolean =>
  statusOf(error) === 409 || (error as Error | undefined)?.name === 'ConditionalRequestConflict';

/** A conditional write of the key came between: what the upload has is of no use, it has to begin again. */
export const isUploadOvertaken = (operation: string, error: unknown): boolean =>
  operation === 'complete' && isConflict(error);

/** The multipart upload was completed, aborted or removed: no input is missing, the write has to begin again. */
export const isUploadGone = (error: unknown): boolean => (error as Error | undefined)?.name === 'NoSuchUpload';
