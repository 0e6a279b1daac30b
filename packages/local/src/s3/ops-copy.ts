import { checksumHeaders, namedAlgorithm, type StoredChecksum } from './checksums.ts';
import { checkCopySource, writeCheck } from './conditions.ts';
import { type Context, type Operation, xmlTime } from './context.ts';
import { accessDenied, invalidArgument, invalidRequest, noSuchKey } from './errors.ts';
import { assertKey } from './keys.ts';
import { ACCOUNT_ID, type Bucket, type StoredObject } from './model.ts';
import {
  metadataOf,
  refuseUnserved,
  storageClassOf,
  systemHeadersOf,
  taggingHeaderOf,
  versionHeader,
} from './object-headers.ts';
import { MAX_COPY_BYTES } from './ranges.ts';
import { digestSegments } from './segment-digests.ts';
import { assertVersionId } from './version-ids.ts';
import { el, xmlDocument } from './xml.ts';

/** The object that `x-amz-copy-source` names. */
export interface CopySource {
  readonly bucket: Bucket;
  readonly object: StoredObject;
  /** Headers of the answer that name the source's version. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Resolves the copy source and checks its conditions.
 * Throws `InvalidArgument`, `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `InvalidRequest`, `PreconditionFailed`, `AccessDenied`.
 */
export function copySource({ request, store }: Context): CopySource {
  const text = request.header('x-amz-copy-source') ?? '';
  const invalid = () => invalidArgument('Invalid copy source object key', 'x-amz-copy-source', 'x-amz-copy-source');
  const mark = text.indexOf('?versionId=');
  const versionId = mark < 0 ? undefined : text.slice(mark + '?versionId='.length);
  let path: string;
  try {
    path = decodeURIComponent(mark < 0 ? text : text.slice(0, mark)).replace(/^\//, '');
  } catch {
    throw invalid();
  }
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) throw invalid();
  const owner = request.header('x-amz-source-expected-bucket-owner');
  const bucket = store.bucket(path.slice(0, slash));
  if (owner !== undefined && owner !== ACCOUNT_ID) throw accessDenied();
  const key = path.slice(slash + 1);
  const object = findSource(store, bucket, key, versionId);
  checkCopySource(request, object, store.now());
  const shown = bucket.versioning !== undefined && object.versionId !== 'null';
  return { bucket, object, headers: shown ? { 'x-amz-copy-source-version-id': object.versionId } : {} };
}

function findSource(store: Context['store'], bucket: Bucket, key: string, versionId: string | undefined): StoredObject {
  if (versionId !== undefined) {
    assertVersionId(versionId);
    const version = bucket.versions.get(key)?.find((v) => v.versionId === versionId);
    if (version?.kind === 'marker') {
      throw invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.');
    }
  } else if (store.current(bucket, key)?.kind !== 'object') {
    throw noSuchKey(key);
  }
  return store.find(bucket, key, versionId, 'GET');
}

/** Throws `InvalidRequest` for sources of more than 5 GiB. */
export function assertCopySize(bytes: number): void {
  if (bytes > MAX_COPY_BYTES) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`,
    );
  }
}

function directive(context: Context, name: string): 'COPY' | 'REPLACE' {
  const value = context.request.header(name) ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw invalidArgument(
    `Unknown ${name === 'x-amz-metadata-directive' ? 'metadata' : 'tagging'} directive.`,
    name,
    value,
  );
}

/** CopyObject. The bytes are shared with the source, not copied; only a multipart source has to be read for its MD5. */
export const copyObject: Operation = async (context) => {
  const { request, store, blobs, caller, bucket, key } = context;
  assertKey(key);
  bucket();
  refuseUnserved(request);
  const check = writeCheck(request);
  const source = copySource(context);
  const { object } = source;
  assertCopySize(object.size);
  const replace = directive(context, 'x-amz-metadata-directive') === 'REPLACE';
  const replaceTags = directive(context, 'x-amz-tagging-directive') === 'REPLACE';
  const storageClass = storageClassOf(request);
  const named = namedAlgorithm(request.header('x-amz-checksum-algorithm'));
  const inPlace = source.bucket.name === bucket().name && object.key === key;
  const isCurrent = store.current(source.bucket, object.key) === object;
  if (
    inPlace &&
    isCurrent &&
    !replace &&
    request.header('x-amz-storage-class') === undefined &&
    source.bucket.versioning !== 'Suspended' &&
    !(source.bucket.versioning === 'Enabled' && object.versionId === 'null')
  ) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { segments } = object;
  const headers = replace ? systemHeadersOf(request) : object.headers;
  const metadata = replace ? metadataOf(request) : object.metadata;
  const tags = replaceTags ? taggingHeaderOf(request) : object.tags;

  blobs.retain(segments);
  try {
    const algorithm = named ?? object.checksum?.algorithm ?? 'CRC64NVME';
    const keeps = object.checksum?.type === 'FULL_OBJECT' && object.checksum.algorithm === algorithm;
    const needsMd5 = object.parts !== undefined;
    const digests = await digestSegments(segments, [
      ...(needsMd5 ? (['MD5'] as const) : []),
      ...(keeps ? [] : [algorithm]),
    ]);
    const checksum: StoredChecksum = keeps
      ? (object.checksum as StoredChecksum)
      : { algorithm, value: (digests[algorithm] as Buffer).toString('base64'), type: 'FULL_OBJECT' };
    const target = bucket();
    const copy = store.put(target, key, {
      ...caller,
      eventName: 'ObjectCreated:Copy',
      content: {
        segments,
        size: object.size,
        etag: needsMd5 ? (digests.MD5 as Buffer).toString('hex') : object.etag,
        checksum,
        headers,
        metadata,
        storageClass,
      },
      tags,
      ...(check === undefined ? {} : { check }),
    });
    const shown = checksumHeaders(checksum);
    return {
      headers: { ...source.headers, ...versionHeader(target, copy.versionId) },
      xml: xmlDocument(
        'CopyObjectResult',
        el('ETag', `"${copy.etag}"`),
        el('LastModified', xmlTime(copy.modifiedMs)),
        el(`Checksum${algorithm}`, checksum.value),
        el('ChecksumType', shown['x-amz-checksum-type']),
      ),
    };
  } catch (error) {
    blobs.release(segments);
    throw error;
  }
};
