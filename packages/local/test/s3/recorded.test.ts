import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, refusal } from './support.ts';

// More recorded answers, beside those in the other files of this folder.

const put = ({ client, bucket }: Bench, Key: string, Body = 'data') =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentLength: Body.length }));
const remove = ({ client, bucket }: Bench, Key: string, more: object = {}) =>
  client.send(new DeleteObjectCommand({ Bucket: bucket, Key, ...more }));
const copy = ({ client, bucket }: Bench, more: object = {}) =>
  client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'to', CopySource: `${bucket}/from`, ...more }));
const begin = async ({ client, bucket }: Bench): Promise<string> =>
  (await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'to' }))).UploadId as string;
const part = ({ client, bucket }: Bench, UploadId: string, PartNumber: number, Body = 'test') =>
  client.send(new UploadPartCommand({ Bucket: bucket, Key: 'to', UploadId, PartNumber, Body }));
const complete = ({ client, bucket }: Bench, UploadId: string, Parts?: object[]) => {
  const named = Parts === undefined ? {} : { MultipartUpload: { Parts } };
  return client.send(new CompleteMultipartUploadCommand({ Bucket: bucket, Key: 'to', UploadId, ...named }));
};

/** Status, code and the condition that failed. */
const told = async (call: Promise<unknown>): Promise<string> => {
  const { status, code, condition = '' } = await failure(call);
  return `${status} ${code} ${condition}`.trim();
};

const dayMs = 86_400_000;
const past = new Date(Date.now() - dayMs);
const ahead = new Date(Date.now() + dayMs);
const failedOn = (condition: string): string => `412 PreconditionFailed ${condition}`;

/** Conditions on the source of a part copy; `own` stands for the source's ETag. */
const partCopies: readonly (readonly [recorded: string, conditions: object, answer: string])[] = [
  ['copy_source_if_match_success', { CopySourceIfMatch: 'own' }, '200 none'],
  ['copy_source_if_match_none_success', { CopySourceIfNoneMatch: 'none-match' }, '200 none'],
  ['copy_source_if_unmodified_since_success', { CopySourceIfUnmodifiedSince: ahead }, '200 none'],
  ['copy_source_if_modified_since_success', { CopySourceIfModifiedSince: past }, '200 none'],
  ['copy_source_if_modified_since_in_future_success', { CopySourceIfModifiedSince: ahead }, '200 none'],
  ['copy_source_if_match_failed', { CopySourceIfMatch: 'not-matching' }, failedOn('x-amz-copy-source-If-Match')],
  ['copy_source_if_none_match_failed', { CopySourceIfNoneMatch: 'own' }, failedOn('x-amz-copy-source-If-None-Match')],
  [
    'copy_source_if_unmodified_since_match_failed',
    { CopySourceIfUnmodifiedSince: past },
    failedOn('x-amz-copy-source-If-Unmodified-Since'),
  ],
  [
    'copy_source_if_match_and_if_unmodified_since_match',
    { CopySourceIfMatch: 'own', CopySourceIfUnmodifiedSince: past },
    '200 none',
  ],
  [
    'copy_source_if_none_match_and_if_unmodified_since_match_failed',
    { CopySourceIfNoneMatch: 'not-matching', CopySourceIfUnmodifiedSince: past },
    failedOn('x-amz-copy-source-If-Unmodified-Since'),
  ],
];

