import { createHash } from 'node:crypto';
import type { Signed } from './auth.ts';
import type { Blob, BlobStore } from './blobs.ts';
import { assertChecksumValue, badChecksum, checksumHeader, claimedChecksum, claimedMd5 } from './checksums.ts';
import { decodeChunks } from './chunked-body.ts';
import { type ChecksumAlgorithm, type DigestName, digestOf } from './digests.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

const MAX_PUT_BYTES = 5 * 1024 ** 3;
const STREAMING = new Map([
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
]);

/** A body on its way in. */
export interface IncomingBody {
  readonly request: S3Request;
  readonly signed: Signed;
  /** Tells a client that waits with `Expect: 100-continue` to go on. */
  readonly proceed: () => void;
}

interface Opened {
  readonly bytes: AsyncIterable<Buffer>;
  /** Trailer fields, filled in when the body has been read. */
  readonly trailer: ReadonlyMap<string, string>;
}

const incompleteBody = (): S3Error =>
  new S3Error(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );

/** How many content bytes the headers announce. Throws `MissingContentLength`, `EntityTooLarge`. */
function announcedBytes(request: S3Request, streaming: boolean): number {
  const text = streaming ? request.header('x-amz-decoded-content-length') : request.header('content-length');
  if (text === undefined) {
    throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw invalidArgument('The content length is not a number of bytes', 'content-length', text);
  }
  if (bytes > MAX_PUT_BYTES) {
    throw new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      fields: { ProposedSize: bytes, MaxSizeAllowed: MAX_PUT_BYTES },
    });
  }
  return bytes;
}

function openBody({ request, signed, proceed }: IncomingBody): Opened {
  const mode = STREAMING.get(signed.payloadHash);
  if (mode === undefined && signed.payloadHash.startsWith('STREAMING-')) {
    throw new S3Error(501, 'NotImplemented', `${signed.payloadHash} is not implemented by this local S3 server.`);
  }
  const expected = announcedBytes(request, mode !== undefined);
  const trailer = new Map<string, string>();
  // A refused body must not take the connection down before its answer is sent.
  const raw = request.message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const content =
    mode === undefined
      ? raw
      : decodeChunks(raw, {
          ...(mode.signed ? { signed } : {}),
          trailer: mode.trailer,
          onTrailer: (fields) => {
            for (const [name, value] of fields) trailer.set(name, value);
          },
        });

  async function* counted(): AsyncGenerator<Buffer, void, undefined> {
    proceed();
    const plainHash = /^[0-9a-f]{64}$/.test(signed.payloadHash) ? createHash('sha256') : undefined;
    let received = 0;
    for await (const chunk of content) {
      received += chunk.length;
      if (received > expected) throw incompleteBody();
      plainHash?.update(chunk);
      yield chunk;
    }
    if (received !== expected) throw incompleteBody();
    const computed = plainHash?.digest('hex');
    if (computed !== undefined && computed !== signed.payloadHash) {
      throw new S3Error(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        { fields: { ClientComputedContentSHA256: signed.payloadHash, S3ComputedContentSHA256: computed } },
      );
    }
  }
  return { bytes: counted(), trailer };
}

/** A body on disk, with its MD5 and one verified or computed checksum. */
export interface SpooledBody {
  readonly blob: Blob;
  readonly md5: Buffer;
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly checksum: string;
  /** Whether the client gave the checksum. */
  readonly claimed: boolean;
}

/** Options of {@link spoolBody}. */
export interface SpoolOptions {
  /** Computed when the client gives none. @default 'CRC64NVME' */
  readonly fallback?: ChecksumAlgorithm;
  /** Computed in any case. */
  readonly also?: readonly DigestName[];
  /** May refuse the algorithm that the client chose, before any byte is read. */
  readonly accept?: (algorithm: ChecksumAlgorithm) => void;
}

/**
 * Reads a body into the blob store and checks everything that the client promised about it.
 * Throws `BadDigest`, `InvalidDigest`, `IncompleteBody`, `XAmzContentSHA256Mismatch`, `InvalidRequest` and the errors of chunked bodies.
 */
export async function spoolBody(
  body: IncomingBody,
  blobs: BlobStore,
  { fallback = 'CRC64NVME', also = [], accept }: SpoolOptions = {},
): Promise<SpooledBody> {
  const md5 = claimedMd5(body.request);
  const claim = claimedChecksum(body.request);
  if (claim !== undefined) accept?.(claim.algorithm);
  const algorithm = claim?.algorithm ?? fallback;
  const opened = openBody(body);
  const blob = await blobs.write(opened.bytes, ['MD5', algorithm, ...also]);
  try {
    const actualMd5 = blob.digests.MD5 as Buffer;
    if (md5 !== undefined && md5 !== actualMd5.toString('base64')) {
      throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.', {
        fields: { ExpectedDigest: md5, CalculatedDigest: actualMd5.toString('base64') },
      });
    }
    const checksum = (blob.digests[algorithm] as Buffer).toString('base64');
    if (claim !== undefined) {
      const promised = claim.value ?? opened.trailer.get(checksumHeader(algorithm));
      if (promised === undefined) {
        throw new S3Error(
          400,
          'MalformedTrailerError',
          'The request contained trailing data that was not well-formed or did not conform to our published schema.',
        );
      }
      assertChecksumValue(algorithm, promised);
      if (promised !== checksum) throw badChecksum(algorithm);
    }
    return { blob, md5: actualMd5, algorithm, checksum, claimed: claim !== undefined };
  } catch (error) {
    blobs.release([{ blob, start: 0, end: blob.size }]);
    throw error;
  }
}

const MAX_XML_BYTES = 4 * 1024 * 1024;

/** Options of {@link readText}. */
export interface ReadTextOptions {
  /** Whether checksum headers speak of this body; those of CompleteMultipartUpload speak of the object. @default true */
  readonly checksummed?: boolean;
}

/** Reads a small body, such as XML, whole and checked like any other. */
export async function readText(body: IncomingBody, { checksummed = true }: ReadTextOptions = {}): Promise<string> {
  const md5 = claimedMd5(body.request);
  const claim = checksummed ? claimedChecksum(body.request) : undefined;
  const opened = openBody(body);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of opened.bytes) {
    size += chunk.length;
    if (size > MAX_XML_BYTES) {
      throw new S3Error(400, 'MaxMessageLengthExceeded', 'Your request was too big.', {
        fields: { MaxMessageLengthBytes: MAX_XML_BYTES },
      });
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (md5 !== undefined && createHash('md5').update(bytes).digest('base64') !== md5) {
    throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (claim !== undefined) {
    const promised = claim.value ?? opened.trailer.get(checksumHeader(claim.algorithm));
    if (digestOf(claim.algorithm, bytes).toString('base64') !== promised) throw badChecksum(claim.algorithm);
  }
  return bytes.toString('utf8');
}
