import { isAscii, transcode } from 'node:buffer';
import type { CsvEncoding } from '@pipeline/core';
import { bufferView } from './buffer-view.ts';
import { createHoldBack } from './hold-back.ts';
import { createWindows1252Widener, undefinedBytes } from './windows-1252.ts';

/** Encodings that are not UTF-8 already. */
export type ForeignEncoding = Exclude<CsvEncoding, 'utf-8'>;

/** Text in UTF-8. */
export interface Utf8Piece {
  /** Well-formed UTF-8; may share the memory of the bytes it was made from. */
  readonly bytes: Buffer;
  /** Some unit of it was no text in the source's encoding and is U+FFFD now. */
  readonly invalid: boolean;
}

/** Makes UTF-8 of another encoding, piece by piece. */
export interface Transcoder {
  /** The text of all units that are whole by now; a unit or a surrogate pair that is cut waits for the next piece. */
  push(piece: Uint8Array): Utf8Piece;
  /** What was still waiting, which nothing can make text any more. */
  end(): Utf8Piece;
}

/**
 * UTF-8 from another encoding, the same however the source is sliced. One source unit is always one UTF-16 unit of the text:
 * a lone surrogate and an undefined byte of Windows-1252 become one U+FFFD each, a byte order mark stays U+FEFF, and
 * ISO-8859-1 is itself, all 256 characters of it. The source offset of a place in the text is the number of UTF-16 units
 * before it, twice that in UTF-16. An odd last byte of UTF-16 counts as a unit too and becomes one U+FFFD, so that the end
 * of the text lies one byte beyond the end of such a source.
 * Encodings: https://encoding.spec.whatwg.org, https://www.unicode.org/Public/MAPPINGS/ISO8859/8859-1.TXT
 *
 * @example
 * const { push } = createTranscoder('windows-1252');
 * push(Uint8Array.of(0x35, 0x20, 0x80)).bytes.toString(); // '5 €'
 */
export const createTranscoder = (encoding: ForeignEncoding): Transcoder => {
  switch (encoding) {
    case 'utf-16le':
    case 'utf-16be':
      return utf16Transcoder(encoding === 'utf-16le');
    case 'iso-8859-1':
      return byteTranscoder((bytes) => ({ bytes: Buffer.from(bytes.toString('latin1')), invalid: false }));
    case 'windows-1252': {
      const widen = createWindows1252Widener();
      return byteTranscoder((bytes) => ({
        bytes: transcode(widen(bytes), 'utf16le', 'utf8'),
        invalid: undefinedBytes.some((byte) => bytes.includes(byte)),
      }));
    }
  }
};

const byteTranscoder = (convert: (bytes: Buffer) => Utf8Piece): Transcoder => ({
  push(piece) {
    const bytes = bufferView(piece);
    return isAscii(bytes) ? { bytes, invalid: false } : convert(bytes);
  },
  end: () => ({ bytes: Buffer.alloc(0), invalid: false }),
});

const utf16Transcoder = (littleEndian: boolean): Transcoder => {
  const { push, rest } = createHoldBack((bytes) => {
    const end = bytes.length - (bytes.length % 2);
    const last = bytes[littleEndian ? end - 1 : end - 2];
    return last !== undefined && isHighSurrogate(last) ? end - 2 : end;
  });
  return {
    push(piece) {
      const units = push(piece);
      return utf8OfUtf16(littleEndian ? bufferView(units) : Buffer.from(units).swap16());
    },
    end() {
      // A high surrogate, an odd byte, or one after the other.
      const units = Math.ceil(rest().length / 2);
      return { bytes: Buffer.from('\uFFFD'.repeat(units)), invalid: units > 0 };
    },
  };
};

/** By the more significant byte of the unit. */
const isHighSurrogate = (byte: number): boolean => byte >= 0xd8 && byte <= 0xdb;

// Measured: 2 to 10 GB/s, least where memory is short; by way of a string Cyrillic and Japanese text makes 0.7.
const utf8OfUtf16 = (units: Buffer): Utf8Piece => {
  try {
    return { bytes: transcode(units, 'utf16le', 'utf8'), invalid: false };
  } catch {
    // It refuses lone surrogates; a string replaces each of them.
    return { bytes: Buffer.from(units.toString('utf16le')), invalid: true };
  }
};