const cases: Case[] = [
  ...partCopies.map(
    ([recorded, conditions, want]): Case => ({
      name: `a part copied with ${Object.keys(conditions).join(' and ')}`,
      source: `recorded: test_upload_part_copy_with_${recorded}`,
      run: async (b) => {
        const { ETag } = await put(b, 'from');
        const asked = Object.entries(conditions).map(([name, value]) => [name, value === 'own' ? ETag : value]);
        const UploadId = await begin(b);
        return told(
          b.client.send(
            new UploadPartCopyCommand({
              Bucket: b.bucket,
              Key: 'to',
              UploadId,
              PartNumber: 1,
              CopySource: `${b.bucket}/from`,
              ...Object.fromEntries(asked),
            }),
          ),
        );
      },
      want,
    }),
  ),
  {
    name: 'a copy with If-None-Match: * onto a key that is there',
    source: 'recorded: test_copy_object_if_none_match',
    run: async (b) => {
      await put(b, 'from');
      return [await told(copy(b, { IfNoneMatch: '*' })), await told(copy(b, { IfNoneMatch: '*' }))];
    },
    want: ['200 none', failedOn('If-None-Match')],
  },
  {
    name: 'a copy with If-None-Match: * over a delete marker',
    source: 'recorded: test_copy_object_if_none_match_versioned_bucket',
    versioning: true,
    run: async (b) => {
      await put(b, 'from');
      await copy(b);
      const there = await told(copy(b, { IfNoneMatch: '*' }));
      await remove(b, 'to');
      return [there, await told(copy(b, { IfNoneMatch: '*' }))];
    },
    want: [failedOn('If-None-Match'), '200 none'],
  },
  {
    name: 'a copy with If-Match onto the right, the wrong and no object',
    source: 'recorded: test_copy_object_if_match',
    run: async (b) => {
      const { ETag } = await put(b, 'from');
      await put(b, 'to');
      const answers = [await told(copy(b, { IfMatch: ETag })), await told(copy(b, { IfMatch: '"wrong"' }))];
      await remove(b, 'to');
      return [...answers, await told(copy(b, { IfMatch: ETag }))];
    },
    want: ['200 none', failedOn('If-Match'), '404 NoSuchKey'],
  },
  {
    name: 'a copy with conditions that S3 does not take',
    source: 'recorded: test_copy_object_precondition_write_validation',
    run: async (b) => {
      await put(b, 'from');
      return [
        await refusal(copy(b, { IfNoneMatch: '"etag"' })),
        await refusal(copy(b, { IfMatch: '*' })),
        await refusal(copy(b, { IfMatch: 'x', IfNoneMatch: '*' })),
      ];
    },
    want: ['501 NotImplemented', '501 NotImplemented', '501 NotImplemented'],
  },
  {
    name: 'a copy of an object onto itself with If-None-Match: *',
    source: 'recorded: test_copy_object_if_none_match_in_place',
    run: async (b) => {
      await put(b, 'to');
      return told(copy(b, { CopySource: `${b.bucket}/to`, IfNoneMatch: '*', StorageClass: 'STANDARD' }));
    },
    want: failedOn('If-None-Match'),
  },
  {
    name: 'a delete that is conditional on time or size',
    source: 'recorded: test_delete_object_if_match_modified_non_express, test_delete_object_if_match_size_non_express',
    run: async (b) => {
      await put(b, 'k');
      return [
        await refusal(remove(b, 'k', { IfMatchLastModifiedTime: past })),
        await refusal(remove(b, 'k', { IfMatchSize: 4 })),
      ];
    },
    want: ['501 NotImplemented', '501 NotImplemented'],
  },
  {
    name: 'a delete that is conditional on another ETag',
    source: 'recorded: test_delete_object_if_match_non_express',
    run: async (b) => {
      await put(b, 'k');
      return told(remove(b, 'k', { IfMatch: '"wrong"' }));
    },
    want: failedOn('If-Match'),
  },
  {
    name: 'many deletes, some of keys that are not there',
    source: 'recorded: test_delete_objects',
    run: async (b) => {
      await put(b, 'there');
      const Objects = ['a-wrong-key', 'there', 'c-wrong-key'].map((Key) => ({ Key }));
      const { Deleted, Errors } = await b.client.send(
        new DeleteObjectsCommand({ Bucket: b.bucket, Delete: { Objects } }),
      );
      return [Deleted?.map(({ Key }) => Key).sort(), Errors];
    },
    want: [['a-wrong-key', 'c-wrong-key', 'there'], undefined],
  },
  {
    name: 'a range that begins behind the end',
    source: 'recorded: test_invalid_range_error',
    run: async (b) => {
      await put(b, 'k', '12345678');
      return failure(b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'k', Range: 'bytes=1024-4096' })));
    },
    want: { status: 416, code: 'InvalidRange', message: 'The requested range is not satisfiable' },
  },
  {
    name: 'two halves of an object by range',
    source: 'recorded: test_range_header_body_length',
    run: async (b) => {
      await put(b, 'k', 'x'.repeat(2048));
      const half = async (Range: string) => {
        const { ContentLength, ContentRange, Body } = await b.client.send(
          new GetObjectCommand({ Bucket: b.bucket, Key: 'k', Range }),
        );
        return [ContentLength, ContentRange, (await Body?.transformToString())?.length];
      };
      return [await half('bytes=0-1023'), await half('bytes=1024-2047')];
    },
    want: [
      [1024, 'bytes 0-1023/2048', 1024],
      [1024, 'bytes 1024-2047/2048', 1024],
    ],
  },
  {
    name: 'a part with a number below 1',
    source: 'recorded: test_complete_multipart_parts_order',
    run: async (b) => failure(part(b, await begin(b), -1)),
    want: {
      status: 400,
      code: 'InvalidArgument',
      message: 'Part number must be an integer between 1 and 10000, inclusive',
    },
  },
  {
    name: 'a completion of no parts, of a part that is too small, and in the wrong order',
    source: 'recorded: test_multipart_complete_multipart_too_small, test_complete_multipart_parts_order',
    run: async (b) => {
      const id = await begin(b);
      const parts = [];
      for (const PartNumber of [1, 2]) parts.push({ PartNumber, ETag: (await part(b, id, PartNumber)).ETag });
      return [
        await refusal(complete(b, id)),
        await refusal(complete(b, id, parts)),
        await refusal(complete(b, id, [...parts].reverse())),
      ];
    },
    want: ['400 InvalidRequest', '400 EntityTooSmall', '400 InvalidPartOrder'],
  },
  {
    name: 'a completion of a part that is not there, and with the wrong ETag',
    source: 'recorded: test_multipart_complete_multipart_wrong_part',
    run: async (b) => {
      const id = await begin(b);
      const { ETag } = await part(b, id, 1);
      return [
        await refusal(complete(b, id, [{ PartNumber: 2, ETag }])),
        await refusal(complete(b, id, [{ PartNumber: 1, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }])),
      ];
    },
    want: ['400 InvalidPart', '400 InvalidPart'],
  },
  {
    name: 'parts and completions of an upload that is not there',
    source: 'recorded: test_multipart_no_such_upload',
    run: async (b) => [
      await refusal(part(b, 'fakeid', 1)),
      await refusal(complete(b, 'fakeid', [{ PartNumber: 1, ETag: '"x"' }])),
    ],
    want: ['404 NoSuchUpload', '404 NoSuchUpload'],
  },
  {
    name: 'a copy of a delete marker, current or by its version',
    source: 'recorded: test_s3_copy_object_src_not_exists',
    versioning: true,
    run: async (b) => {
      const { VersionId } = await put(b, 'from');
      const marker = await remove(b, 'from');
      const source = `${b.bucket}/from?versionId=`;
      return [
        await refusal(copy(b)),
        await refusal(copy(b, { CopySource: source + marker.VersionId })),
        await refusal(copy(b, { CopySource: source + VersionId })),
      ];
    },
    want: ['404 NoSuchKey', '400 InvalidRequest', '200 none'],
  },
  {
    name: 'a list of a bucket that is not there',
    source: 'recorded: test_bucket_does_not_exist',
    run: ({ client }) => failure(client.send(new ListObjectsCommand({ Bucket: 'there-is-none' }))),
    want: { status: 404, code: 'NoSuchBucket', message: 'The specified bucket does not exist' },
  },
];

defineCases('answers recorded from S3', cases);
