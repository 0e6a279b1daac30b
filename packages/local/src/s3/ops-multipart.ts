import { randomBytes } from 'node:crypto';
import { segmentsSize } from './blobs.ts';
import { readText } from './body.ts';
import { type ChecksumType, namedAlgorithm } from './checksums.ts';
import { writeCheck } from './conditions.ts';
import type { Context, Operation, Reply } from './context.ts';
import { invalidRequest, noSuchUpload } from './errors.ts';
import { assertKey } from './keys.ts';
import type { Bucket, CompletedUpload, Upload } from './model.ts';
import {
  checkChecksumType,
  checkCompletion,
  fingerprint,
  multipartChecksum,
  multipartEtag,
  parseNamedParts,
  selectParts,
} from './multipart.ts';
import {
  metadataOf,
  refuseUnserved,
  storageClassOf,
  systemHeadersOf,
  taggingHeaderOf,
  writtenVersionHeader,
} from './object-headers.ts';
import { findUpload } from './ops-parts.ts';
import { el, xmlDocument } from './xml.ts';

/** How many completions are remembered, to answer a repeated one alike. */
const REMEMBERED = 10_000;

function checksumChoice({ request }: Context): Pick<Upload, 'algorithm' | 'checksumType'> {
  const algorithm = namedAlgorithm(request.header('x-amz-checksum-algorithm'));
  const type = request.header('x-amz-checksum-type') as ChecksumType | undefined;
  if (algorithm === undefined) {
    if (type !== undefined) {
      throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    }
    return {};
  }
  const checksumType = type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (checksumType !== 'FULL_OBJECT' && checksumType !== 'COMPOSITE') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
  }
  const impossible =
    (checksumType === 'COMPOSITE' && algorithm === 'CRC64NVME') ||
    (checksumType === 'FULL_OBJECT' && algorithm.startsWith('SHA'));
  if (impossible) {
    throw invalidRequest(
      `The ${checksumType} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, checksumType };
}

/** CreateMultipartUpload. */
export const createMultipartUpload: Operation = (context) => {
  const { request, store, bucket, key } = context;
  assertKey(key);
  const target = bucket();
  refuseUnserved(request);
  const choice = checksumChoice(context);
  const upload: Upload = {
    id: randomBytes(48).toString('base64url'),
    key,
    initiatedMs: store.now(),
    ...choice,
    headers: systemHeadersOf(request),
    metadata: metadataOf(request),
    tags: taggingHeaderOf(request),
    storageClass: storageClassOf(request),
    parts: new Map(),
    overtaken: false,
  };
  target.uploads.set(upload.id, upload);
  return {
    headers:
      choice.algorithm === undefined
        ? {}
        : {
            'x-amz-checksum-algorithm': choice.algorithm,
            'x-amz-checksum-type': choice.checksumType as string,
          },
    xml: xmlDocument(
      'InitiateMultipartUploadResult',
      el('Bucket', target.name),
      el('Key', key),
      el('UploadId', upload.id),
    ),
  };
};

function completedReply({ origin }: Context, bucket: Bucket, { object }: CompletedUpload): Reply {
  const { checksum } = object;
  return {
    headers: writtenVersionHeader(bucket, object.versionId),
    xml: xmlDocument(
      'CompleteMultipartUploadResult',
      el('Location', `${origin}/${bucket.name}/${encodeURIComponent(object.key)}`),
      el('Bucket', bucket.name),
      el('Key', object.key),
      el('ETag', `"${object.etag}"`),
      checksum === undefined ? '' : el(`Checksum${checksum.algorithm}`, checksum.value),
      el('ChecksumType', checksum?.type),
    ),
  };
}

/** The answer of a completion that was already made and whose object is still there. */
function repeated(context: Context, bucket: Bucket, print: string): Reply | undefined {
  const done = bucket.completed.get(context.request.query.get('uploadId') ?? '');
  if (done === undefined || done.key !== context.key || done.fingerprint !== print) return undefined;
  const stillThere = bucket.versions.get(done.key)?.includes(done.object) === true;
  return stillThere ? completedReply(context, bucket, done) : undefined;
}

/** CompleteMultipartUpload. Doing it again with the same parts gives the same answer. */
export const completeMultipartUpload: Operation = async (context) => {
  const { request, body, blobs, store, caller, bucket, key } = context;
  bucket();
  const named = parseNamedParts(await readText(body, { checksummed: false }));
  const print = fingerprint(named);
  const again = repeated(context, bucket(), print);
  if (again !== undefined) return again;

  const upload = findUpload(context, bucket());
  const check = writeCheck(request, () => upload.overtaken);
  checkChecksumType(request, upload);
  const parts = selectParts(upload, named);
  const segments = parts.flatMap((part) => part.segments);
  blobs.retain(segments);
  try {
    const size = segmentsSize(segments);
    const checksum = await multipartChecksum(upload, parts);
    checkCompletion(request, checksum, size);
    const target = bucket();
    // While checksums were read, the same upload may have been completed or aborted by another request.
    if (target.uploads.get(upload.id) !== upload) {
      const meanwhile = repeated(context, target, print);
      if (meanwhile === undefined) throw noSuchUpload(upload.id);
      blobs.release(segments);
      return meanwhile;
    }
    check?.(store.current(target, key));
    target.uploads.delete(upload.id);
    const object = store.put(target, key, {
      ...caller,
      eventName: 'ObjectCreated:CompleteMultipartUpload',
      content: {
        segments,
        size,
        etag: multipartEtag(parts),
        checksum,
        parts: parts.map((part) => ({
          number: part.number,
          size: part.size,
          ...(part.checksum === undefined ? {} : { checksum: part.checksum }),
        })),
        headers: upload.headers,
        metadata: upload.metadata,
        storageClass: upload.storageClass,
      },
      tags: upload.tags,
    });
    for (const part of upload.parts.values()) blobs.release(part.segments);
    const completed: CompletedUpload = { key, fingerprint: print, object };
    if (target.completed.size >= REMEMBERED) target.completed.delete(target.completed.keys().next().value as string);
    target.completed.set(upload.id, completed);
    return completedReply(context, target, completed);
  } catch (error) {
    blobs.release(segments);
    throw error;
  }
};

/** AbortMultipartUpload. */
export const abortMultipartUpload: Operation = (context) => {
  const bucket = context.bucket();
  const upload = findUpload(context, bucket);
  bucket.uploads.delete(upload.id);
  for (const part of upload.parts.values()) context.blobs.release(part.segments);
  return { status: 204 };
};
