import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, pick, refusal } from './support.ts';

const put = ({ client, bucket }: Bench, Body: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body, ContentLength: Body.length, ...more }));
const get = ({ client, bucket }: Bench, more: object) =>
  client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', ...more }));
const remove = ({ client, bucket }: Bench, more: object = {}) =>
  client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k', ...more }));
const begin = async ({ client, bucket }: Bench): Promise<string> =>
  (await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'k' }))).UploadId as string;

/** One part "test" into an upload, then its completion under a condition. */
const finish = async ({ client, bucket }: Bench, UploadId: string, more: object) => {
  const target = { Bucket: bucket, Key: 'k', UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'test' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  return client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload, ...more }));
};

const failed = (condition: string) => ({
  status: 412,
  code: 'PreconditionFailed',
  message: 'At least one of the pre-conditions you specified did not hold',
  condition,
});
const conflict = (condition: string) => ({
  status: 409,
  code: 'ConditionalRequestConflict',
  message: 'The conditional request cannot succeed due to a conflicting operation against this resource.',
  condition,
});
const past = new Date('2020-01-01T00:00:00Z');
const ahead = new Date(Date.now() + 86_400_000);

const cases: Case[] = [
  {
    name: 'put with If-None-Match: * on an existing key',
    source: 'recorded: test_put_object_if_none_match',
    run: async (b) => {
      await put(b, 'one', { IfNoneMatch: '*' });
      return failure(put(b, 'two', { IfNoneMatch: '*' }));
    },
    want: failed('If-None-Match'),
  },
  {
    name: 'put with If-None-Match: * after a delete',
    source: 'recorded: test_put_object_if_none_match',
    run: async (b) => {
      await put(b, 'one');
      await remove(b);
      return (await put(b, 'two', { IfNoneMatch: '*' })).$metadata.httpStatusCode;
    },
    want: 200,
  },
  {
    name: 'put with If-None-Match: * over a delete marker',
    source: 'recorded: test_put_object_if_none_match_versioned_bucket',
    versioning: true,
    run: async (b) => {
      await put(b, 'one');
      await remove(b);
      return (await put(b, 'two', { IfNoneMatch: '*' })).$metadata.httpStatusCode;
    },
    want: 200,
  },
  {
    name: 'put with an ETag in If-None-Match',
    source: 'recorded: test_put_object_if_none_match_validation',
    run: (b) => failure(put(b, 'one', { IfNoneMatch: '"etag"' })),
    want: {
      status: 501,
      code: 'NotImplemented',
      message: 'A header you provided implies functionality that is not implemented',
    },
  },
  {
    name: 'put with both conditions',
    source: 'recorded: test_put_object_if_match_and_if_none_match_validation',
    run: (b) => refusal(put(b, 'one', { IfNoneMatch: '*', IfMatch: 'x' })),
    want: '501 NotImplemented',
  },
  {
    name: 'put with If-Match: *',
    source: 'recorded: test_put_object_if_match_validation',
    run: (b) => refusal(put(b, 'one', { IfMatch: '*' })),
    want: '501 NotImplemented',
  },
  {
    name: 'put with If-Match on the right, the wrong and no object',
    source: 'recorded: test_put_object_if_match',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const wrong = await failure(put(b, 'x', { IfMatch: '"d41d8cd98f00b204e9800998ecf8427e"' }));
      const right = (await put(b, 'x', { IfMatch: ETag })).$metadata.httpStatusCode;
      await remove(b);
      return [wrong, right, await refusal(put(b, 'x', { IfMatch: ETag }))];
    },
    want: [failed('If-Match'), 200, '404 NoSuchKey'],
  },
  {
    name: 'put with If-Match on a delete marker',
    source: 'recorded: test_put_object_if_match_versioned_bucket',
    versioning: true,
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      await remove(b);
      return refusal(put(b, 'x', { IfMatch: ETag }));
    },
    want: '404 NoSuchKey',
  },
  {
    name: 'completion with If-None-Match: * when the key was there already',
    source: 'recorded: test_multipart_if_none_match_with_delete',
    run: async (b) => {
      await put(b, '');
      return failure(finish(b, await begin(b), { IfNoneMatch: '*' }));
    },
    want: failed('If-None-Match'),
  },
  {
    name: 'completion with If-None-Match: * when the key was written meanwhile',
    source: 'recorded: test_multipart_if_none_match_with_put',
    run: async (b) => {
      const id = await begin(b);
      await put(b, '');
      return failure(finish(b, id, { IfNoneMatch: '*' }));
    },
    want: failed('If-None-Match'),
  },
  {
    name: 'completion with If-None-Match: * when the key was deleted meanwhile conflicts until a new upload begins',
    source: 'recorded: test_multipart_if_none_match_with_delete',
    run: async (b) => {
      await put(b, '');
      const id = await begin(b);
      await remove(b);
      const first = await failure(finish(b, id, { IfNoneMatch: '*' }));
      const again = await finish(b, await begin(b), { IfNoneMatch: '*' });
      return [first, pick(again, 'ETag', 'ChecksumCRC64NVME', 'ChecksumType')];
    },
    want: [
      conflict('If-None-Match'),
      {
        ETag: '"60cd54a928cbbcbb6e7b5595bab46a9e-1"',
        ChecksumCRC64NVME: '+bu+zv66sUM=',
        ChecksumType: 'FULL_OBJECT',
      },
    ],
  },
  {
    name: 'completion with If-Match when the key was written meanwhile, even alike',
    source: 'recorded: test_multipart_if_match_with_put_identical',
    run: async (b) => {
      await put(b, 'test');
      const id = await begin(b);
      const { ETag } = await put(b, 'test');
      return failure(finish(b, id, { IfMatch: ETag }));
    },
    want: conflict('If-Match'),
  },
  {
    name: 'completion with If-Match on the ETag from before another write',
    source: 'recorded: test_multipart_if_match_with_put',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const id = await begin(b);
      await put(b, 'other');
      return failure(finish(b, id, { IfMatch: ETag }));
    },
    want: failed('If-Match'),
  },
  {
    name: 'completion with If-Match when the key was deleted meanwhile',
    source: 'recorded: test_multipart_if_match_with_delete',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const id = await begin(b);
      await remove(b);
      return refusal(finish(b, id, { IfMatch: ETag }));
    },
    want: '404 NoSuchKey',
  },
  {
    name: 'completion with If-Match on an untouched key',
    source: 'recorded: test_multipart_if_match_etag',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      return (await finish(b, await begin(b), { IfMatch: ETag })).ETag;
    },
    want: '"60cd54a928cbbcbb6e7b5595bab46a9e-1"',
  },
  {
    name: 'copy with If-None-Match: * and If-Match on its target',
    source: 'recorded: test_copy_object_if_none_match, test_copy_object_if_match',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const copy = (Key: string, more: object) =>
        b.client.send(new CopyObjectCommand({ Bucket: b.bucket, Key, CopySource: `${b.bucket}/k`, ...more }));
      await copy('to', { IfNoneMatch: '*' });
      return [
        await failure(copy('to', { IfNoneMatch: '*' })),
        await failure(copy('to', { IfMatch: '"bad"' })),
        (await copy('to', { IfMatch: ETag })).CopyObjectResult?.ETag,
        await refusal(copy('other', { IfMatch: ETag })),
        await refusal(copy('to', { IfMatch: '*' })),
      ];
    },
    want: [
      failed('If-None-Match'),
      failed('If-Match'),
      '"098f6bcd4621d373cade4e832627b4f6"',
      '404 NoSuchKey',
      '501 NotImplemented',
    ],
  },
  {
    name: 'delete with If-Match on a wrong ETag, a right one and a missing key',
    source: 'recorded: test_delete_object_if_match_non_express; AWS docs: "How to perform conditional deletes"',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      return [
        await failure(remove(b, { IfMatch: 'badvalue' })),
        (await remove(b, { IfMatch: ETag })).$metadata.httpStatusCode,
        await refusal(remove(b, { IfMatch: '*' })),
      ];
    },
    want: [failed('If-Match'), 204, '404 NoSuchKey'],
  },
  {
    name: 'delete with the conditions of directory buckets',
    source: 'recorded: test_delete_object_if_match_size_non_express',
    run: async (b) => {
      await put(b, 'test');
      return refusal(remove(b, { IfMatchSize: 4 }));
    },
    want: '501 NotImplemented',
  },
  {
    name: 'get with If-Match: right with and without quotes, *, and wrong',
    source: 'recorded: test_s3_get_object_headers',
    run: async (b) => {
      await put(b, 'test');
      const status = async (IfMatch: string) => (await get(b, { IfMatch })).$metadata.httpStatusCode;
      return [
        await status('"098f6bcd4621d373cade4e832627b4f6"'),
        await status('098f6bcd4621d373cade4e832627b4f6'),
        await status('*'),
        await failure(get(b, { IfMatch: '"bad"' })),
      ];
    },
    want: [200, 200, 200, failed('If-Match')],
  },
  {
    name: 'get with If-None-Match of the same ETag',
    source: 'recorded: test_s3_get_object_headers',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const { status } = await failure(get(b, { IfNoneMatch: ETag }));
      return [status, (await get(b, { IfNoneMatch: '"other"' })).$metadata.httpStatusCode];
    },
    want: [304, 200],
  },
  {
    name: 'get with dates',
    source: 'AWS docs: GetObject, IfModifiedSince and IfUnmodifiedSince',
    run: async (b) => {
      await put(b, 'test');
      const { LastModified } = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k' }));
      const outcome = async (more: object) => (await failure(get(b, more))).status;
      return [
        await outcome({ IfModifiedSince: past }),
        await outcome({ IfModifiedSince: LastModified }),
        await outcome({ IfUnmodifiedSince: past }),
        await outcome({ IfUnmodifiedSince: LastModified }),
        // A date in the future counts for nothing (recorded: copy-ignore-future-modified-since).
        await outcome({ IfModifiedSince: ahead }),
      ];
    },
    want: [200, 304, 412, 200, 200],
  },
  {
    name: 'an ETag condition outweighs the date beside it',
    source: 'AWS docs: GetObject, "Conditional requests"',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const outcome = async (more: object) => (await failure(get(b, more))).status;
      return [
        await outcome({ IfMatch: ETag, IfUnmodifiedSince: past }),
        await outcome({ IfNoneMatch: ETag, IfModifiedSince: past }),
      ];
    },
    want: [200, 304],
  },
  {
    name: 'copy-source conditions are reported by their own names',
    source: 'recorded: test_s3_copy_object_preconditions',
    run: async (b) => {
      const { ETag } = await put(b, 'test');
      const copy = (more: object) =>
        failure(
          b.client.send(new CopyObjectCommand({ Bucket: b.bucket, Key: 'to', CopySource: `${b.bucket}/k`, ...more })),
        );
      return [
        (await copy({ CopySourceIfMatch: '"bad"' })).condition,
        (await copy({ CopySourceIfUnmodifiedSince: past })).condition,
        (await copy({ CopySourceIfNoneMatch: ETag })).condition,
        (await copy({ CopySourceIfModifiedSince: new Date() })).status,
        (await copy({ CopySourceIfModifiedSince: ahead })).status,
        (await copy({ CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past })).status,
      ];
    },
    want: [
      'x-amz-copy-source-If-Match',
      'x-amz-copy-source-If-Unmodified-Since',
      'x-amz-copy-source-If-None-Match',
      412,
      200,
      200,
    ],
  },
  {
    name: 'of twenty racing puts with If-None-Match: * exactly one wins',
    source: 'AWS docs: "Add preconditions to S3 operations with conditional requests"',
    run: async (b) => {
      const bodies = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(20_000));
      const answers = await Promise.all(bodies.map((body) => refusal(put(b, body, { IfNoneMatch: '*' }))));
      const winner = answers.indexOf('200 none');
      const stored = await (await get(b, {})).Body?.transformToString();
      return [
        answers.filter((answer) => answer === '200 none').length,
        answers.filter((answer) => answer === '412 PreconditionFailed').length,
        stored === bodies[winner],
        b.events.length,
      ];
    },
    want: [1, 19, true, 1],
  },
];

defineCases('conditions', cases);
