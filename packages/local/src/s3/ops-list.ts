import { type Context, limitOf, type Operation, xmlTime } from './context.ts';
import { invalidArgument } from './errors.ts';
import { formEncodeKey } from './keys.ts';
import { type ListEntry, listEntries } from './list.ts';
import { type Bucket, OWNER_ID, type StoredObject } from './model.ts';
import { el, wrap, xmlDocument } from './xml.ts';

const MAX_KEYS = 1000;
/** The `Owner` element. */
export const owner = (): string => wrap('Owner', el('ID', OWNER_ID));

/** What all listings of keys have in common. */
export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: string | undefined;
  /** Encodes keys where the client asked for it. */
  readonly encode: (text: string) => string;
}

/** Reads prefix, delimiter, limit and encoding. Throws `InvalidArgument`. */
export function listQuery({ request }: Context, limitName: string): ListQuery {
  const { query } = request;
  const maxKeys = limitOf(query.get(limitName), MAX_KEYS);
  if (maxKeys === undefined) {
    throw invalidArgument(
      `Argument ${limitName} must be an integer between 0 and 2147483647`,
      limitName,
      query.get(limitName),
    );
  }
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys,
    encodingType,
    encode: encodingType === 'url' ? formEncodeKey : (text) => text,
  };
}

/** One `Contents` or `Version` body: what every listing says about an object. */
export function objectElements(object: StoredObject): string[] {
  return [
    el('LastModified', xmlTime(object.modifiedMs)),
    el('ETag', `"${object.etag}"`),
    el('ChecksumAlgorithm', object.checksum?.algorithm),
    el('ChecksumType', object.checksum?.type),
    el('Size', object.size),
  ];
}

interface Page {
  readonly contents: string;
  readonly prefixes: string;
  readonly count: number;
  readonly truncated: boolean;
  /** The last key or common prefix of the page. */
  readonly last: string | undefined;
}

function page(bucket: Bucket, list: ListQuery, after: string, withOwner: boolean): Page {
  const current = (key: string): StoredObject | undefined => {
    const version = bucket.versions.get(key)?.[0];
    return version?.kind === 'object' ? version : undefined;
  };
  const keys = bucket.order.sorted((key) => bucket.versions.has(key));
  const live = (key: string): boolean => current(key) !== undefined;
  const contents: string[] = [];
  const prefixes: string[] = [];
  let last: string | undefined;
  let truncated = false;
  const scope = { keys, live, prefix: list.prefix, delimiter: list.delimiter, after };
  if (list.maxKeys > 0) {
    for (const entry of listEntries(scope)) {
      if (contents.length + prefixes.length === list.maxKeys) {
        truncated = true;
        break;
      }
      last = nameOf(entry);
      if ('prefix' in entry) {
        prefixes.push(wrap('CommonPrefixes', el('Prefix', list.encode(entry.prefix))));
        continue;
      }
      const object = current(entry.key) as StoredObject;
      contents.push(
        wrap(
          'Contents',
          el('Key', list.encode(entry.key)),
          ...objectElements(object),
          withOwner ? owner() : '',
          el('StorageClass', object.storageClass),
        ),
      );
    }
  }
  return {
    contents: contents.join(''),
    prefixes: prefixes.join(''),
    count: contents.length + prefixes.length,
    truncated,
    last,
  };
}

const nameOf = (entry: ListEntry): string => ('prefix' in entry ? entry.prefix : entry.key);

const TOKEN_START = '1';
const encodeToken = (last: string): string => TOKEN_START + Buffer.from(last).toString('base64url');

function decodeToken(token: string): string {
  const text = Buffer.from(token.slice(1), 'base64url').toString('utf8');
  if (!token.startsWith(TOKEN_START) || encodeToken(text) !== token) {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  }
  return text;
}

/** ListObjectsV2. */
export const listObjectsV2: Operation = (context) => {
  const bucket = context.bucket();
  const { query } = context.request;
  const list = listQuery(context, 'max-keys');
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  if (token === '') throw invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  const after = token === undefined ? (startAfter ?? '') : decodeToken(token);
  const result = page(bucket, list, after, query.get('fetch-owner') === 'true');
  return {
    xml: xmlDocument(
      'ListBucketResult',
      el('Name', bucket.name),
      el('Prefix', list.encode(list.prefix)),
      list.delimiter === '' ? '' : el('Delimiter', list.encode(list.delimiter)),
      el('MaxKeys', list.maxKeys),
      el('EncodingType', list.encodingType),
      el('KeyCount', result.count),
      el('IsTruncated', result.truncated),
      el('ContinuationToken', token),
      result.truncated ? el('NextContinuationToken', encodeToken(result.last as string)) : '',
      startAfter === undefined ? '' : el('StartAfter', list.encode(startAfter)),
      result.contents,
      result.prefixes,
    ),
  };
};

/** ListObjects, version 1. */
export const listObjects: Operation = (context) => {
  const bucket = context.bucket();
  const list = listQuery(context, 'max-keys');
  const marker = context.request.query.get('marker') ?? '';
  const result = page(bucket, list, marker, true);
  return {
    xml: xmlDocument(
      'ListBucketResult',
      el('Name', bucket.name),
      el('Prefix', list.encode(list.prefix)),
      el('Marker', list.encode(marker)),
      list.delimiter === '' ? '' : el('Delimiter', list.encode(list.delimiter)),
      el('MaxKeys', list.maxKeys),
      el('EncodingType', list.encodingType),
      el('IsTruncated', result.truncated),
      // Without a delimiter the last key is the marker, and S3 does not repeat it.
      result.truncated && list.delimiter !== '' ? el('NextMarker', list.encode(result.last as string)) : '',
      result.contents,
      result.prefixes,
    ),
  };
};
