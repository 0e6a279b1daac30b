import { isUtf8 } from 'node:buffer';
import type { CsvEncoding } from '@pipeline/core';

/** Characters of the bytes 0x80 to 0x9F: https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT */
const upper = '€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ';

/** Text of bytes, U+FFFD for what is none. Not by `TextDecoder` where releases of Node disagree. */
export const decodeText = (bytes: Uint8Array, encoding: CsvEncoding): string => {
  if (encoding === 'utf-8' || encoding === 'utf-16le' || encoding === 'utf-16be')
    return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  const text = Buffer.from(bytes).toString('latin1');
  if (encoding === 'iso-8859-1') return text;
  return text.replace(/[\x80-\x9f]/g, (c) => upper[c.charCodeAt(0) - 0x80]!);
};

/** Whether bytes of UTF-8 or of one byte a character are text in their encoding. */
export const isText = (bytes: Uint8Array, encoding: 'utf-8' | 'iso-8859-1' | 'windows-1252'): boolean =>
  encoding === 'utf-8' ? isUtf8(bytes) : encoding === 'iso-8859-1' || !decodeText(bytes, encoding).includes('\ufffd');
