import { readText } from './body.ts';
import type { Context, Operation } from './context.ts';
import { malformedXml } from './errors.ts';
import type { Bucket, StoredObject, Tag } from './model.ts';
import { checkTags, versionHeader } from './object-headers.ts';
import { childrenOf, el, parseXml, textOf, wrap, xmlDocument } from './xml.ts';

function target({ request, store, bucket, key }: Context): { bucket: Bucket; object: StoredObject } {
  const found = bucket();
  return { bucket: found, object: store.find(found, key, request.query.get('versionId'), request.method) };
}

/** GetObjectTagging. */
export const getObjectTagging: Operation = (context) => {
  const { bucket, object } = target(context);
  const tags = object.tags.map(([key, value]) => wrap('Tag', el('Key', key), el('Value', value)));
  return {
    headers: versionHeader(bucket, object.versionId),
    xml: xmlDocument('Tagging', wrap('TagSet', ...tags)),
  };
};

/** PutObjectTagging: replaces the tags, never the bytes. */
export const putObjectTagging: Operation = async (context) => {
  target(context);
  const root = parseXml(await readText(context.body), 'Tagging');
  const [set] = childrenOf(root, 'TagSet');
  if (set === undefined) throw malformedXml();
  const tags = childrenOf(set, 'Tag').map((tag): Tag => {
    const key = textOf(tag, 'Key');
    const value = textOf(tag, 'Value');
    if (key === undefined || value === undefined) throw malformedXml();
    return [key, value];
  });
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
