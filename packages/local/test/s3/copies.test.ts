import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, md5, pick, refusal } from './support.ts';

const MIB = 1024 * 1024;
const SOURCE = Buffer.alloc(6 * MIB, 'abcdefghij');

const put = ({ client, bucket }: Bench, Key: string, Body: string | Buffer, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
const copy = ({ client, bucket }: Bench, from: string, Key: string, more: object = {}) =>
  client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${from}`, ...more }));
const begin = async ({ client, bucket }: Bench): Promise<string> =>
  (await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'to' }))).UploadId as string;
const partCopy = ({ client, bucket }: Bench, UploadId: string, PartNumber: number, more: object = {}) =>
  client.send(
    new UploadPartCopyCommand({
      Bucket: bucket,
      Key: 'to',
      UploadId,
      PartNumber,
      CopySource: `${bucket}/from`,
      ...more,
    }),
  );

const badRange =
  'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';

const cases: Case[] = [
  {
    name: 'a copy keeps bytes, headers, metadata, tags and checksum',
    source: 'AWS docs: CopyObject',
    run: async (b) => {
      const more = { ContentType: 'text/csv', Metadata: { a: '1' }, Tagging: 't=1' };
      await put(b, 'from', '{"key": "value"}', more);
      const { CopyObjectResult = {} } = await copy(b, 'from', 'to');
      const answer = await b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'to' }));
      return [
        pick(CopyObjectResult, 'ETag', 'ChecksumCRC32', 'ChecksumType'),
        await answer.Body?.transformToString(),
        pick(answer, 'ContentType', 'Metadata', 'TagCount'),
      ];
    },
    want: [
      {
        ETag: '"88bac95f31528d13a072c05f2a1cf371"',
        ChecksumCRC32: 'MzVIGw==',
        ChecksumType: 'FULL_OBJECT',
      },
      '{"key": "value"}',
      { ContentType: 'text/csv', Metadata: { a: '1' }, TagCount: 1 },
    ],
  },
  {
    name: 'REPLACE takes headers and tags of the request',
    source: 'recorded: test_s3_copy_object_in_place_metadata_directive, test_s3_copy_tagging_directive[REPLACE]',
    run: async (b) => {
      await put(b, 'from', 'x', { ContentType: 'text/csv', Metadata: { a: '1' }, Tagging: 't=1' });
      await copy(b, 'from', 'to', {
        MetadataDirective: 'REPLACE',
        Metadata: { b: '2' },
        TaggingDirective: 'REPLACE',
        Tagging: 'u=2',
      });
      const head = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'to' }));
      const tags = await b.client.send(new GetObjectTaggingCommand({ Bucket: b.bucket, Key: 'to' }));
      return [pick(head, 'ContentType', 'Metadata'), tags.TagSet];
    },
    want: [{ ContentType: 'binary/octet-stream', Metadata: { b: '2' } }, [{ Key: 'u', Value: '2' }]],
  },
  {
    name: 'an object onto itself without a change',
    source: 'recorded: test_s3_copy_object_in_place',
    run: async (b) => {
      await put(b, 'from', 'x');
      const plain = await failure(copy(b, 'from', 'from'));
      const replaced = await copy(b, 'from', 'from', { MetadataDirective: 'REPLACE' });
      return [plain, replaced.$metadata.httpStatusCode];
    },
    want: [
      {
        status: 400,
        code: 'InvalidRequest',
        message:
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      },
      200,
    ],
  },
  {
    name: 'a missing source, a missing source bucket, and nonsense for a source',
    source: 'recorded: test_s3_copy_object_src_not_exists, test_s3_copy_object_wrong_format',
    run: async (b) => [
      await refusal(copy(b, 'nothing', 'to')),
      await refusal(copy(b, '', 'to', { CopySource: 'no-such-bucket-here/k' })),
      await failure(copy(b, '', 'to', { CopySource: 'nonsense' })),
    ],
    want: [
      '404 NoSuchKey',
      '404 NoSuchBucket',
      { status: 400, code: 'InvalidArgument', message: 'Invalid copy source object key' },
    ],
  },
  {
    name: 'a source by version, also under a delete marker; the marker itself is no source',
    source: 'recorded: test_s3_copy_object_src_not_exists',
    versioning: true,
    run: async (b) => {
      const { VersionId: first } = await put(b, 'from', 'one');
      await put(b, 'from', 'two');
      const { VersionId: marker } = await b.client.send(new DeleteObjectCommand({ Bucket: b.bucket, Key: 'from' }));
      const done = await copy(b, `from?versionId=${first}`, 'to');
      const body = await (
        await b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'to' }))
      ).Body?.transformToString();
      return [
        body,
        done.CopySourceVersionId === first,
        await refusal(copy(b, 'from', 'to')),
        (await failure(copy(b, `from?versionId=${marker}`, 'to'))).message,
      ];
    },
    want: [
      'one',
      true,
      '404 NoSuchKey',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    ],
  },
  {
    name: 'a source key that needs encoding',
    source: 'AWS docs: CopyObject, x-amz-copy-source must be URL-encoded',
    run: async (b) => {
      const key = 'dir/ä b+c%20?&.csv';
      await put(b, key, 'x');
      return (await copy(b, encodeURIComponent(key), 'to')).CopyObjectResult?.ETag;
    },
    want: `"${md5('x')}"`,
  },
  {
    name: 'parts by range make the same bytes again',
    source: 'AWS docs: UploadPartCopy',
    run: async (b) => {
      await put(b, 'from', SOURCE);
      const id = await begin(b);
      const cut = 5 * MIB;
      const parts: CompletedPart[] = [];
      for (const [PartNumber, CopySourceRange] of [
        [1, `bytes=0-${cut - 1}`],
        [2, `bytes=${cut}-${SOURCE.length - 1}`],
      ] as const) {
        const { CopyPartResult } = await partCopy(b, id, PartNumber, { CopySourceRange });
        parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
      }
      const target = { Bucket: b.bucket, Key: 'to' };
      await b.client.send(
        new CompleteMultipartUploadCommand({ ...target, UploadId: id, MultipartUpload: { Parts: parts } }),
      );
      const bytes = await (await b.client.send(new GetObjectCommand(target))).Body?.transformToByteArray();
      return [parts[0]?.ETag, Buffer.compare(Buffer.from(bytes ?? []), SOURCE)];
    },
    want: [`"${md5(SOURCE.subarray(0, 5 * MIB))}"`, 0],
  },
  {
    name: 'ranges that are malformed, begin too far or end too far',
    source: 'recorded: test_upload_part_copy_range',
    run: async (b) => {
      await put(b, 'from', '0123456789');
      const id = await begin(b);
      const messages: unknown[] = [];
      for (const CopySourceRange of [
        '0-8',
        'bytes=1-0',
        'bytes=-15',
        'bytes=1-',
        'bytes=0-1,3-4',
        'bytes=0-100',
        'bytes=100-200',
      ]) {
        const { status, code, message } = await failure(partCopy(b, id, 1, { CopySourceRange }));
        messages.push(`${status} ${code} ${message}`);
      }
      return messages;
    },
    want: [
      ...Array.from({ length: 5 }, () => `400 InvalidArgument ${badRange}`),
      '400 InvalidArgument Range specified is not valid for source object of size: 10',
      '400 InvalidRequest The specified copy range is invalid for the source object size',
    ],
  },
  {
    name: 'a range of a source that is not above 5 MiB',
    source: 'AWS docs: UploadPartCopy, "only if the source object is greater than 5 MB"',
    run: async (b) => {
      await put(b, 'from', '0123456789');
      const id = await begin(b);
      return [
        await failure(partCopy(b, id, 1, { CopySourceRange: 'bytes=0-8' })),
        (await partCopy(b, id, 1)).CopyPartResult?.ETag,
      ];
    },
    want: [
      {
        status: 400,
        code: 'InvalidRequest',
        message: 'The specified copy source is not supported as a byte-range copy source',
      },
      '"781e5e245d69b566979b86e28d23f2c7"',
    ],
  },
  {
    name: 'a part pinned to an ETag that the source no longer has',
    source: 'recorded: test_upload_part_copy_with_copy_source_if_match_failed',
    run: async (b) => {
      const { ETag } = await put(b, 'from', 'one');
      const id = await begin(b);
      const before = (await partCopy(b, id, 1, { CopySourceIfMatch: ETag })).CopyPartResult?.ETag;
      await put(b, 'from', 'two');
      return [before, await failure(partCopy(b, id, 1, { CopySourceIfMatch: ETag }))];
    },
    want: [
      `"${md5('one')}"`,
      {
        status: 412,
        code: 'PreconditionFailed',
        message: 'At least one of the pre-conditions you specified did not hold',
        condition: 'x-amz-copy-source-If-Match',
      },
    ],
  },
  {
    name: 'a copy outlives its source',
    source: 'AWS docs: CopyObject',
    run: async (b) => {
      await put(b, 'from', SOURCE);
      await copy(b, 'from', 'to');
      await put(b, 'from', 'overwritten');
      await b.client.send(new DeleteObjectCommand({ Bucket: b.bucket, Key: 'from' }));
      const bytes = await (
        await b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'to' }))
      ).Body?.transformToByteArray();
      return Buffer.compare(Buffer.from(bytes ?? []), SOURCE);
    },
    want: 0,
  },
  {
    name: 'an object above 5 GiB is made of copied parts, and is itself too large to copy at once',
    source: 'AWS docs: CopyObject, up to 5 GB in a single atomic action',
    run: async (b) => {
      await put(b, 'from', Buffer.alloc(32 * MIB));
      const id = await begin(b);
      const parts: CompletedPart[] = [];
      for (let PartNumber = 1; PartNumber <= 161; PartNumber++) {
        parts.push({ PartNumber, ETag: (await partCopy(b, id, PartNumber)).CopyPartResult?.ETag });
      }
      const target = { Bucket: b.bucket, Key: 'to', UploadId: id };
      await b.client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: parts } }));
      const { ContentLength } = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'to' }));
      const last = { Bucket: b.bucket, Key: 'to', Range: 'bytes=5402263550-5402263551' };
      const tail = await (await b.client.send(new GetObjectCommand(last))).Body?.transformToByteArray();
      return [ContentLength, tail?.length, await failure(copy(b, 'to', 'elsewhere'))];
    },
    want: [
      161 * 32 * MIB,
      2,
      {
        status: 400,
        code: 'InvalidRequest',
        message: 'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
      },
    ],
  },
];

defineCases('copies', cases);
