import {
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, pick, refusal } from './support.ts';

const put = ({ client, bucket }: Bench, Key: string, Body: string | Buffer = 'body', more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentLength: Buffer.byteLength(Body), ...more }));
const get = ({ client, bucket }: Bench, Key: string, more: object = {}) =>
  client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
const head = ({ client, bucket }: Bench, Key: string, more: object = {}) =>
  client.send(new HeadObjectCommand({ Bucket: bucket, Key, ...more }));

/** A range of the ten bytes 0123456789. */
const range = (header: string) => async (bench: Bench) => {
  await put(bench, 'ten', '0123456789');
  const answer = await get(bench, 'ten', { Range: header });
  return [answer.$metadata.httpStatusCode, await answer.Body?.transformToString(), answer.ContentRange];
};

const cases: Case[] = [
  {
    name: 'PutObject answers the MD5 and the CRC-32',
    source: 'recorded: test_put_object_checksum[CRC32]',
    run: async (b) => pick(await put(b, 'k', 'test data..'), 'ETag', 'ChecksumCRC32', 'ChecksumType', 'VersionId'),
    want: {
      ETag: '"e6d9226c2a86b7232933663c13467527"',
      ChecksumCRC32: 'cZWHwQ==',
      ChecksumType: 'FULL_OBJECT',
      VersionId: undefined,
    },
  },
  {
    name: 'an empty object has the MD5 of nothing',
    source: 'recorded: test_put_object_if_none_match',
    run: async (b) => [(await put(b, 'k', '')).ETag, (await head(b, 'k')).ContentLength],
    want: ['"d41d8cd98f00b204e9800998ecf8427e"', 0],
  },
  {
    name: 'headers and metadata come back as they were stored',
    source: 'AWS docs: PutObject',
    run: async (b) => {
      await put(b, 'k', 'something', {
        ContentType: 'text/csv',
        ContentDisposition: 'attachment; filename="a.csv"',
        ContentEncoding: 'identity',
        ContentLanguage: 'de-DE',
        CacheControl: 'max-age=74',
        Metadata: { Owner: 'me', 'row-count': '3' },
      });
      return pick(
        await head(b, 'k'),
        'ContentType',
        'ContentDisposition',
        'ContentEncoding',
        'ContentLanguage',
        'CacheControl',
        'Metadata',
        'AcceptRanges',
      );
    },
    want: {
      ContentType: 'text/csv',
      ContentDisposition: 'attachment; filename="a.csv"',
      ContentEncoding: 'identity',
      ContentLanguage: 'de-DE',
      CacheControl: 'max-age=74',
      Metadata: { owner: 'me', 'row-count': '3' },
      AcceptRanges: 'bytes',
    },
  },
  {
    name: 'response overrides replace stored headers',
    source: 'AWS docs: GetObject, "Overriding response header values through the request"',
    run: async (b) => {
      await put(b, 'k');
      const answer = await get(b, 'k', {
        ResponseContentType: 'text/plain',
        ResponseContentDisposition: 'attachment; filename="x y.csv"',
        ResponseCacheControl: 'no-store',
      });
      await answer.Body?.transformToString();
      return pick(answer, 'ContentType', 'ContentDisposition', 'CacheControl');
    },
    want: {
      ContentType: 'text/plain',
      ContentDisposition: 'attachment; filename="x y.csv"',
      CacheControl: 'no-store',
    },
  },
  {
    name: 'GetObject of a missing key',
    source: 'recorded: test_range_key_not_exists',
    run: (b) => failure(get(b, 'nothing')),
    want: { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' },
  },
  {
    name: 'HeadObject of a missing key has no body to say more',
    source: 'AWS docs: HeadObject',
    run: (b) => refusal(head(b, 'nothing')),
    want: '404 NotFound',
  },
  {
    name: 'a bucket that does not exist',
    source: 'recorded: test_get_object_no_such_bucket',
    run: (b) => failure(get({ ...b, bucket: 'no-such-bucket-here' }, 'k')),
    want: { status: 404, code: 'NoSuchBucket', message: 'The specified bucket does not exist' },
  },
  ...(
    [
      ['bytes=0-8', 206, '012345678', 'bytes 0-8/10'],
      ['bytes=1-1', 206, '1', 'bytes 1-1/10'],
      ['bytes=1-', 206, '123456789', 'bytes 1-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=-15', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=0-100', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=1-0', 200, '0123456789', undefined],
      ['bytes=0-1,3-4,7-9', 200, '0123456789', undefined],
      ['bytes=-', 200, '0123456789', undefined],
      ['0-1', 200, '0123456789', undefined],
    ] as const
  ).map(
    ([header, status, body, shown]): Case => ({
      name: `Range: ${header}`,
      source: 'recorded: test_get_object_range',
      run: range(header),
      want: [status, body, shown],
    }),
  ),
  ...['bytes=-0', 'bytes=100-200', 'bytes=10-'].map(
    (header): Case => ({
      name: `Range: ${header} is not satisfiable`,
      source: 'recorded: test_get_object_range',
      run: async (b) => {
        await put(b, 'ten', '0123456789');
        return failure(get(b, 'ten', { Range: header }));
      },
      want: { status: 416, code: 'InvalidRange', message: 'The requested range is not satisfiable' },
    }),
  ),
  {
    name: 'any range of an empty object is not satisfiable',
    source: 'AWS docs: GetObject, Range; RFC 9110 section 14.1.2',
    run: async (b) => {
      await put(b, 'empty', '');
      return refusal(get(b, 'empty', { Range: 'bytes=0-' }));
    },
    want: '416 InvalidRange',
  },
  {
    name: 'partNumber of an object that is not multipart',
    source: 'recorded: test_get_object_part',
    run: async (b) => {
      await put(b, 'k', 'test-123');
      const first = await get(b, 'k', { PartNumber: 1 });
      await first.Body?.transformToString();
      return [pick(first, 'ContentRange', 'ContentLength'), await failure(get(b, 'k', { PartNumber: 2 }))];
    },
    want: [
      { ContentRange: 'bytes 0-7/8', ContentLength: 8 },
      { status: 416, code: 'InvalidPartNumber', message: 'The requested partnumber is not satisfiable' },
    ],
  },
  {
    name: 'partNumber and Range together',
    source: 'recorded: test_get_object_part',
    run: async (b) => {
      await put(b, 'k');
      return failure(get(b, 'k', { PartNumber: 1, Range: 'bytes=0-1' }));
    },
    want: {
      status: 400,
      code: 'InvalidRequest',
      message: 'Cannot specify both Range header and partNumber query parameter',
    },
  },
  {
    name: 'a key of 1,024 bytes is taken, one of 1,025 is not',
    source: 'AWS docs: "Naming Amazon S3 objects"',
    run: async (b) => {
      await put(b, 'é'.repeat(512));
      return failure(put(b, `${'é'.repeat(512)}x`));
    },
    want: { status: 400, code: 'KeyTooLongError', message: 'Your key is too long' },
  },
  {
    name: 'user metadata above 2 KB',
    source: 'AWS docs: "Working with object metadata"',
    run: (b) => refusal(put(b, 'k', 'x', { Metadata: { long: 'x'.repeat(2048) } })),
    want: '400 MetadataTooLarge',
  },
  {
    name: 'DeleteObject of a missing key succeeds',
    source: 'AWS docs: DeleteObject',
    run: async ({ client, bucket }) =>
      (await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'nothing' }))).$metadata.httpStatusCode,
    want: 204,
  },
  {
    name: 'DeleteObjects reports every key, also missing ones',
    source: 'recorded: test_delete_objects',
    run: async (b) => {
      await put(b, 'a&b <c>');
      const answer = await b.client.send(
        new DeleteObjectsCommand({ Bucket: b.bucket, Delete: { Objects: [{ Key: 'a&b <c>' }, { Key: 'missing' }] } }),
      );
      return [answer.Deleted, answer.Errors, await refusal(head(b, 'a&b <c>'))];
    },
    want: [[{ Key: 'a&b <c>' }, { Key: 'missing' }], undefined, '404 NotFound'],
  },
  {
    name: 'DeleteObjects in quiet mode is silent',
    source: 'recorded: test_delete_non_existing_keys_quiet',
    run: async ({ client, bucket }) => {
      const Delete = { Objects: [{ Key: 'missing' }], Quiet: true };
      return pick(await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete })), 'Deleted', 'Errors');
    },
    want: { Deleted: undefined, Errors: undefined },
  },
  {
    name: 'DeleteObjects with a version in a bucket without versions',
    source: 'recorded: test_delete_objects',
    run: async (b) => {
      await put(b, 'k');
      const Objects = [{ Key: 'k', VersionId: 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD' }];
      return (await b.client.send(new DeleteObjectsCommand({ Bucket: b.bucket, Delete: { Objects } }))).Errors;
    },
    want: [
      {
        Code: 'NoSuchVersion',
        Key: 'k',
        Message: 'The specified version does not exist.',
        VersionId: 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD',
      },
    ],
  },
  {
    name: 'DeleteObjects takes 1,000 keys and not 1,001',
    source: 'AWS docs: DeleteObjects',
    run: async ({ client, bucket }) => {
      const send = (count: number) =>
        client.send(
          new DeleteObjectsCommand({
            Bucket: bucket,
            Delete: { Objects: Array.from({ length: count }, (_, i) => ({ Key: `k&${i}` })) },
          }),
        );
      return [(await send(1000)).Deleted?.length, await refusal(send(1001))];
    },
    want: [1000, '400 MalformedXML'],
  },
  {
    name: 'tagging keeps the bytes, the ETag and the time',
    source: 'AWS docs: PutObjectTagging',
    run: async (b) => {
      const { ETag } = await put(b, 'k', 'bytes', { Tagging: 'a=1&b=2' });
      const before = await head(b, 'k');
      const TagSet = [{ Key: 'state', Value: 'clean + done' }];
      await b.client.send(new PutObjectTaggingCommand({ Bucket: b.bucket, Key: 'k', Tagging: { TagSet } }));
      const after = await get(b, 'k');
      const tags = await b.client.send(new GetObjectTaggingCommand({ Bucket: b.bucket, Key: 'k' }));
      return [
        after.ETag === ETag,
        await after.Body?.transformToString(),
        Number(before.LastModified) === Number(after.LastModified),
        after.TagCount,
        tags.TagSet,
      ];
    },
    want: [true, 'bytes', true, 1, [{ Key: 'state', Value: 'clean + done' }]],
  },
  {
    name: 'a duplicate name in x-amz-tagging',
    source: 'recorded: test_object_tagging_exc',
    run: (b) => failure(put(b, 'k', 'x', { Tagging: 'key1=val1&key1=val2' })),
    want: {
      status: 400,
      code: 'InvalidArgument',
      message:
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    },
  },
  {
    name: 'tags of a missing key',
    source: 'recorded: test_object_tagging_exc',
    run: ({ client, bucket }) => refusal(client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'none' }))),
    want: '404 NoSuchKey',
  },
  {
    name: 'tags of a bucket: none, replaced, none again',
    source: 'AWS docs: GetBucketTagging, PutBucketTagging, DeleteBucketTagging',
    run: async ({ client, bucket: Bucket }) => {
      const read = async () => (await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
      const write = (...keys: string[]) =>
        client.send(
          new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: keys.map((Key) => ({ Key, Value: 'v' })) } }),
        );
      const before = await failure(read());
      await write('a', 'b');
      const { httpStatusCode } = (await write('c')).$metadata;
      const after = await read();
      const refused = [await refusal(write('same', 'same')), await refusal(write('aws:own'))];
      await client.send(new DeleteBucketTaggingCommand({ Bucket }));
      return [before, httpStatusCode, after, refused, await refusal(read())];
    },
    want: [
      { status: 404, code: 'NoSuchTagSet', message: 'The TagSet does not exist' },
      204,
      [{ Key: 'c', Value: 'v' }],
      ['400 InvalidTag', '400 InvalidTag'],
      '404 NoSuchTagSet',
    ],
  },
  {
    name: 'archive classes and KMS are refused, not pretended',
    source: 'this server: what it cannot do it says',
    run: async (b) => [
      await refusal(put(b, 'k', 'x', { StorageClass: 'GLACIER' })),
      await refusal(put(b, 'k', 'x', { ServerSideEncryption: 'aws:kms' })),
      await refusal(put(b, 'k', 'x', { ACL: 'public-read' })),
      await refusal(head(b, 'k')),
    ],
    want: ['501 NotImplemented', '501 NotImplemented', '501 NotImplemented', '404 NotFound'],
  },
  {
    name: 'awkward keys keep every byte, in writing, reading and listing',
    source: 'AWS docs: "Naming Amazon S3 objects"',
    run: async (b) => {
      const keys = [
        '../../etc/passwd',
        '/leading',
        'a//b///',
        'a/../b',
        './dot',
        'with space ',
        ' lead',
        'plus+plus',
        '100%',
        '%2F%20',
        'quote\'"<&>',
        'tab\tnew\nline\rreturn',
        'emoji-😀-é-é',
        '\ufffd\uffff',
        'query?x=1&y=2#frag',
        'semi;colon,comma=eq@at:colon!*()~',
      ];
      for (const key of keys) await put(b, key, `body of ${key}`);
      const read: string[] = [];
      for (const key of keys) read.push((await (await get(b, key)).Body?.transformToString()) ?? '');
      const listed = await b.client.send(new ListObjectsV2Command({ Bucket: b.bucket, EncodingType: 'url' }));
      const names = listed.Contents?.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', '%20')));
      const sorted = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
      return [read.every((text, i) => text === `body of ${keys[i]}`), JSON.stringify(names) === JSON.stringify(sorted)];
    },
    want: [true, true],
  },
];

defineCases('objects', cases);
