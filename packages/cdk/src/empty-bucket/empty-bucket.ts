import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';

/** Who removes, and how long it may take. */
export interface EmptyBucketOptions {
  /** Its role needs `s3:ListBucketVersions`, `s3:DeleteObject` and `s3:DeleteObjectVersion`. */
  readonly client: S3Client;
  /** Asked before every page of 1,000 versions. @default always */
  readonly mayGoOn?: () => boolean;
}

/**
 * Removes every version of every object. A bucket that is not there is empty.
 *
 * @throws Error when `mayGoOn` says no, or S3 refuses to remove an object
 * @example
 * await emptyBucket('orders-test', { client: new S3Client() });
 */
export const emptyBucket = async (
  bucket: string,
  { client, mayGoOn = () => true }: EmptyBucketOptions,
): Promise<number> => {
  let removed = 0;
  for (;;) {
    if (!mayGoOn()) throw new Error(`${removed} versions are removed, there are more: destroy the stack once again`);
    // What is removed is no longer listed, so the first page is always the next one.
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket })).catch((error: unknown) => {
      if ((error as Error).name === 'NoSuchBucket') return undefined;
      throw error;
    });
    const Objects = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length === 0) return removed;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Quiet: true, Objects } }),
    );
    if (Errors.length > 0) throw new Error(`S3 keeps ${Errors.length} versions: ${Errors[0]!.Code}`);
    removed += Objects.length;
  }
};
