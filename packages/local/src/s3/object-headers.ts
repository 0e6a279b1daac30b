import { checksumHeaders } from './checksums.ts';
import { headerNotImplemented, invalidArgument, notServed, S3Error } from './errors.ts';
import type { Bucket, StoredObject, SystemHeaders, Tag } from './model.ts';
import type { S3Request } from './request.ts';

const SYSTEM = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const MAX_METADATA_BYTES = 2048;
// Classes that read at once; the archive classes would need restores.
const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]);
const REFUSED = [
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-website-redirect-location',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-copy-source-server-side-encryption-customer-algorithm',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write-acp',
  'x-amz-write-offset-bytes',
];

/** Refuses headers whose promise this server could not keep. Throws `NotImplemented`, `InvalidStorageClass`. */
export function refuseUnserved(request: S3Request): void {
  for (const name of REFUSED) if (request.header(name) !== undefined) throw headerNotImplemented(name);
  const encryption = request.header('x-amz-server-side-encryption');
  // AES256 is what S3 does to every object unasked, and nothing of it is visible to a reader.
  if (encryption !== undefined && encryption !== 'AES256') throw notServed(`Encryption ${encryption}`);
  const acl = request.header('x-amz-acl');
  if (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control') throw notServed(`ACL ${acl}`);
  const storageClass = request.header('x-amz-storage-class');
  if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE') throw notServed(`Storage class ${storageClass}`);
  if (storageClass !== undefined && !STORAGE_CLASSES.has(storageClass)) {
    throw new S3Error(400, 'InvalidStorageClass', 'The storage class you specified is not valid', {
      fields: { StorageClassRequested: storageClass },
    });
  }
}

/** The storage class that a write asks for. */
export const storageClassOf = (request: S3Request): string => request.header('x-amz-storage-class') ?? 'STANDARD';

/** The headers of a write that are stored with the object. */
export function systemHeadersOf(request: S3Request): SystemHeaders {
  const headers: Record<string, string> = {};
  for (const name of SYSTEM) {
    let value = request.header(name);
    if (name === 'content-encoding' && value !== undefined) {
      // `aws-chunked` belongs to the transfer and not to the object.
      value = value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== 'aws-chunked' && item !== '')
        .join(',');
    }
    if (value !== undefined && value !== '') headers[name] = value;
  }
  headers['content-type'] ??= 'binary/octet-stream';
  return headers;
}

/** The user metadata of a write. Throws `MetadataTooLarge` above 2 KB. */
export function metadataOf(request: S3Request): Record<string, string> {
  const metadata = request.metadata();
  let size = 0;
  for (const [name, value] of Object.entries(metadata)) size += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (size > MAX_METADATA_BYTES) {
    throw new S3Error(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      fields: { Size: size, MaxSizeAllowed: MAX_METADATA_BYTES },
    });
  }
  return metadata;
}

/** Tags of the `x-amz-tagging` header. Throws `InvalidArgument`. */
export function taggingHeaderOf(request: S3Request): Tag[] {
  const text = request.header('x-amz-tagging');
  if (text === undefined || text === '') return [];
  const tags = [...new URLSearchParams(text)];
  const names = new Set(tags.map(([name]) => name));
  const malformed = names.size !== tags.length || text.split('&').some((pair) => pair.split('=').length > 2);
  if (malformed) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      text,
    );
  }
  checkTags(tags);
  return tags;
}

/** Throws `InvalidTag` and `BadRequest` for tags that S3 does not take. AWS docs: "Categorizing your objects using tags". */
export function checkTags(tags: readonly Tag[], { most = 10, of = 'Object' } = {}): void {
  const invalid = (message: string, key: string): S3Error =>
    new S3Error(400, 'InvalidTag', message, { fields: { TagKey: key } });
  if (tags.length > most) throw new S3Error(400, 'BadRequest', `${of} tags cannot be greater than ${most}`);
  const seen = new Set<string>();
  for (const [key, value] of tags) {
    if (seen.has(key)) throw invalid('Cannot provide multiple Tags with the same key', key);
    seen.add(key);
    if (key.startsWith('aws:')) throw invalid('Your TagKey cannot be prefixed with aws:', key);
    if (key.length === 0 || key.length > 128 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key)) {
      throw invalid('The TagKey you have provided is invalid', key);
    }
    if (value.length > 256 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(value)) {
      throw invalid('The TagValue you have provided is invalid', key);
    }
  }
}

/** `x-amz-version-id`, in buckets that have versions. */
export function versionHeader(bucket: Bucket, versionId: string): Record<string, string> {
  return bucket.versioning === undefined ? {} : { 'x-amz-version-id': versionId };
}

/** `x-amz-version-id` of a write: S3 leaves it out while versioning is suspended. */
export function writtenVersionHeader(bucket: Bucket, versionId: string): Record<string, string> {
  return bucket.versioning === 'Enabled' ? { 'x-amz-version-id': versionId } : {};
}

const OVERRIDES = new Map([
  ['response-content-type', 'content-type'],
  ['response-content-language', 'content-language'],
  ['response-expires', 'expires'],
  ['response-cache-control', 'cache-control'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
]);

/** Response headers of GET and HEAD, without length and range. */
export function objectHeaders(
  request: S3Request,
  bucket: Bucket,
  object: StoredObject,
): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    ...object.headers,
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modifiedMs).toUTCString(),
    ...versionHeader(bucket, object.versionId),
  };
  for (const name in object.metadata) headers[`x-amz-meta-${name}`] = object.metadata[name] as string;
  if (object.tags.length > 0) headers['x-amz-tagging-count'] = object.tags.length;
  if (object.storageClass !== 'STANDARD') headers['x-amz-storage-class'] = object.storageClass;
  for (const [parameter, name] of OVERRIDES) {
    const value = request.query.get(parameter);
    if (value === undefined) continue;
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw invalidArgument('Header value cannot be represented using ISO-8859-1.', parameter, value);
    }
    headers[name] = value;
  }
  return headers;
}

/** Checksum headers, where the request asks for them. */
export function shownChecksum(request: S3Request, object: StoredObject): Record<string, string> {
  return request.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? checksumHeaders(object.checksum) : {};
}
