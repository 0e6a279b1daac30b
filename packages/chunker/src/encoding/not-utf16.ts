import type { CsvEncoding } from '@pipeline/core';
import { createNarrower } from './narrow-utf16.ts';

const TAB = 9;
const LF = 10;
const CR = 13;

/**
 * Why the first bytes of a file, behind its mark, cannot be the UTF-16 that they are said to be; `undefined` where they can.
 * Such bytes read as one endless record of rare characters, in which no rule finds a fault.
 *
 * @example
 * notUtf16(Buffer.from('id,note\n1,a\n'), 'utf-16le'); // 'the bytes are of an encoding that has one byte for each letter'
 */
export const notUtf16 = (bytes: Uint8Array, encoding: CsvEncoding): string | undefined => {
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') return undefined;
  const units = createNarrower(encoding).push(bytes);
  if (units.includes(LF) || units.includes(CR)) return undefined;
  // Every newline of UTF-16 has a NUL in it; what has newlines and no other controls is text of single bytes.
  const text = bytes.every((byte) => byte >= 0x20 || byte === TAB || byte === LF || byte === CR);
  if (text && (bytes.includes(LF) || bytes.includes(CR)))
    return 'the bytes are of an encoding that has one byte for each letter';
  // The other way round a line feed is U+0A00, which no text has.
  const swapped = createNarrower(encoding === 'utf-16le' ? 'utf-16be' : 'utf-16le').push(bytes);
  return swapped.includes(LF) ? 'the bytes of each unit are the other way round' : undefined;
};
