import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectRef } from '@pipeline/core';

const listObjects = async (s3: S3Client, bucket: string, prefix: string) => {
  const objects: { key: string; etag: string }[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
    objects.push(...Contents.map(({ Key, ETag }) => ({ key: Key!, etag: ETag! })));
  return objects;
};

/** Keys of the current objects below a prefix, in S3's order. */
export const listKeys = async (s3: S3Client, bucket: string, prefix = ''): Promise<string[]> =>
  (await listObjects(s3, bucket, prefix)).map(({ key }) => key);

/** Key and ETag, which stands for the content, of every current object. */
export const listContents = async (s3: S3Client, bucket: string): Promise<string[]> =>
  (await listObjects(s3, bucket, '')).map(({ key, etag }) => `${key} ${etag}`);

/** Versions and delete markers of exactly one key. */
export const listVersions = async (s3: S3Client, bucket: string, key: string): Promise<string[]> => {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
  );
  return [...Versions, ...DeleteMarkers].filter(({ Key }) => Key === key).map(({ VersionId }) => VersionId!);
};

export const readObject = async (s3: S3Client, { bucket, key, versionId }: ObjectRef): Promise<Buffer> => {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }),
  );
  return Buffer.from(await Body!.transformToByteArray());
};

export const readJsonObject = async <T>(s3: S3Client, ref: ObjectRef): Promise<T> =>
  JSON.parse((await readObject(s3, ref)).toString('utf8')) as T;

/** Keys of multipart uploads that were begun and neither completed nor aborted. */
export const openUploads = async (s3: S3Client, bucket: string): Promise<string[]> => {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key }) => Key!);
};
