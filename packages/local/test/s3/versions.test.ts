import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Bench, type Case, defineCases, failure, pick, refusal, signedRaw } from './support.ts';

const put = ({ client, bucket }: Bench, Body: string, Key = 'k') =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
const read = async ({ client, bucket }: Bench, VersionId?: string) =>
  (await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', VersionId }))).Body?.transformToString();
const remove = ({ client, bucket }: Bench, VersionId?: string, Key = 'k') =>
  client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
const setVersioning = ({ client, bucket }: Bench, Status: 'Enabled' | 'Suspended') =>
  client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
const list = ({ client, bucket }: Bench, more: object = {}) =>
  client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...more }));

const cases: Case[] = [
  {
    name: 'GetBucketVersioning before, enabled and suspended',
    source: 'recorded: test_bucket_versioning_crud',
    run: async (b) => {
      const get = async () => (await b.client.send(new GetBucketVersioningCommand({ Bucket: b.bucket }))).Status;
      const before = await get();
      await setVersioning(b, 'Enabled');
      const enabled = await get();
      await setVersioning(b, 'Suspended');
      return [
        before,
        enabled,
        await get(),
        await refusal(setVersioning(b, 'enabled' as 'Enabled')),
        await failure(b.client.send(new PutBucketVersioningCommand({ Bucket: b.bucket, VersioningConfiguration: {} }))),
      ];
    },
    want: [
      undefined,
      'Enabled',
      'Suspended',
      '400 MalformedXML',
      {
        status: 400,
        code: 'IllegalVersioningConfigurationException',
        message: 'The Versioning element must be specified',
      },
    ],
  },
  {
    name: 'every version stays readable by its id',
    source: 'AWS docs: "Retaining multiple versions of objects with S3 Versioning"',
    versioning: true,
    run: async (b) => {
      const one = await put(b, 'one');
      const two = await put(b, 'two');
      return [
        await read(b),
        await read(b, one.VersionId),
        await read(b, two.VersionId),
        one.VersionId?.length,
        one.VersionId === two.VersionId,
      ];
    },
    want: ['two', 'one', 'two', 32, false],
  },
  {
    name: 'a delete leaves a marker; marker and versions answer as recorded',
    source: 'recorded: test_delete_object_versioned',
    versioning: true,
    run: async (b) => {
      const { VersionId: first } = await put(b, 'test-delete');
      const marker = await remove(b);
      const again = await remove(b);
      const current = await failure(read(b));
      const onMarker = await failure(read(b, marker.VersionId));
      const listed = await list(b);
      const undone = await remove(b, marker.VersionId);
      await remove(b, again.VersionId);
      const back = await read(b);
      const gone = await remove(b, first);
      return [
        pick(marker, 'DeleteMarker'),
        current,
        onMarker,
        [listed.DeleteMarkers?.map((m) => m.IsLatest), listed.Versions?.map((v) => [v.IsLatest, v.Size])],
        pick(undone, 'DeleteMarker'),
        back,
        pick(gone, 'DeleteMarker'),
        await failure(read(b, first)),
      ];
    },
    want: [
      { DeleteMarker: true },
      { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' },
      {
        status: 405,
        code: 'MethodNotAllowed',
        message: 'The specified method is not allowed against this resource.',
      },
      [[true, false], [[false, 11]]],
      { DeleteMarker: true },
      'test-delete',
      { DeleteMarker: undefined },
      { status: 404, code: 'NoSuchVersion', message: 'The specified version does not exist.' },
    ],
  },
  {
    name: 'the answers on a deleted key carry x-amz-delete-marker',
    source: 'AWS docs: GetObject, "If the current version of the object is a delete marker"',
    versioning: true,
    run: async (b) => {
      await put(b, 'x');
      const { VersionId } = await remove(b);
      const plain = await signedRaw(b.s3, { path: `/${b.bucket}/k` });
      const byId = await signedRaw(b.s3, { method: 'HEAD', path: `/${b.bucket}/k?versionId=${VersionId}` });
      return [
        plain.status,
        plain.headers['x-amz-delete-marker'],
        plain.headers['x-amz-version-id'] === VersionId,
        byId.status,
        byId.headers['x-amz-delete-marker'],
        byId.headers.allow,
      ];
    },
    want: [404, 'true', true, 405, 'true', 'DELETE'],
  },
  {
    name: 'an id that never was',
    source: 'recorded: test_get_object_with_version_unversioned_bucket, test_delete_object',
    run: async (b) => {
      await put(b, 'x');
      const id = 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD';
      return [await failure(read(b, id)), await refusal(remove(b, id)), await read(b, 'null')];
    },
    want: [
      { status: 400, code: 'InvalidArgument', message: 'Invalid version id specified' },
      '400 InvalidArgument',
      'x',
    ],
  },
  {
    name: 'deleting a missing key in a versioned bucket makes a marker',
    source: 'recorded: test_delete_object_versioned (delete-wrong-key)',
    versioning: true,
    run: async (b) => pick(await remove(b, undefined, 'never'), 'DeleteMarker'),
    want: { DeleteMarker: true },
  },
  {
    name: 'a suspended bucket overwrites its null version only',
    source: 'recorded: test_delete_object_on_suspended_bucket',
    versioning: true,
    run: async (b) => {
      const kept = await put(b, 'kept');
      await setVersioning(b, 'Suspended');
      const one = await put(b, 'one');
      await put(b, 'two');
      const before = await list(b);
      const deleted = await remove(b);
      const after = await list(b);
      return [
        one.VersionId,
        before.Versions?.map((v) => v.VersionId === kept.VersionId || v.VersionId),
        [deleted.DeleteMarker, deleted.VersionId],
        after.Versions?.map((v) => v.VersionId === kept.VersionId),
        after.DeleteMarkers?.map((m) => [m.VersionId, m.IsLatest]),
        await read(b, kept.VersionId),
      ];
    },
    want: [undefined, ['null', true], [true, 'null'], [true], [['null', true]], 'kept'],
  },
  {
    name: 'DeleteObjects with markers and versions',
    source: 'recorded: test_delete_objects_versioned',
    versioning: true,
    run: async (b) => {
      const { VersionId } = await put(b, 'x');
      const send = (Objects: { Key: string; VersionId?: string | undefined }[]) =>
        b.client.send(new DeleteObjectsCommand({ Bucket: b.bucket, Delete: { Objects } }));
      const marked = (await send([{ Key: 'k' }])).Deleted?.[0];
      const unmarked = (await send([{ Key: 'k', VersionId: marked?.DeleteMarkerVersionId }])).Deleted?.[0];
      const erased = (await send([{ Key: 'k', VersionId }])).Deleted?.[0];
      return [
        marked?.DeleteMarker,
        unmarked?.DeleteMarkerVersionId === marked?.DeleteMarkerVersionId,
        [erased?.VersionId === VersionId, erased?.DeleteMarker],
      ];
    },
    want: [true, true, [true, undefined]],
  },
  {
    name: 'listings of objects leave out what is deleted',
    source: 'AWS docs: ListObjectsV2',
    versioning: true,
    run: async (b) => {
      await put(b, 'x', 'a');
      await put(b, 'x', 'b');
      await remove(b, undefined, 'a');
      const page = await b.client.send(new ListObjectsV2Command({ Bucket: b.bucket }));
      return [page.Contents?.map((c) => c.Key), page.KeyCount];
    },
    want: [['b'], 1],
  },
  {
    name: 'ListObjectVersions in pages goes through every version once, newest first',
    source: 'recorded: test_list_objects_versions_markers',
    versioning: true,
    run: async (b) => {
      const written: (string | undefined)[] = [];
      for (const key of ['a', 'b', 'c']) {
        const ids = [await put(b, '1', key), await put(b, '2', key), await remove(b, undefined, key)];
        written.push(...ids.map(({ VersionId }) => VersionId).reverse());
      }
      const seen: (string | undefined)[] = [];
      let markers: object = {};
      for (;;) {
        const page = await list(b, { MaxKeys: 2, ...markers });
        const both = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
        seen.push(...both.map(({ VersionId }) => VersionId));
        if (page.IsTruncated !== true) break;
        markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
      return [
        seen.length,
        new Set(seen).size,
        written.every((id) => seen.includes(id)),
        (await failure(list(b, { VersionIdMarker: written[0] }))).message,
      ];
    },
    want: [9, 9, true, 'A version-id marker cannot be specified without a key marker.'],
  },
  {
    name: 'HeadObject by version',
    source: 'AWS docs: HeadObject',
    versioning: true,
    run: async (b) => {
      const { VersionId } = await put(b, 'four');
      await put(b, 'seventy');
      const head = await b.client.send(new HeadObjectCommand({ Bucket: b.bucket, Key: 'k', VersionId }));
      return [head.ContentLength, head.VersionId === VersionId];
    },
    want: [4, true],
  },
  {
    name: 'a bucket with versions or objects in it cannot be deleted',
    source: 'recorded: test_delete_versioned_bucket_with_objects',
    versioning: true,
    run: async (b) => {
      const { VersionId } = await put(b, 'x');
      const { VersionId: marker } = await remove(b);
      const drop = () => b.client.send(new DeleteBucketCommand({ Bucket: b.bucket }));
      const full = await failure(drop());
      await remove(b, VersionId);
      await remove(b, marker);
      return [full, (await drop()).$metadata.httpStatusCode, await refusal(drop())];
    },
    want: [
      {
        status: 409,
        code: 'BucketNotEmpty',
        message: 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
      },
      204,
      '404 NoSuchBucket',
    ],
  },
];

defineCases('versions', cases);
