import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, md5, pick, refusal } from './support.ts';

const MIB = 1024 * 1024;
/** The parts of the recorded uploads: twice one byte more than 5 MiB, then ten bytes, all `a`. */
const LARGE = Buffer.alloc(5 * MIB + 1, 'a');
const SMALL = LARGE.subarray(0, 10);

const begin = async ({ client, bucket }: Bench, more: object = {}, Key = 'k'): Promise<string> =>
  (await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ...more }))).UploadId as string;
const part = (
  { client, bucket }: Bench,
  UploadId: string,
  PartNumber: number,
  Body: Buffer | string,
  more: object = {},
) => client.send(new UploadPartCommand({ Bucket: bucket, Key: 'k', UploadId, PartNumber, Body, ...more }));
const complete = ({ client, bucket }: Bench, UploadId: string, Parts: CompletedPart[], more: object = {}) =>
  client.send(
    new CompleteMultipartUploadCommand({ Bucket: bucket, Key: 'k', UploadId, MultipartUpload: { Parts }, ...more }),
  );

/** Uploads the recorded three parts and completes them; `field` is the checksum that the completion names. */
async function threeParts(bench: Bench, algorithm: string, type: string, field: keyof CompletedPart | undefined) {
  const id = await begin(bench, { ChecksumAlgorithm: algorithm, ChecksumType: type });
  const parts: CompletedPart[] = [];
  for (const [index, body] of [LARGE, LARGE, SMALL].entries()) {
    const answer = await part(bench, id, index + 1, body, { ChecksumAlgorithm: algorithm });
    const named: CompletedPart = { PartNumber: index + 1, ETag: answer.ETag };
    if (field !== undefined) Object.assign(named, { [field]: answer[field as keyof typeof answer] });
    parts.push(named);
  }
  return { id, parts, done: await complete(bench, id, parts) };
}

const checksumCase = (algorithm: string, type: string, value: string, copied: string): Case => ({
  name: `${type} ${algorithm} of three parts, and FULL_OBJECT after a copy`,
  source: `recorded: test_complete_multipart_parts_checksum_${type.toLowerCase()}[${algorithm}]`,
  run: async (b) => {
    const field = `Checksum${algorithm}` as keyof CompletedPart;
    const { done } = await threeParts(b, algorithm, type, type === 'COMPOSITE' ? field : undefined);
    const shown = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    const copy = await b.client.send(
      new CopyObjectCommand({ Bucket: b.bucket, Key: 'copy', CopySource: `${b.bucket}/k` }),
    );
    const result = copy.CopyObjectResult ?? {};
    return [
      pick(done, 'ETag', field, 'ChecksumType'),
      pick(shown, field, 'ChecksumType', 'ContentLength'),
      pick(result, 'ETag', field, 'ChecksumType'),
    ];
  },
  want: [
    { ETag: '"4d45984fc3feb2ac9b22683c49674b56-3"', [`Checksum${algorithm}`]: value, ChecksumType: type },
    { [`Checksum${algorithm}`]: value, ChecksumType: type, ContentLength: 10_485_772 },
    { ETag: '"a0397ee2df08832642af5d7e57c5760c"', [`Checksum${algorithm}`]: copied, ChecksumType: 'FULL_OBJECT' },
  ],
});

const noUpload = {
  status: 404,
  code: 'NoSuchUpload',
  message:
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
};
const invalidPart = {
  status: 400,
  code: 'InvalidPart',
  message:
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
};

