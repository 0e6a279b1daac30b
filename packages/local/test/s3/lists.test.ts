import {
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, refusal } from './support.ts';

async function fill({ client, bucket }: Bench, keys: readonly string[]): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < keys.length) {
      const Key = keys[next++] as string;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
const list = ({ client, bucket }: Bench, more: object = {}) =>
  client.send(new ListObjectsV2Command({ Bucket: bucket, ...more }));
const list1 = ({ client, bucket }: Bench, more: object = {}) =>
  client.send(new ListObjectsCommand({ Bucket: bucket, ...more }));
const keysOf = (page: { Contents?: { Key?: string | undefined }[] | undefined }) =>
  page.Contents?.map(({ Key }) => Key);
const prefixesOf = (page: { CommonPrefixes?: { Prefix?: string | undefined }[] | undefined }) =>
  page.CommonPrefixes?.map(({ Prefix }) => Prefix);

/** All entries of a listing, page by page. */
async function walk(bench: Bench, more: object): Promise<{ entries: string[]; pages: number }> {
  const entries: string[] = [];
  let pages = 0;
  let ContinuationToken: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await list(bench, { ...more, ContinuationToken });
    const both = [...(keysOf(page) ?? []), ...(prefixesOf(page) ?? [])] as string[];
    entries.push(...both.sort());
    pages++;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return { entries, pages };
}

const TREE = ['folder/aSubfolder/subFile1', 'folder/aSubfolder/subFile2', 'folder/file1', 'folder/file2'];
const BRANCHES = ['test/bar/1', 'test/bar/2', 'test/foo/bar/123', 'test/foo/bar/456', 'top'];

const cases: Case[] = [
  {
    name: 'an empty bucket',
    source: 'AWS docs: ListObjectsV2',
    run: async (b) => {
      const page = await list(b);
      return [page.KeyCount, page.Contents, page.IsTruncated, page.MaxKeys, page.Prefix, page.Name === b.bucket];
    },
    want: [0, undefined, false, 1000, '', true],
  },
  {
    name: 'prefix and delimiter',
    source: 'recorded: test_list_objects_v2_with_prefix_and_delimiter',
    run: async (b) => {
      await fill(b, BRANCHES);
      const at = async (Prefix: string) => prefixesOf(await list(b, { Prefix, Delimiter: '/' }));
      const root = await list(b, { Delimiter: '/' });
      return [
        await at('test/'),
        await at('test/foo'),
        await at('test/foo/bar'),
        prefixesOf(root),
        keysOf(root),
        root.KeyCount,
      ];
    },
    want: [['test/bar/', 'test/foo/'], ['test/foo/'], ['test/foo/bar/'], ['test/'], ['top'], 2],
  },
  {
    name: 'common prefixes count as keys of a page and are not repeated on the next',
    source: 'recorded: test_list_objects_v2_continuation_common_prefixes',
    run: async (b) => {
      await fill(b, TREE);
      return walk(b, { Prefix: 'folder/', Delimiter: '/', MaxKeys: 1 });
    },
    want: { entries: ['folder/aSubfolder/', 'folder/file1', 'folder/file2'], pages: 3 },
  },
  {
    name: 'version 1 names the next marker only with a delimiter',
    source: 'recorded: test_list_objects_next_marker',
    run: async (b) => {
      await fill(b, ['test_0', 'test_1', 'test_2']);
      const first = await list1(b, { MaxKeys: 1, Delimiter: '/' });
      const second = await list1(b, { MaxKeys: 1, Marker: first.NextMarker });
      return [first.NextMarker, keysOf(second), second.IsTruncated, second.NextMarker];
    },
    want: ['test_0', ['test_1'], true, undefined],
  },
  {
    name: 'version 1 skips a common prefix that is the marker, or that holds it',
    source: 'recorded: test_list_objects_marker_common_prefixes',
    run: async (b) => {
      await fill(b, TREE);
      const at = (more: object) => list1(b, { Prefix: 'folder/', Delimiter: '/', MaxKeys: 1, ...more });
      const first = await at({});
      const second = await at({ Marker: first.NextMarker });
      const manual = await at({ Marker: 'folder/aSubfolder/subFile1' });
      return [first.NextMarker, keysOf(second), second.NextMarker, keysOf(manual), prefixesOf(manual)];
    },
    want: ['folder/aSubfolder/', ['folder/file1'], 'folder/file1', ['folder/file1'], undefined],
  },
  {
    name: 'start-after, and a token that outweighs it',
    source: 'recorded: test_list_objects_v2_continuation_start_after',
    run: async (b) => {
      await fill(
        b,
        Array.from({ length: 12 }, (_, i) => `test_${i}`),
      );
      const after = await list(b, { StartAfter: 'test_7' });
      const first = await list(b, { MaxKeys: 5 });
      const rest = await list(b, { ContinuationToken: first.NextContinuationToken, StartAfter: 'test_8' });
      return [keysOf(after), keysOf(first)?.at(-1), keysOf(rest)?.length];
    },
    want: [['test_8', 'test_9'], 'test_2', 7],
  },
  {
    name: 'a token that was never given out',
    source: 'recorded: test_list_objects_v2_continuation_start_after',
    run: (b) => failure(list(b, { ContinuationToken: 'nonsense' })),
    want: { status: 400, code: 'InvalidArgument', message: 'The continuation token provided is incorrect' },
  },
  {
    name: 'max-keys of 0, of more than 1,000 and below 0',
    source: 'AWS docs: ListObjectsV2, MaxKeys',
    run: async (b) => {
      await fill(b, ['a']);
      const none = await list(b, { MaxKeys: 0 });
      return [
        none.KeyCount,
        none.IsTruncated,
        (await list(b, { MaxKeys: 5000 })).MaxKeys,
        await refusal(list(b, { MaxKeys: -1 })),
      ];
    },
    want: [0, false, 1000, '400 InvalidArgument'],
  },
  {
    name: 'an unknown encoding type',
    source: 'recorded: test_list_ops_encoding_type_validation[list_objects_v2]',
    run: (b) => failure(list(b, { EncodingType: 'value' })),
    want: { status: 400, code: 'InvalidArgument', message: 'Invalid Encoding Method specified in Request' },
  },
  {
    name: 'encoding-type=url encodes keys, prefixes and the delimiter',
    source: 'recorded: test_url_encoded_key, test_list_objects_with_prefix[%2F]',
    run: async (b) => {
      await fill(b, ['a b/c+d@e~f', 'ü']);
      const page = await list(b, { EncodingType: 'url', Delimiter: '@' });
      return [keysOf(page), prefixesOf(page), page.Delimiter, page.EncodingType];
    },
    want: [['%C3%BC'], ['a+b/c%2Bd%40'], '%40', 'url'],
  },
  {
    name: 'keys come in the order of their UTF-8 bytes, not of UTF-16',
    source: 'AWS docs: ListObjectsV2, "UTF-8 binary order"',
    run: async (b) => {
      await fill(b, ['\u{1f600}', '\uffee', 'z', 'Z', 'é', 'a/', 'a', 'a!', '\ue000']);
      return keysOf(await list(b));
    },
    want: ['Z', 'a', 'a!', 'a/', 'z', 'é', '\ue000', '\uffee', '\u{1f600}'],
  },
  {
    name: '2,501 keys in pages of 1,000, each exactly once and in order',
    source: 'AWS docs: ListObjectsV2, up to 1,000 keys',
    run: async (b) => {
      const keys = Array.from({ length: 2501 }, (_, i) => `k/${String((i * 7919) % 2501).padStart(4, '0')}`);
      await fill(b, keys);
      const { entries, pages } = await walk(b, {});
      const sorted = [...keys].sort();
      return [pages, entries.length, entries.every((key, i) => key === sorted[i])];
    },
    want: [3, 2501, true],
  },
  {
    name: 'keys that come and go between pages',
    source: 'AWS docs: ListObjectsV2, strong consistency',
    run: async (b) => {
      await fill(b, ['a', 'b', 'd', 'e']);
      const first = await list(b, { MaxKeys: 2 });
      await fill(b, ['c', 'a']);
      const second = await list(b, { ContinuationToken: first.NextContinuationToken });
      return [keysOf(first), keysOf(second)];
    },
    want: [
      ['a', 'b'],
      ['c', 'd', 'e'],
    ],
  },
  {
    name: 'ListBuckets by prefix and in pages',
    source: 'AWS docs: ListBuckets',
    run: async ({ client, s3 }) => {
      for (const name of ['paged-1', 'paged-2', 'paged-3']) s3.createBucket(name);
      const first = await client.send(new ListBucketsCommand({ Prefix: 'paged-', MaxBuckets: 2 }));
      const ContinuationToken = first.ContinuationToken;
      const second = await client.send(new ListBucketsCommand({ Prefix: 'paged-', ContinuationToken }));
      return [first.Buckets?.map((x) => x.Name), second.Buckets?.map((x) => x.Name), second.ContinuationToken];
    },
    want: [['paged-1', 'paged-2'], ['paged-3'], undefined],
  },
];

defineCases('listings', cases);
