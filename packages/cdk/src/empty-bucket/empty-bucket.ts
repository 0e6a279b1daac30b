import {
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { emptyTag } from './empty-tag.ts';

/** Who removes, and how long it may take. */
export interface EmptyBucketOptions {
  /** Its role needs `s3:GetBucketTagging`, `s3:ListBucketVersions`, `s3:DeleteObject` and `s3:DeleteObjectVersion`. */
  readonly client: S3Client;
  /** Account that the bucket has to belong to. */
  readonly owner: string;
  /** Asked before every page of 1,000 versions. @default always */
  readonly mayGoOn?: () => boolean;
}

/**
 * Removes every version of every object of a bucket that has the tag `emptyTag`, and nothing of one without. A bucket that is
 * not there is empty.
 *
 * @returns how many versions were removed, or `'kept'`
 * @throws Error when `mayGoOn` says no, or S3 refuses to remove an object
 * @example
 * await emptyBucket('orders-test', { client: new S3Client(), owner: '111122223333' });
 */
export const emptyBucket = async (
  bucket: string,
  { client, owner, mayGoOn = () => true }: EmptyBucketOptions,
): Promise<number | 'kept'> => {
  const at = { Bucket: bucket, ExpectedBucketOwner: owner };
  const tags = await tagsOf(at, client);
  if (tags === undefined) return 0;
  if (!tags.some(({ Key, Value }) => Key === emptyTag.key && Value === emptyTag.value)) return 'kept';
  let removed = 0;
  for (;;) {
    if (!mayGoOn()) throw new Error(`${removed} versions are removed, there are more: destroy the stack once again`);
    // What is removed is no longer listed, so the first page is always the next one.
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand(at));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return removed;
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ ...at, Delete: { Quiet: true, Objects } }));
    if (Errors.length > 0) throw new Error(`S3 keeps ${Errors.length} versions: ${Errors[0]!.Code}`);
    removed += Objects.length;
  }
};

/** `undefined` when there is no bucket. */
const tagsOf = async (at: { readonly Bucket: string; readonly ExpectedBucketOwner: string }, client: S3Client) => {
  try {
    return (await client.send(new GetBucketTaggingCommand(at))).TagSet ?? [];
  } catch (error) {
    if ((error as Error).name === 'NoSuchTagSet') return [];
    if ((error as Error).name === 'NoSuchBucket') return undefined;
    throw error;
  }
};
