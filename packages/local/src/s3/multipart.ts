import { createHash } from 'node:crypto';
import type { Segment } from './blobs.ts';
import {
  assertChecksumValue,
  badChecksum,
  type ChecksumType,
  checksumHeader,
  type StoredChecksum,
} from './checksums.ts';
import { combineCrc } from './crc-combine.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, digestOf, isCrc } from './digests.ts';
import { invalidRequest, malformedXml, S3Error } from './errors.ts';
import type { Upload, UploadedPart } from './model.ts';
import { MIN_PART_BYTES } from './ranges.ts';
import type { S3Request } from './request.ts';
import { digestSegments } from './segment-digests.ts';
import { childrenOf, parseXml, textOf } from './xml.ts';

/** A part as a completion names it. */
export interface NamedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** Reads the body of CompleteMultipartUpload. Throws `MalformedXML`, `InvalidRequest`. */
export function parseNamedParts(xml: string): NamedPart[] {
  if (xml.trim() === '') throw invalidRequest('You must specify at least one part');
  const parts = childrenOf(parseXml(xml, 'CompleteMultipartUpload'), 'Part').map((part): NamedPart => {
    const number = Number(textOf(part, 'PartNumber')?.trim());
    const etag = textOf(part, 'ETag')
      ?.trim()
      .replace(/^"(.*)"$/, '$1');
    if (!Number.isInteger(number) || etag === undefined) throw malformedXml();
    const checksums = new Map<ChecksumAlgorithm, string>();
    for (const algorithm of CHECKSUM_ALGORITHMS) {
      const value = textOf(part, `Checksum${algorithm}`);
      if (value !== undefined) checksums.set(algorithm, value);
    }
    return { number, etag, checksums };
  });
  if (parts.length === 0) throw malformedXml();
  return parts;
}

/** The same completion has the same fingerprint. */
export const fingerprint = (parts: readonly NamedPart[]): string =>
  parts.map(({ number, etag }) => `${number}:${etag}`).join(',');

/**
 * The uploaded parts that a completion names.
 * Throws `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`, `InvalidRequest`, `BadDigest`. AWS docs: "CompleteMultipartUpload".
 */
export function selectParts(upload: Upload, named: readonly NamedPart[]): UploadedPart[] {
  const composite = upload.algorithm !== undefined && upload.checksumType === 'COMPOSITE';
  let previous = 0;
  for (const { number } of named) {
    if (number <= previous) {
      throw new S3Error(
        400,
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { fields: { UploadId: upload.id } },
      );
    }
    previous = number;
  }
  const selected = named.map((name): UploadedPart => {
    const part = upload.parts.get(name.number);
    const invalid = (): S3Error =>
      new S3Error(
        400,
        'InvalidPart',
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { fields: { UploadId: upload.id, PartNumber: name.number, ETag: name.etag } },
      );
    if (part === undefined || part.etag !== name.etag) throw invalid();
    if (upload.algorithm === undefined) {
      // Recorded: an upload that was begun without an algorithm takes no checksums of parts.
      if (name.checksums.size > 0) throw invalid();
      return part;
    }
    const value = name.checksums.get(upload.algorithm);
    if (value === undefined && name.checksums.size > 0) {
      const [other] = name.checksums.keys();
      throw new S3Error(
        400,
        'BadDigest',
        `The ${other?.toLowerCase()} you specified for part ${name.number} did not match what we received.`,
      );
    }
    if (value === undefined && composite) {
      throw invalidRequest(
        `The upload was created using a ${upload.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${name.number} in the request.`,
      );
    }
    if (value !== undefined && value !== part.checksum) throw invalid();
    return part;
  });
  for (const part of selected.slice(0, -1)) {
    if (part.size < MIN_PART_BYTES) {
      throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        fields: {
          ProposedSize: part.size,
          MinSizeAllowed: MIN_PART_BYTES,
          PartNumber: part.number,
          ETag: part.etag,
        },
      });
    }
  }
  return selected;
}

/** MD5 of the parts' MD5s, a dash and their number. */
export function multipartEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

/** The checksum of a completed upload: combined from the parts where the algorithm allows it. */
export async function multipartChecksum(upload: Upload, parts: readonly UploadedPart[]): Promise<StoredChecksum> {
  const { algorithm } = upload;
  if (algorithm === undefined) {
    // S3 adds CRC-64/NVME to what came without a checksum.
    return { algorithm: 'CRC64NVME', value: await combinedCrc('CRC64NVME', parts), type: 'FULL_OBJECT' };
  }
  if (upload.checksumType === 'COMPOSITE') {
    const all = Buffer.concat(parts.map((part) => Buffer.from(part.checksum as string, 'base64')));
    const value = `${digestOf(algorithm, all).toString('base64')}-${parts.length}`;
    return { algorithm, value, type: 'COMPOSITE' };
  }
  return { algorithm, value: await combinedCrc(algorithm, parts), type: 'FULL_OBJECT' };
}

async function combinedCrc(algorithm: ChecksumAlgorithm, parts: readonly UploadedPart[]): Promise<string> {
  if (!isCrc(algorithm)) throw new Error(`${algorithm} cannot be combined`);
  let crc = digestOf(algorithm, new Uint8Array());
  for (const part of parts) {
    const digest =
      part.checksum === undefined
        ? ((await digestSegments(part.segments as Segment[], [algorithm]))[algorithm] as Buffer)
        : Buffer.from(part.checksum, 'base64');
    crc = combineCrc(algorithm, crc, digest, part.size);
  }
  return crc.toString('base64');
}

/** Checks the whole-object promises of a completion: size, checksum and its type. Throws `InvalidRequest`, `BadDigest`. */
export function checkCompletion(request: S3Request, checksum: StoredChecksum, size: number): void {
  const announced = request.header('x-amz-mp-object-size');
  if (announced !== undefined && Number(announced) !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${announced} does not match what was computed: ${size}`,
    );
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = request.header(checksumHeader(algorithm));
    if (value === undefined) continue;
    const plain = value.replace(/-\d+$/, '');
    assertChecksumValue(algorithm, plain);
    const same = algorithm === checksum.algorithm && plain === checksum.value.replace(/-\d+$/, '');
    if (!same) throw badChecksum(algorithm.toLowerCase());
  }
}

/** Throws `InvalidRequest` when a completion names another checksum type than the upload was begun with. */
export function checkChecksumType(request: S3Request, upload: Upload): void {
  const type = request.header('x-amz-checksum-type') as ChecksumType | undefined;
  if (type === undefined || type === upload.checksumType) return;
  throw invalidRequest(
    `The upload was created using the ${upload.checksumType ?? 'null'} checksum mode. The complete request must use the same checksum mode.`,
  );
}
