import { sliceSegments, wholeBlob } from './blobs.ts';
import { spoolBody } from './body.ts';
import { checksumHeader } from './checksums.ts';
import { type Context, type Operation, type Reply, xmlTime } from './context.ts';
import { invalidArgument, invalidRequest, noSuchUpload } from './errors.ts';
import type { Bucket, Upload, UploadedPart } from './model.ts';
import { assertCopySize, copySource } from './ops-copy.ts';
import { parseCopyRange } from './ranges.ts';
import { digestSegments } from './segment-digests.ts';
import { el, xmlDocument } from './xml.ts';

/** The open upload that the request names. Throws `NoSuchUpload`. */
export function findUpload({ request, key }: Context, bucket: Bucket): Upload {
  const id = request.query.get('uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (upload === undefined || upload.key !== key) throw noSuchUpload(id);
  return upload;
}

function partNumberOf({ request }: Context): number {
  const text = request.query.get('partNumber') ?? '';
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 10_000) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
  }
  return number;
}

/** Puts a part into its upload, in place of an older one. Throws `NoSuchUpload` when the upload ended meanwhile. */
function storePart(context: Context, part: UploadedPart): void {
  const upload = findUpload(context, context.bucket());
  const old = upload.parts.get(part.number);
  upload.parts.set(part.number, part);
  if (old !== undefined) context.blobs.release(old.segments);
}

/** UploadPart. */
export const uploadPart: Operation = async (context): Promise<Reply> => {
  const { body, blobs, store, bucket } = context;
  const number = partNumberOf(context);
  const upload = findUpload(context, bucket());
  const spooled = await spoolBody(body, blobs, {
    ...(upload.algorithm === undefined
      ? { also: ['CRC64NVME' as const] }
      : {
          fallback: upload.algorithm,
          accept: (algorithm) => {
            if (algorithm === upload.algorithm) return;
            throw invalidRequest(
              `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm?.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
            );
          },
        }),
  });
  const segments = [wholeBlob(spooled.blob)];
  const etag = spooled.md5.toString('hex');
  try {
    storePart(context, {
      number,
      size: spooled.blob.size,
      etag,
      segments,
      modifiedMs: store.now(),
      ...(upload.algorithm === undefined ? {} : { checksum: spooled.checksum }),
    });
  } catch (error) {
    blobs.release(segments);
    throw error;
  }
  const shown = spooled.claimed || upload.algorithm !== undefined;
  return {
    headers: {
      etag: `"${etag}"`,
      ...(shown ? { [checksumHeader(spooled.algorithm)]: spooled.checksum } : {}),
    },
  };
};

/** UploadPartCopy: the part shares the bytes of its source. */
export const uploadPartCopy: Operation = async (context): Promise<Reply> => {
  const { request, blobs, store, bucket } = context;
  const number = partNumberOf(context);
  const upload = findUpload(context, bucket());
  const source = copySource(context);
  const { start, end } = parseCopyRange(request.header('x-amz-copy-source-range'), source.object.size);
  assertCopySize(end - start);
  const segments = sliceSegments(source.object.segments, start, end);
  blobs.retain(segments);
  try {
    const { algorithm } = upload;
    const digests = await digestSegments(segments, ['MD5', ...(algorithm === undefined ? [] : [algorithm])]);
    const checksum = algorithm === undefined ? undefined : (digests[algorithm] as Buffer).toString('base64');
    const part: UploadedPart = {
      number,
      size: end - start,
      etag: (digests.MD5 as Buffer).toString('hex'),
      segments,
      modifiedMs: store.now(),
      ...(checksum === undefined ? {} : { checksum }),
    };
    storePart(context, part);
    return {
      headers: source.headers,
      xml: xmlDocument(
        'CopyPartResult',
        el('ETag', `"${part.etag}"`),
        el('LastModified', xmlTime(part.modifiedMs)),
        algorithm === undefined ? '' : el(`Checksum${algorithm}`, checksum),
      ),
    };
  } catch (error) {
    blobs.release(segments);
    throw error;
  }
};
