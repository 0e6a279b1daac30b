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
  // Without s3:ListBucket a missing object answers 403 too.
  if (name === 'AccessDenied' || name === 'InvalidObjectState' || status === 403)
    return new PipelineSourceError('SOURCE_FORBIDDEN', params, { cause: error });
  return undefined;
};

/** A condition (If-None-Match, If-Match) did not hold. */
export const isConditionFailed = (error: unknown): boolean =>
  statusOf(error) === 412 || (error as Error | undefined)?.name === 'PreconditionFailed';

/** Another conditional write of the same key was under way: S3 asks to try again (for uploads: to begin again). */
export const isConflict = (error: unknown): boolean =>
  statusOf(error) === 409 || (error as Error | undefined)?.name === 'ConditionalRequestConflict';

/** The multipart upload was completed, aborted or removed: no input is missing, the write has to begin again. */
export const isUploadGone = (error: unknown): boolean => (error as Error | undefined)?.name === 'NoSuchUpload';
