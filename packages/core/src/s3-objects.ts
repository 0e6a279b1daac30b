import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { PipelineError, PipelineStorageError } from './errors.ts';
import { formatRef, type ObjectRef } from './refs.ts';
import { copySource, hexOf, type S3Calls } from './s3-calls.ts';
import { isConditionFailed, sourceError } from './s3-errors.ts';
import type { ObjectStore, WriteOptions } from './store.ts';

/** The calls on whole objects. `writeBytes` and `copyWhole` are one request each. */
export interface S3Objects extends Pick<ObjectStore, 'head' | 'deleteMany' | 'list'> {
  writeBytes(ref: ObjectRef, body: Uint8Array, write: WriteOptions): Promise<ObjectRef | undefined>;
  /** Up to 5 GiB. */
  copyWhole(pinned: ObjectRef, target: ObjectRef, write: WriteOptions): Promise<ObjectRef | undefined>;
}

export const createS3Objects = (calls: S3Calls): S3Objects => {
  const { client, owner, sourceOwner, limits, at, conditions, headers, call, conditional } = calls;

  const head: ObjectStore['head'] = (ref, { signal } = {}) =>
    call('head', ref, signal, async (abortSignal) => {
      const answer = await client.send(
        new HeadObjectCommand({
          ...at(ref),
          ChecksumMode: 'ENABLED',
          ...(ref.versionId === undefined ? {} : { VersionId: ref.versionId }),
          ...(ref.etag === undefined ? {} : { IfMatch: ref.etag }),
        }),
        { abortSignal },
      );
      const versionId = answer.VersionId === 'null' ? undefined : (answer.VersionId ?? ref.versionId);
      return {
        ref: {
          bucket: ref.bucket,
          key: ref.key,
          etag: answer.ETag ?? '',
          ...(versionId === undefined ? {} : { versionId }),
        },
        sizeBytes: answer.ContentLength ?? 0,
        metadata: answer.Metadata ?? {},
        ...(answer.ContentType === undefined ? {} : { contentType: answer.ContentType }),
        ...(answer.ContentEncoding === undefined ? {} : { contentEncoding: answer.ContentEncoding }),
        ...(answer.ChecksumType === 'COMPOSITE' ? {} : hexOf(answer.ChecksumCRC32)),
      };
    }).catch((error: unknown) => {
      throw isConditionFailed(error) ? (sourceError(error, ref) ?? error) : error;
    });

  const deletePinned = (ref: ObjectRef, signal: AbortSignal | undefined): Promise<unknown> =>
    call('delete', ref, signal, (abortSignal) =>
      client.send(new DeleteObjectCommand({ ...at(ref), IfMatch: ref.etag }), { abortSignal }),
    ).catch((error: unknown) => {
      const gone = isConditionFailed(error) || (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND');
      if (!gone) throw error;
    });

  const deletePage = async (
    bucket: string,
    refs: readonly ObjectRef[],
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const Objects = refs.map((ref) => ({
      Key: ref.key,
      ...(ref.versionId === undefined ? {} : { VersionId: ref.versionId }),
    }));
    const answer = await call('delete', refs[0]!, signal, (abortSignal) =>
      client.send(new DeleteObjectsCommand({ Bucket: bucket, ...owner, Delete: { Quiet: true, Objects } }), {
        abortSignal,
      }),
    );
    const failed = answer.Errors?.[0];
    if (failed !== undefined)
      throw new PipelineStorageError('STORAGE_FAILED', {
        operation: 'delete',
        object: formatRef({ bucket, key: failed.Key ?? '' }),
        tries: 1,
        reason: failed.Code ?? 'unknown',
      });
  };

  return {
    head,
    writeBytes: (ref, body, write) =>
      conditional(
        'write',
        ref,
        write,
        (abortSignal) =>
          client.send(new PutObjectCommand({ ...at(ref), Body: body, ...headers(write), ...conditions(write) }), {
            abortSignal,
          }),
        limits.sending(body.length),
      ),
    copyWhole: (ref, target, write) =>
      conditional(
        'copy',
        target,
        write,
        async (abortSignal) => {
          const answer = await client.send(
            new CopyObjectCommand({
              ...at(target),
              ...sourceOwner,
              CopySource: copySource(ref),
              ...(ref.etag === undefined ? {} : { CopySourceIfMatch: ref.etag }),
              ...headers(write),
              ...(write.metadata === undefined ? {} : { MetadataDirective: 'REPLACE' as const }),
              ...conditions(write),
            }),
            { abortSignal },
          );
          return { ETag: answer.CopyObjectResult?.ETag, VersionId: answer.VersionId };
        },
        limits.long,
      ),
    deleteMany: async (refs, { signal } = {}) => {
      // DeleteObjects has no condition on content; a ref pinned by etag alone is deleted on its own.
      const pinned = refs.filter((ref) => ref.etag !== undefined && ref.versionId === undefined);
      for (const ref of pinned) await deletePinned(ref, signal);
      for (const [bucket, keys] of groupByBucket(refs.filter((ref) => !pinned.includes(ref)))) {
        for (let from = 0; from < keys.length; from += 1000)
          await deletePage(bucket, keys.slice(from, from + 1000), signal);
      }
    },
    async *list(bucket, prefix, { signal } = {}) {
      let token: string | undefined;
      do {
        const page = await call('list', { bucket, key: prefix }, signal, (abortSignal) =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              ...owner,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            { abortSignal },
          ),
        );
        for (const found of page.Contents ?? [])
          yield {
            ref: { bucket, key: found.Key ?? '', ...(found.ETag === undefined ? {} : { etag: found.ETag }) },
            sizeBytes: found.Size ?? 0,
            metadata: {},
          };
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
  };
};

const groupByBucket = (refs: readonly ObjectRef[]): Map<string, ObjectRef[]> => {
  const groups = new Map<string, ObjectRef[]>();
  for (const ref of refs) groups.set(ref.bucket, [...(groups.get(ref.bucket) ?? []), ref]);
  return groups;
};
