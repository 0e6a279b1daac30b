import { isUtf8 } from 'node:buffer';
import type { CsvEncoding } from '@pipeline/core';
import { undefinedBytes } from './windows-1252.ts';

/**
 * Index of the first byte of the first sequence that is no text in the encoding, or -1. In UTF-8: overlong forms,
 * surrogates, code points beyond U+10FFFF, sequences that are cut; in UTF-16: lone surrogates, an odd last byte; in
 * Windows-1252: the five undefined bytes. All of ISO-8859-1 is text.
 *
 * @example
 * firstInvalid(Uint8Array.of(0x61, 0xc3, 0x62), 'utf-8'); // 1
 */
export const firstInvalid = (bytes: Uint8Array, encoding: CsvEncoding): number => {
  switch (encoding) {
    case 'utf-8':
      // The native check costs nothing beside the steps, and most bytes are sound.
      return isUtf8(bytes) ? -1 : firstStop(bytes, utf8SequenceBytes);
    case 'utf-16le':
      return firstStop(bytes, (bytes, at) => utf16SequenceBytes(bytes, at, 1));
    case 'utf-16be':
      return firstStop(bytes, (bytes, at) => utf16SequenceBytes(bytes, at, 0));
    case 'iso-8859-1':
      return -1;
    case 'windows-1252':
      return firstOf(bytes, undefinedBytes);
  }
};

const firstOf = (bytes: Uint8Array, wanted: readonly number[]): number => {
  const found = wanted.map((byte) => bytes.indexOf(byte)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
};

/** Length of the sequence that begins at an index; 0 if it is none. */
type SequenceBytes = (bytes: Uint8Array, at: number) => number;

const firstStop = (bytes: Uint8Array, sequenceBytes: SequenceBytes): number => {
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceBytes(bytes, at);
    if (size === 0) return at;
    at += size;
  }
  return -1;
};

/** Well-formed sequences: https://www.unicode.org/versions/latest/core-spec/chapter-3/#G27506 (table 3-7). */
const utf8SequenceBytes: SequenceBytes = (bytes, at) => {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (at + size > bytes.length) return 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let next = 1; next < size; next++) {
    const byte = bytes[at + next]!;
    if (next === 1 ? byte < least || byte > most : (byte & 0xc0) !== 0x80) return 0;
  }
  return size;
};

/** `high` is the place of the more significant byte in its unit. */
const utf16SequenceBytes = (bytes: Uint8Array, at: number, high: 0 | 1): number => {
  const surrogate = (unit: number): 'high' | 'low' | undefined => {
    const byte = bytes[unit + high]! & 0xfc;
    return byte === 0xd8 ? 'high' : byte === 0xdc ? 'low' : undefined;
  };
  if (at + 2 > bytes.length) return 0;
  const kind = surrogate(at);
  if (kind === undefined) return 2;
  return kind === 'high' && at + 4 <= bytes.length && surrogate(at + 2) === 'low' ? 4 : 0;
};
