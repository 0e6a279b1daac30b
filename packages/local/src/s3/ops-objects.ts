import { sliceSegments, wholeBlob } from './blobs.ts';
import { spoolBody } from './body.ts';
import { checksumHeader, checksumHeaders } from './checksums.ts';
import { checkRead, deleteCheck, writeCheck } from './conditions.ts';
import type { Context, Operation, Reply } from './context.ts';
import { headerNotImplemented, invalidArgument, invalidRequest, S3Error } from './errors.ts';
import { assertKey } from './keys.ts';
import type { ObjectPart, StoredObject } from './model.ts';
import {
  metadataOf,
  objectHeaders,
  refuseUnserved,
  shownChecksum,
  storageClassOf,
  systemHeadersOf,
  taggingHeaderOf,
  versionHeader,
  writtenVersionHeader,
} from './object-headers.ts';
import { parseRange } from './ranges.ts';
import { assertVersionId } from './version-ids.ts';

/** PutObject. */
export const putObject: Operation = async ({ request, body, store, blobs, caller, bucket, key }) => {
  assertKey(key);
  bucket();
  refuseUnserved(request);
  const check = writeCheck(request);
  const headers = systemHeadersOf(request);
  const metadata = metadataOf(request);
  const tags = taggingHeaderOf(request);
  const { blob, md5, algorithm, checksum } = await spoolBody(body, blobs);
  const segments = [wholeBlob(blob)];
  try {
    const target = bucket();
    const object = store.put(target, key, {
      ...caller,
      eventName: 'ObjectCreated:Put',
      content: {
        segments,
        size: blob.size,
        etag: md5.toString('hex'),
        checksum: { algorithm, value: checksum, type: 'FULL_OBJECT' },
        headers,
        metadata,
        storageClass: storageClassOf(request),
      },
      tags,
      ...(check === undefined ? {} : { check }),
    });
    return {
      headers: {
        etag: `"${object.etag}"`,
        ...checksumHeaders(object.checksum),
        ...writtenVersionHeader(target, object.versionId),
      },
    };
  } catch (error) {
    blobs.release(segments);
    throw error;
  }
};

interface PartSpan {
  readonly start: number;
  readonly end: number;
  readonly part?: ObjectPart;
}

/** The bytes that `partNumber` names. Throws `InvalidPartNumber`. */
function partSpan(text: string, object: StoredObject): PartSpan {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 10_000) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
  }
  const parts = object.parts ?? [];
  if (number > Math.max(parts.length, 1)) {
    throw new S3Error(416, 'InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      fields: { PartNumberRequested: number, ActualPartCount: Math.max(parts.length, 1) },
    });
  }
  if (parts.length === 0) return { start: 0, end: object.size };
  let start = 0;
  for (const part of parts.slice(0, number - 1)) start += part.size;
  const part = parts[number - 1] as ObjectPart;
  return { start, end: start + part.size, part };
}

function readObject({ request, store, bucket, key }: Context): { object: StoredObject; reply: Reply; span: PartSpan } {
  assertKey(key);
  const source = bucket();
  const object = store.find(source, key, request.query.get('versionId'), request.method);
  checkRead(request, object, store.now());
  const headers = objectHeaders(request, source, object);
  const partNumber = request.query.get('partNumber');
  const rangeHeader = request.header('range');
  if (partNumber !== undefined) {
    if (rangeHeader !== undefined) {
      throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
    }
    const span = partSpan(partNumber, object);
    const whole = span.start === 0 && span.end === object.size;
    const { checksum } = object;
    const shown =
      span.part?.checksum !== undefined && checksum !== undefined && request.header('x-amz-checksum-mode') !== undefined
        ? { [checksumHeader(checksum.algorithm)]: span.part.checksum, 'x-amz-checksum-type': checksum.type }
        : whole
          ? shownChecksum(request, object)
          : {};
    return {
      object,
      span,
      reply: {
        status: 206,
        headers: {
          ...headers,
          ...shown,
          'content-length': span.end - span.start,
          'content-range': `bytes ${span.start}-${span.end - 1}/${object.size}`,
          ...(object.parts === undefined ? {} : { 'x-amz-mp-parts-count': object.parts.length }),
        },
      },
    };
  }
  const range = parseRange(rangeHeader, object.size);
  const span = range ?? { start: 0, end: object.size };
  const whole = span.start === 0 && span.end === object.size;
  return {
    object,
    span,
    reply: {
      status: range === undefined ? 200 : 206,
      headers: {
        ...headers,
        // A checksum of the whole cannot be checked against a part of it.
        ...(whole ? shownChecksum(request, object) : {}),
        'content-length': span.end - span.start,
        ...(range === undefined ? {} : { 'content-range': `bytes ${span.start}-${span.end - 1}/${object.size}` }),
      },
    },
  };
}

/** GetObject. */
export const getObject: Operation = (context) => {
  const { object, reply, span } = readObject(context);
  const segments = sliceSegments(object.segments, span.start, span.end);
  context.blobs.retain(segments);
  return { ...reply, segments };
};

/** HeadObject. */
export const headObject: Operation = (context) => readObject(context).reply;

/** DeleteObject. */
export const deleteObject: Operation = ({ request, store, caller, bucket, key }) => {
  assertKey(key);
  const target = bucket();
  for (const name of ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size', 'x-amz-mfa']) {
    if (request.header(name) !== undefined) throw headerNotImplemented(name);
  }
  const versionId = request.query.get('versionId');
  if (versionId !== undefined) {
    assertVersionId(versionId);
    if (target.versioning === undefined && versionId !== 'null') {
      throw invalidArgument('Invalid version id specified', 'versionId', versionId);
    }
  }
  const check = deleteCheck(request.header('if-match'), key);
  const removed = store.remove(target, key, {
    ...caller,
    ...(versionId === undefined ? {} : { versionId }),
    ...(check === undefined ? {} : { check }),
  });
  return {
    status: 204,
    headers: {
      ...(removed.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
      ...(removed.versionId === undefined ? {} : versionHeader(target, removed.versionId)),
    },
  };
};