const cases: Case[] = [
  checksumCase('CRC32', 'FULL_OBJECT', 'qSEQSA==', 'qSEQSA=='),
  checksumCase('CRC32C', 'FULL_OBJECT', 'eTdAQA==', 'eTdAQA=='),
  checksumCase('CRC64NVME', 'FULL_OBJECT', 'ZMNX55lZurA=', 'ZMNX55lZurA='),
  checksumCase('CRC32', 'COMPOSITE', '5FRUiw==-3', 'qSEQSA=='),
  checksumCase('CRC32C', 'COMPOSITE', 'XF5+4A==-3', 'eTdAQA=='),
  checksumCase('SHA1', 'COMPOSITE', 'AyE60nyQoBgJcwsyPHWu7aJuxBs=-3', 'eIC+AqBqApUmeqCBQ+9n8OVTP+8='),
  checksumCase(
    'SHA256',
    'COMPOSITE',
    '9o++y6AejqboiJ7MZCx0fahK2Vu5YC/qnNhhYsCLciI=-3',
    '0+991zqhqOQ5J2EdwChmHIeC1dXXuJzaCritTzqVGDw=',
  ),
  {
    name: 'an upload without an algorithm gets CRC-64/NVME',
    source: 'recorded: test_multipart_and_list_parts',
    run: async (b) => {
      const id = await begin(b);
      const { ETag } = await part(b, id, 1, 'upload-part-1'.repeat(5));
      const done = await complete(b, id, [{ PartNumber: 1, ETag }]);
      return pick(done, 'ETag', 'ChecksumCRC64NVME', 'ChecksumType', 'ChecksumCRC32');
    },
    want: {
      ETag: '"e747540af6911dbc890f8d3e0b48549b-1"',
      ChecksumCRC64NVME: 'CTXktO4pIQs=',
      ChecksumType: 'FULL_OBJECT',
      ChecksumCRC32: undefined,
    },
  },
  {
    name: 'such an upload takes no checksums of parts',
    source: 'recorded: test_complete_multipart_parts_checksum_default',
    run: async (b) => {
      const id = await begin(b);
      const { ETag, ChecksumCRC32 } = await part(b, id, 1, 'abc');
      return failure(complete(b, id, [{ PartNumber: 1, ETag, ChecksumCRC32 }]));
    },
    want: invalidPart,
  },
  {
    name: 'a composite upload wants the checksum of every part',
    source: 'recorded: test_complete_multipart_parts_checksum_composite[CRC32]',
    run: async (b) => {
      const id = await begin(b, { ChecksumAlgorithm: 'CRC32' });
      const { ETag } = await part(b, id, 1, 'abc', { ChecksumAlgorithm: 'CRC32' });
      return failure(complete(b, id, [{ PartNumber: 1, ETag }]));
    },
    want: {
      status: 400,
      code: 'InvalidRequest',
      message:
        'The upload was created using a crc32 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.',
    },
  },
  {
    name: 'a part with another algorithm than its upload',
    source: 'recorded: test_multipart_parts_checksum_exceptions_composite',
    run: async (b) => {
      const id = await begin(b, { ChecksumAlgorithm: 'SHA256' });
      return failure(part(b, id, 1, 'abc', { ChecksumAlgorithm: 'CRC32' }));
    },
    want: {
      status: 400,
      code: 'InvalidRequest',
      message: 'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
    },
  },
  {
    name: 'types that do not go with an algorithm',
    source: 'recorded: test_multipart_checksum_type_compatibility',
    run: async (b) => [
      (await failure(begin(b, { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }))).message,
      (await failure(begin(b, { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }))).message,
      (await failure(begin(b, { ChecksumType: 'COMPOSITE' }))).message,
    ],
    want: [
      'The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.',
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    ],
  },
  {
    name: 'a wrong whole-object checksum at completion',
    source: 'recorded: test_multipart_parts_checksum_exceptions_full_object',
    run: async (b) => {
      const id = await begin(b, { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' });
      const { ETag } = await part(b, id, 1, 'abc', { ChecksumAlgorithm: 'CRC32C' });
      const parts = [{ PartNumber: 1, ETag }];
      const wrong = await failure(complete(b, id, parts, { ChecksumCRC32C: 'AAAAAA==' }));
      return [wrong, (await complete(b, id, parts, { ChecksumCRC32C: 'Nks/tw==' })).ChecksumCRC32C];
    },
    want: [
      {
        status: 400,
        code: 'BadDigest',
        message: 'The crc32c you specified did not match the calculated checksum.',
      },
      'Nks/tw==',
    ],
  },
  {
    name: 'a wrong x-amz-mp-object-size',
    source: 'recorded: test_multipart_size_validation',
    run: async (b) => {
      const id = await begin(b);
      const { ETag } = await part(b, id, 1, 'test');
      const parts = [{ PartNumber: 1, ETag }];
      const wrong = (await failure(complete(b, id, parts, { MpuObjectSize: 5 }))).message;
      return [wrong, (await complete(b, id, parts, { MpuObjectSize: 4 })).ETag];
    },
    want: [
      "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4",
      '"60cd54a928cbbcbb6e7b5595bab46a9e-1"',
    ],
  },
  {
    name: 'a part below 5 MiB that is not the last',
    source: 'recorded: test_multipart_complete_multipart_too_small',
    run: async (b) => {
      const id = await begin(b);
      const one = await part(b, id, 1, 'test');
      const two = await part(b, id, 2, 'test');
      return failure(
        complete(b, id, [
          { PartNumber: 1, ETag: one.ETag },
          { PartNumber: 2, ETag: two.ETag },
        ]),
      );
    },
    want: {
      status: 400,
      code: 'EntityTooSmall',
      message: 'Your proposed upload is smaller than the minimum allowed size',
    },
  },
  {
    name: 'parts out of order, and a part named twice',
    source: 'recorded: test_complete_multipart_parts_order',
    run: async (b) => {
      const id = await begin(b);
      const one = { PartNumber: 1, ETag: (await part(b, id, 1, 'a')).ETag };
      const two = { PartNumber: 2, ETag: (await part(b, id, 2, 'b')).ETag };
      return [await failure(complete(b, id, [two, one])), await refusal(complete(b, id, [one, one]))];
    },
    want: [
      {
        status: 400,
        code: 'InvalidPartOrder',
        message: 'The list of parts was not in ascending order. Parts must be ordered by part number.',
      },
      '400 InvalidPartOrder',
    ],
  },
  {
    name: 'a completion that names a wrong ETag, or a part that was never uploaded',
    source: 'recorded: test_multipart_complete_multipart_wrong_part',
    run: async (b) => {
      const id = await begin(b);
      const { ETag } = await part(b, id, 1, 'test');
      return [
        await failure(complete(b, id, [{ PartNumber: 2, ETag }])),
        await failure(complete(b, id, [{ PartNumber: 1, ETag: 'd41d8cd98f00b204e9800998ecf8427e' }])),
      ];
    },
    want: [invalidPart, invalidPart],
  },
  {
    name: 'part numbers go from 1 to 10,000',
    source: 'recorded: test_complete_multipart_parts_order',
    run: async (b) => {
      const id = await begin(b);
      const edge = await part(b, id, 10_000, 'x');
      return [edge.ETag, await failure(part(b, id, 10_001, 'x')), await refusal(part(b, id, -1, 'x'))];
    },
    want: [
      `"${md5('x')}"`,
      {
        status: 400,
        code: 'InvalidArgument',
        message: 'Part number must be an integer between 1 and 10000, inclusive',
      },
      '400 InvalidArgument',
    ],
  },
  {
    name: 'gaps in part numbers are fine, and a part uploaded again replaces the first',
    source: 'AWS docs: UploadPart',
    run: async (b) => {
      const id = await begin(b);
      await part(b, id, 3, 'first');
      const large = await part(b, id, 1, LARGE);
      const again = await part(b, id, 3, 'second');
      await complete(b, id, [
        { PartNumber: 1, ETag: large.ETag },
        { PartNumber: 3, ETag: again.ETag },
      ]);
      const Range = `bytes=${LARGE.length - 1}-`;
      const { Body, ContentRange } = await b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'k', Range }));
      return [await Body?.transformToString(), ContentRange];
    },
    want: ['asecond', 'bytes 5242880-5242886/5242887'],
  },
  {
    name: 'an upload with another key, or one that never was',
    source: 'recorded: test_multipart_no_such_upload, test_multipart_key_validation',
    run: async (b) => {
      const id = await begin(b, {}, 'other');
      return [
        await failure(part(b, 'fakeid', 1, 'x')),
        await refusal(part(b, id, 1, 'x')),
        await refusal(complete(b, id, [{ PartNumber: 1, ETag: 'x' }])),
        await refusal(b.client.send(new AbortMultipartUploadCommand({ Bucket: b.bucket, Key: 'k', UploadId: id }))),
      ];
    },
    want: [noUpload, '404 NoSuchUpload', '404 NoSuchUpload', '404 NoSuchUpload'],
  },
  {
    name: 'the same completion again has the same answer, while another one has no upload',
    source: 'AWS docs: CompleteMultipartUpload is idempotent',
    run: async (b) => {
      const id = await begin(b);
      const { ETag } = await part(b, id, 1, 'test');
      const first = await complete(b, id, [{ PartNumber: 1, ETag }]);
      const second = await complete(b, id, [{ PartNumber: 1, ETag }]);
      const other = await refusal(complete(b, id, [{ PartNumber: 2, ETag }]));
      return [first.ETag === second.ETag, other, b.events.length];
    },
    want: [true, '404 NoSuchUpload', 1],
  },
  {
    name: 'after completion the upload is gone',
    source: 'recorded: test_multipart_and_list_parts',
    run: async (b) => {
      const id = await begin(b);
      const { ETag } = await part(b, id, 1, 'test');
      await complete(b, id, [{ PartNumber: 1, ETag }]);
      const target = { Bucket: b.bucket, Key: 'k', UploadId: id };
      const open = await b.client.send(new ListMultipartUploadsCommand({ Bucket: b.bucket }));
      return [await refusal(b.client.send(new ListPartsCommand(target))), open.Uploads];
    },
    want: ['404 NoSuchUpload', undefined],
  },
  {
    name: 'an aborted upload is gone with its parts',
    source: 'AWS docs: AbortMultipartUpload',
    run: async (b) => {
      const id = await begin(b);
      await part(b, id, 1, 'test');
      const target = { Bucket: b.bucket, Key: 'k', UploadId: id };
      const aborted = await b.client.send(new AbortMultipartUploadCommand(target));
      return [
        aborted.$metadata.httpStatusCode,
        await refusal(part(b, id, 2, 'x')),
        await refusal(b.client.send(new AbortMultipartUploadCommand(target))),
        await refusal(b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k' }))),
      ];
    },
    want: [204, '404 NoSuchUpload', '404 NoSuchUpload', '404 NotFound'],
  },
  {
    name: 'ListParts in pages',
    source: 'recorded: test_list_parts_pagination',
    run: async (b) => {
      const id = await begin(b);
      const page = async (more: object) =>
        pick(
          await b.client.send(new ListPartsCommand({ Bucket: b.bucket, Key: 'k', UploadId: id, ...more })),
          'IsTruncated',
          'NextPartNumberMarker',
        );
      const empty = await page({});
      await part(b, id, 1, 'upload-part-1');
      await part(b, id, 2, 'upload-part-2');
      return [
        empty,
        await page({ MaxParts: 1 }),
        await page({ MaxParts: 1, PartNumberMarker: '1' }),
        await page({ PartNumberMarker: '10' }),
      ];
    },
    want: [
      { IsTruncated: false, NextPartNumberMarker: '0' },
      { IsTruncated: true, NextPartNumberMarker: '1' },
      { IsTruncated: false, NextPartNumberMarker: '2' },
      { IsTruncated: false, NextPartNumberMarker: '0' },
    ],
  },
  {
    name: 'ListMultipartUploads in pages, by key and then by beginning',
    source: 'recorded: test_list_multiparts_next_marker',
    run: async (b) => {
      const late = await begin(b, {}, 'z');
      const early = await begin(b, {}, 'a');
      const second = await begin(b, {}, 'a');
      const list = async (more: object = {}) => {
        const page = await b.client.send(new ListMultipartUploadsCommand({ Bucket: b.bucket, ...more }));
        return [page.Uploads?.map((upload) => upload.UploadId), page.IsTruncated, page.NextKeyMarker];
      };
      const all = await list();
      return [
        JSON.stringify(all) === JSON.stringify([[early, second, late], false, 'z']),
        JSON.stringify(await list({ MaxUploads: 1 })) === JSON.stringify([[early], true, 'a']),
        JSON.stringify(await list({ MaxUploads: 1, KeyMarker: 'a', UploadIdMarker: early })) ===
          JSON.stringify([[second], true, 'a']),
        JSON.stringify(await list({ KeyMarker: 'a' })) === JSON.stringify([[late], false, 'z']),
        (await failure(list({ KeyMarker: 'z', UploadIdMarker: early }))).message,
      ];
    },
    want: [true, true, true, true, 'Invalid uploadId marker'],
  },
  {
    name: 'reading a part of a completed object',
    source: 'recorded: test_get_object_part',
    run: async (b) => {
      const id = await begin(b);
      const one = await part(b, id, 1, Buffer.alloc(5 * MIB + 16, 'a'));
      const two = await part(b, id, 2, 'test content 123');
      await complete(b, id, [
        { PartNumber: 1, ETag: one.ETag },
        { PartNumber: 2, ETag: two.ETag },
      ]);
      const read = { Bucket: b.bucket, Key: 'k' };
      const answer = await b.client.send(new GetObjectCommand({ ...read, PartNumber: 2 }));
      return [
        answer.$metadata.httpStatusCode,
        await answer.Body?.transformToString(),
        pick(answer, 'ContentLength', 'ContentRange', 'PartsCount'),
        await refusal(b.client.send(new GetObjectCommand({ ...read, PartNumber: 10 }))),
      ];
    },
    want: [
      206,
      'test content 123',
      { ContentLength: 16, ContentRange: 'bytes 5242896-5242911/5242912', PartsCount: 2 },
      '416 InvalidPartNumber',
    ],
  },
  {
    name: 'metadata, headers and tags of the beginning are those of the object',
    source: 'AWS docs: CreateMultipartUpload',
    run: async (b) => {
      const id = await begin(b, { ContentType: 'text/csv', Metadata: { rows: '3' }, Tagging: 'a=b' });
      const { ETag } = await part(b, id, 1, 'test');
      await complete(b, id, [{ PartNumber: 1, ETag }]);
      const answer = await b.client.send(new GetObjectCommand({ Bucket: b.bucket, Key: 'k' }));
      await answer.Body?.transformToString();
      return pick(answer, 'ContentType', 'Metadata', 'TagCount');
    },
    want: { ContentType: 'text/csv', Metadata: { rows: '3' }, TagCount: 1 },
  },
  {
    name: 'UploadPartCopy carries the checksum of its upload',
    source: 'recorded: test_multipart_upload_part_copy_checksum[COMPOSITE]',
    run: async (b) => {
      await b.client.send(new PutObjectCommand({ Bucket: b.bucket, Key: 'source', Body: 'this is a part' }));
      const id = await begin(b, { ChecksumAlgorithm: 'CRC32C' });
      const { CopyPartResult: { ETag, ChecksumCRC32C } = {} } = await b.client.send(
        new UploadPartCopyCommand({
          Bucket: b.bucket,
          Key: 'k',
          UploadId: id,
          PartNumber: 1,
          CopySource: `${b.bucket}/source`,
        }),
      );
      const done = await complete(b, id, [{ PartNumber: 1, ETag, ChecksumCRC32C }]);
      return [ETag, ChecksumCRC32C, done.ETag, done.ChecksumCRC32C];
    },
    want: ['"11df95d595559285eb2b042124e74f09"', 'iqJrOQ==', '"395d97c07920de036bfa21e7568a2e9f-1"', 'F9bAnw==-1'],
  },
];

defineCases('multipart uploads', cases);
