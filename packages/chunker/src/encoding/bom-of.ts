import type { CsvEncoding } from '@pipeline/core';

/** A byte order mark: the encoding that it names and its length in bytes. */
export interface ByteOrderMark {
  readonly encoding: CsvEncoding;
  readonly bytes: number;
}

const marks: readonly { readonly encoding: CsvEncoding; readonly mark: readonly number[] }[] = [
  { encoding: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', mark: [0xff, 0xfe] },
  { encoding: 'utf-16be', mark: [0xfe, 0xff] },
];

/**
 * The byte order mark with which the bytes begin. UTF-32 is not an encoding of the web and is not looked for: its
 * little-endian mark is that of UTF-16 followed by a NUL.
 * Marks: https://encoding.spec.whatwg.org/#bom-sniff
 *
 * @example
 * bomOf(Buffer.from('\uFEFFid,units\n')); // { encoding: 'utf-8', bytes: 3 }
 */
export const bomOf = (bytes: Uint8Array): ByteOrderMark | undefined => {
  const found = marks.find(({ mark }) => mark.every((byte, at) => bytes[at] === byte));
  return found && { encoding: found.encoding, bytes: found.mark.length };
};
