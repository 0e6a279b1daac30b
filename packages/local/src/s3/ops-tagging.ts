import { readText } from './body.ts';
import type { Context, Operation } from './context.ts';
import { malformedXml, S3Error } from './errors.ts';
import type { Bucket, StoredObject, Tag } from './model.ts';
import { checkTags, versionHeader } from './object-headers.ts';
import { childrenOf, el, parseXml, textOf, wrap, xmlDocument } from './xml.ts';

function target({ request, store, bucket, key }: Context): { bucket: Bucket; object: StoredObject } {
  const found = bucket();
  return { bucket: found, object: store.find(found, key, request.query.get('versionId'), request.method) };
}

const taggingXml = (tags: readonly Tag[]): string =>
  xmlDocument(
    'Tagging',
    wrap('TagSet', ...tags.map(([key, value]) => wrap('Tag', el('Key', key), el('Value', value)))),
  );

async function readTags({ body }: Context): Promise<Tag[]> {
  const root = parseXml(await readText(body), 'Tagging');
  const [set] = childrenOf(root, 'TagSet');
  if (set === undefined) throw malformedXml();
  return childrenOf(set, 'Tag').map((tag): Tag => {
    const key = textOf(tag, 'Key');
    const value = textOf(tag, 'Value');
    if (key === undefined || value === undefined) throw malformedXml();
    return [key, value];
  });
}

/** GetObjectTagging. */
export const getObjectTagging: Operation = (context) => {
  const { bucket, object } = target(context);
  return { headers: versionHeader(bucket, object.versionId), xml: taggingXml(object.tags) };
};

/** PutObjectTagging: replaces the tags, never the bytes. */
export const putObjectTagging: Operation = async (context) => {
  target(context);
  const tags = await readTags(context);
  checkTags(tags);
  const { bucket, object } = target(context);
  object.tags = tags;
  return { headers: versionHeader(bucket, object.versionId) };
};

/** DeleteObjectTagging. */
export const deleteObjectTagging: Operation = (context) => {
  const { bucket, object } = target(context);
  object.tags = [];
  return { status: 204, headers: versionHeader(bucket, object.versionId) };
};

/** GetBucketTagging. */
export const getBucketTagging: Operation = ({ request, bucket }) => {
  const { tags } = bucket();
  if (tags === undefined)
    throw new S3Error(404, 'NoSuchTagSet', 'The TagSet does not exist', { fields: { BucketName: request.bucket } });
  return { xml: taggingXml(tags) };
};

/** PutBucketTagging: replaces the tags. */
export const putBucketTagging: Operation = async (context) => {
  context.bucket();
  const tags = await readTags(context);
  checkTags(tags, { most: 50, of: 'Bucket' });
  context.bucket().tags = tags;
  return { status: 204 };
};

/** DeleteBucketTagging. */
export const deleteBucketTagging: Operation = ({ bucket }) => {
  delete bucket().tags;
  return { status: 204 };
};
