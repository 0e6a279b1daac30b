import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Crc, createCrc32c, createCrc64Nvme } from './crc.ts';

/** S3's additional checksums. AWS docs: "Checking object integrity in Amazon S3". */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
/** A checksum, or the MD5 of ETags. */
export type DigestName = ChecksumAlgorithm | 'MD5';
/** Finished digests by name. */
export type Digests = { [K in DigestName]?: Buffer };

/** All checksum algorithms, in the order in which S3 names them. */
export const CHECKSUM_ALGORITHMS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

/** Whether the checksum of a whole can be combined from those of its parts. */
export function isCrc(name: DigestName): name is 'CRC32' | 'CRC32C' | 'CRC64NVME' {
  return name === 'CRC32' || name === 'CRC32C' || name === 'CRC64NVME';
}

function createCrc32(): Crc {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(value);
      return out;
    },
  };
}

function createDigest(name: DigestName): Crc {
  switch (name) {
    case 'CRC32':
      return createCrc32();
    case 'CRC32C':
      return createCrc32c();
    case 'CRC64NVME':
      return createCrc64Nvme();
    default: {
      const hash = createHash(name.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
  }
}

/** Several digests over the same bytes. */
export interface DigestSet {
  update(bytes: Uint8Array): void;
  finish(): Digests;
}

/** Starts the named digests. */
export function createDigests(names: Iterable<DigestName>): DigestSet {
  const running = [...new Set(names)].map((name) => [name, createDigest(name)] as const);
  return {
    update(bytes) {
      for (const [, digest] of running) digest.update(bytes);
    },
    finish() {
      const done: Digests = {};
      for (const [name, digest] of running) done[name] = digest.digest();
      return done;
    },
  };
}

/** The digest of bytes that are at hand. */
export function digestOf(name: DigestName, bytes: Uint8Array): Buffer {
  const digest = createDigest(name);
  digest.update(bytes);
  return digest.digest();
}
