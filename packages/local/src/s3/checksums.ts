import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from './digests.ts';
import { invalidRequest, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** Whether a checksum covers the object's bytes, or the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as it is stored and shown. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; `-N` behind it for a composite of N parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** A checksum that the client promises: in a header, or in the trailer when `value` is missing. */
export interface ClaimedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value?: string;
}

const LENGTHS: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };

/** `x-amz-checksum-crc32` and its like. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** Throws `InvalidRequest` unless the text is base64 of the right length. */
export function assertChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== LENGTHS[algorithm] || bytes.toString('base64') !== value) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
}

/** The checksum that a request carries. Throws `InvalidRequest` for two, or for one that is not base64. */
export function claimedChecksum(request: S3Request): ClaimedChecksum | undefined {
  const trailer = request.header('x-amz-trailer')?.toLowerCase();
  let claimed: ClaimedChecksum | undefined;
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = request.header(checksumHeader(algorithm));
    const trailed = trailer === checksumHeader(algorithm);
    if (value === undefined && !trailed) continue;
    if (claimed !== undefined || (value !== undefined && trailed)) {
      throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
    }
    if (value !== undefined) assertChecksumValue(algorithm, value);
    claimed = value === undefined ? { algorithm } : { algorithm, value };
  }
  return claimed;
}

/** The algorithm named by a header. Throws `InvalidRequest` for an unknown one. */
export function namedAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined;
  const upper = name.toUpperCase() as ChecksumAlgorithm;
  if (!CHECKSUM_ALGORITHMS.includes(upper)) {
    throw invalidRequest(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(', ')}]`,
    );
  }
  return upper;
}

/** `BadDigest` for a whole object or part. */
export const badChecksum = (algorithm: string): S3Error =>
  new S3Error(400, 'BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);

/** The MD5 that `Content-MD5` promises. Throws `InvalidDigest`. */
export function claimedMd5(request: S3Request): string | undefined {
  const text = request.header('content-md5');
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < 16 || bytes.toString('base64') !== text) {
    throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.', {
      fields: { 'Content-MD5': text },
    });
  }
  return text;
}

/** Response headers that show a stored checksum. */
export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}
