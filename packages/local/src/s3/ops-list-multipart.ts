import { limitOf, type Operation, xmlTime } from './context.ts';
import { invalidArgument } from './errors.ts';
import { compareKeys } from './keys.ts';
import { commonPrefix } from './list.ts';
import { OWNER_ID, type Upload } from './model.ts';
import { listQuery, owner } from './ops-list.ts';
import { findUpload } from './ops-parts.ts';
import { el, wrap, xmlDocument } from './xml.ts';

const initiator = (): string => wrap('Initiator', el('ID', OWNER_ID), el('DisplayName', 'local'));

/** ListParts. */
export const listParts: Operation = (context) => {
  const bucket = context.bucket();
  const upload = findUpload(context, bucket);
  const { query } = context.request;
  const maxParts = limitOf(query.get('max-parts'), 1000);
  const marker = limitOf(query.get('part-number-marker') || '0', 2_147_483_647);
  if (maxParts === undefined) {
    throw invalidArgument('Argument max-parts must be an integer between 0 and 2147483647', 'max-parts');
  }
  if (marker === undefined) {
    throw invalidArgument(
      'Argument part-number-marker must be an integer between 0 and 2147483647',
      'part-number-marker',
      query.get('part-number-marker'),
    );
  }
  const parts = [...upload.parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number);
  const shown = parts.slice(0, maxParts);
  return {
    xml: xmlDocument(
      'ListPartsResult',
      el('Bucket', bucket.name),
      el('Key', upload.key),
      el('UploadId', upload.id),
      initiator(),
      owner(),
      el('StorageClass', upload.storageClass),
      el('PartNumberMarker', marker),
      el('NextPartNumberMarker', shown.at(-1)?.number ?? 0),
      el('MaxParts', maxParts),
      el('IsTruncated', parts.length > shown.length),
      el('ChecksumAlgorithm', upload.algorithm),
      el('ChecksumType', upload.checksumType),
      ...shown.map((part) =>
        wrap(
          'Part',
          el('PartNumber', part.number),
          el('LastModified', xmlTime(part.modifiedMs)),
          el('ETag', `"${part.etag}"`),
          el('Size', part.size),
          upload.algorithm === undefined ? '' : el(`Checksum${upload.algorithm}`, part.checksum),
        ),
      ),
    ),
  };
};

function byKeyAndStart(a: Upload, b: Upload): number {
  return compareKeys(a.key, b.key) || a.initiatedMs - b.initiatedMs;
}

/** ListMultipartUploads: by key, then by the time they began. */
export const listMultipartUploads: Operation = (context) => {
  const bucket = context.bucket();
  const list = listQuery(context, 'max-uploads');
  const keyMarker = context.request.query.get('key-marker') ?? '';
  // Without a key marker S3 ignores the upload marker.
  const idMarker = keyMarker === '' ? '' : (context.request.query.get('upload-id-marker') ?? '');
  // Insertion order breaks ties of the clock, and the sort is stable.
  const uploads = [...bucket.uploads.values()].filter(({ key }) => key.startsWith(list.prefix)).sort(byKeyAndStart);
  let start = 0;
  if (idMarker !== '') {
    const at = uploads.findIndex(({ id }) => id === idMarker);
    if (at < 0 || uploads[at]?.key !== keyMarker) {
      throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', idMarker);
    }
    start = at + 1;
  } else if (keyMarker !== '') {
    start = uploads.findIndex(({ key }) => compareKeys(key, keyMarker) > 0);
    if (start < 0) start = uploads.length;
  }

  const shown: Upload[] = [];
  const prefixes: string[] = [];
  let last: { key: string; id: string } | undefined;
  let truncated = false;
  let skip = commonPrefix(keyMarker, list.prefix, list.delimiter);
  for (const upload of uploads.slice(start)) {
    const common = commonPrefix(upload.key, list.prefix, list.delimiter);
    if (common !== undefined && common === skip) continue;
    if (shown.length + prefixes.length === list.maxKeys) {
      truncated = list.maxKeys > 0;
      break;
    }
    if (common === undefined) {
      shown.push(upload);
      last = { key: upload.key, id: upload.id };
    } else {
      prefixes.push(common);
      skip = common;
      last = { key: common, id: '' };
    }
  }
  return {
    xml: xmlDocument(
      'ListMultipartUploadsResult',
      el('Bucket', bucket.name),
      el('KeyMarker', list.encode(keyMarker)),
      el('UploadIdMarker', idMarker),
      el('NextKeyMarker', list.encode(last?.key ?? '')),
      el('NextUploadIdMarker', last?.id ?? ''),
      el('Prefix', list.encode(list.prefix)),
      list.delimiter === '' ? '' : el('Delimiter', list.encode(list.delimiter)),
      el('EncodingType', list.encodingType),
      el('MaxUploads', list.maxKeys),
      el('IsTruncated', truncated),
      ...shown.map((upload) =>
        wrap(
          'Upload',
          el('Key', list.encode(upload.key)),
          el('UploadId', upload.id),
          initiator(),
          owner(),
          el('StorageClass', upload.storageClass),
          el('Initiated', xmlTime(upload.initiatedMs)),
          el('ChecksumAlgorithm', upload.algorithm),
          el('ChecksumType', upload.checksumType),
        ),
      ),
      ...prefixes.map((prefix) => wrap('CommonPrefixes', el('Prefix', list.encode(prefix)))),
    ),
  };
};
