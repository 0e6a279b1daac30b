import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { crc32Base64 } from './crc32.ts';
import type { ObjectRef } from './refs.ts';
import { copySource, hexOf, type S3Calls } from './s3-calls.ts';
import { isConditionFailed, isUploadGone, sourceError } from './s3-errors.ts';
import type { ListedPart, MultipartRef, ObjectStore } from './store.ts';

/** The calls of multipart uploads; each object gets a CRC-32 of the whole, which S3 combines from its parts. */
export type S3Multipart = Pick<
  ObjectStore,
  'createMultipart' | 'uploadPart' | 'copyPart' | 'listParts' | 'completeMultipart' | 'abortMultipart'
>;

export const createS3Multipart = (
  { client, sourceOwner, limits, at, conditions, headers, call, conditional }: S3Calls,
  head: ObjectStore['head'],
): S3Multipart => {
  /** The object that the upload became, where its answer was lost, or where another completed it: its bytes tell. */
  const completed = async (upload: MultipartRef, crc32: string): Promise<ObjectRef | undefined> => {
    const found = await head(upload.object).catch(() => undefined);
    return found?.crc32 === crc32 ? found.ref : undefined;
  };
  const of = (upload: MultipartRef) => ({ ...at(upload.object), UploadId: upload.uploadId });
  return {
    createMultipart: (target, write = {}) =>
      call('create', target, write.signal, async (abortSignal) => {
        const answer = await client.send(
          new CreateMultipartUploadCommand({
            ...at(target),
            ...headers(write),
            ChecksumAlgorithm: 'CRC32',
            ChecksumType: 'FULL_OBJECT',
          }),
          { abortSignal },
        );
        return { object: { bucket: target.bucket, key: target.key }, uploadId: answer.UploadId ?? '' };
      }),
    uploadPart: (upload, partNumber, body, { signal, crc32 } = {}) =>
      call(
        'upload part',
        upload.object,
        signal,
        async (abortSignal) => {
          const answer = await client.send(
            new UploadPartCommand({
              ...of(upload),
              PartNumber: partNumber,
              Body: body,
              ChecksumAlgorithm: 'CRC32',
              ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32Base64(crc32) }),
            }),
            { abortSignal },
          );
          return { partNumber, etag: answer.ETag ?? '', ...hexOf(answer.ChecksumCRC32) };
        },
        limits.sending(body.length),
      ),
    copyPart: (upload, partNumber, source, range, { signal } = {}) =>
      call(
        'copy part',
        source,
        signal,
        async (abortSignal) => {
          const answer = await client.send(
            new UploadPartCopyCommand({
              ...of(upload),
              ...sourceOwner,
              PartNumber: partNumber,
              CopySource: copySource(source),
              ...(source.etag === undefined ? {} : { CopySourceIfMatch: source.etag }),
              ...(range === undefined ? {} : { CopySourceRange: `bytes=${range.start}-${range.end - 1}` }),
            }),
            { abortSignal },
          );
          return {
            partNumber,
            etag: answer.CopyPartResult?.ETag ?? '',
            ...hexOf(answer.CopyPartResult?.ChecksumCRC32),
          };
        },
        limits.long,
      ).catch((error: unknown) => {
        throw isConditionFailed(error) ? (sourceError(error, source) ?? error) : error;
      }),
    listParts: async (upload, { signal } = {}) => {
      const listed: ListedPart[] = [];
      try {
        for (let marker: string | undefined; ; ) {
          const page = await call('list parts', upload.object, signal, (abortSignal) =>
            client.send(
              new ListPartsCommand({ ...of(upload), ...(marker === undefined ? {} : { PartNumberMarker: marker }) }),
              { abortSignal },
            ),
          );
          for (const part of page.Parts ?? [])
            listed.push({
              partNumber: part.PartNumber ?? 0,
              etag: part.ETag ?? '',
              sizeBytes: part.Size ?? 0,
              ...hexOf(part.ChecksumCRC32),
            });
          if (page.IsTruncated !== true) return listed;
          marker = page.NextPartNumberMarker;
        }
      } catch (error) {
        if (isUploadGone((error as Error).cause)) return undefined;
        throw error;
      }
    },
    completeMultipart: (upload, parts, { crc32, ...write } = {}) =>
      conditional(
        'complete',
        upload.object,
        write,
        (abortSignal) =>
          client.send(
            new CompleteMultipartUploadCommand({
              ...of(upload),
              MultipartUpload: {
                Parts: parts.map((part) => ({
                  PartNumber: part.partNumber,
                  ETag: part.etag,
                  ...(part.crc32 === undefined ? {} : { ChecksumCRC32: crc32Base64(part.crc32) }),
                })),
              },
              ...(crc32 === undefined
                ? {}
                : { ChecksumCRC32: crc32Base64(crc32), ChecksumType: 'FULL_OBJECT' as const }),
              ...conditions(write),
            }),
            { abortSignal },
          ),
        limits.long,
      ).catch(async (error: unknown) => {
        const there =
          crc32 !== undefined && isUploadGone((error as Error).cause) ? await completed(upload, crc32) : undefined;
        if (there === undefined) throw error;
        return there;
      }),
    // Never with the caller's signal: clean-up has to finish after an abort, too.
    abortMultipart: async (upload) => {
      await call('abort', upload.object, undefined, (abortSignal) =>
        client.send(new AbortMultipartUploadCommand(of(upload)), { abortSignal }),
      ).catch((error: unknown) => {
        if (!isUploadGone((error as Error).cause)) throw error;
      });
    },
  };
};
