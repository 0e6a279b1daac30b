import { sourceFailure } from './source-failure.ts';
import { unsupportedFormatOf } from './unsupported-format.ts';

/** The compressions that are read and written. */
export type Compression = 'gzip' | 'zstd';

/** What an object says of itself beside its bytes. */
export interface CompressionClaim {
  /** Its `Content-Encoding`. */
  readonly contentEncoding?: string | undefined;
  readonly key?: string | undefined;
}

const gzipMagic = [0x1f, 0x8b, 0x08];
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];

/** Whether the bytes are the magic, its continuation, or, with fewer bytes, at least its first `enough`. */
const begins = (head: Uint8Array, magic: readonly number[], enough = magic.length): boolean =>
  head.length >= enough && magic.every((byte, i) => i >= head.length || head[i] === byte);

/** 0x184D2A50 to 0x184D2A5F, little-endian. */
const isSkippable = ([first = 0, ...rest]: Uint8Array): boolean =>
  (first & 0xf0) === 0x50 && rest[0] === 0x2a && rest[1] === 0x4d && rest[2] === 0x18;

/**
 * Tells from the first bytes of an object whether it is gzip or zstd; `undefined` means: read it as it is.
 *
 * The bytes decide, not the name: an object stored with `Content-Encoding: gzip`, or named `.gz`, that holds plain text is
 * plain. Only where name or encoding claim a compression, and the bytes begin neither as one nor as text, is the claim taken
 * at its word, and the file is damaged. An object of fewer bytes than a magic number is what it claims to be.
 * Formats: https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc8878
 *
 * @param head - the first bytes, from 4; with 512 or more the check of claims is dependable
 * @param claim - what the object says of itself. @default {}
 * @throws PipelineSourceError `SOURCE_CORRUPT` when the object claims to be compressed but is neither that nor text
 * @example
 * compressionOf(Buffer.from([0x1f, 0x8b, 0x08, 0])); // 'gzip'
 * compressionOf(Buffer.from('id,name\n'), { contentEncoding: 'gzip' }); // undefined
 */
export const compressionOf = (head: Uint8Array, claim: CompressionClaim = {}): Compression | undefined => {
  if (begins(head, gzipMagic, 2)) return 'gzip';
  if (begins(head, zstdMagic) || isSkippable(head.subarray(0, 4))) return 'zstd';
  const claimed = claimOf(claim);
  if (claimed === undefined || head.length === 0) return undefined;
  if (claimed === 'gzip' && begins(head, gzipMagic, 1)) return 'gzip';
  if (claimed === 'zstd' && begins(head, zstdMagic, 1)) return 'zstd';
  if (isText(head)) return undefined;
  const found = unsupportedFormatOf(head);
  throw sourceFailure('SOURCE_CORRUPT', {
    object: claim.key ?? 'the object',
    offset: 0,
    reason: `its name or Content-Encoding says ${claimed}, but its first bytes are ${found ?? `neither ${claimed} nor text`}`,
  });
};

const encodings: Readonly<Record<string, string>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  zstd: 'zstd',
  br: 'br',
  deflate: 'deflate',
  compress: 'compress',
};
const extensions: Readonly<Record<string, string>> = { gz: 'gzip', tgz: 'gzip', zst: 'zstd', zstd: 'zstd', br: 'br' };

/** The encoding that was applied last stands last: `gzip, aws-chunked` has been uploaded in chunks. */
const claimOf = ({ contentEncoding = '', key = '' }: CompressionClaim): string | undefined =>
  contentEncoding
    .split(',')
    .map((encoding) => encodings[encoding.trim().toLowerCase()])
    .findLast((known) => known !== undefined) ?? extensions[/\.([a-z]+)$/.exec(key.toLowerCase())?.[1] ?? ''];

/** UTF-8, UTF-16 with its mark, or bytes without the control characters that no text has: compressed bytes are none of them. */
const isText = (head: Uint8Array): boolean => {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  if (!head.some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x1c))) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
};
