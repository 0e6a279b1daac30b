import type { CsvEncoding } from '@pipeline/core';
import { utf8Evidence } from './utf8-evidence.ts';
import { utf16Evidence } from './utf16-evidence.ts';

/** An encoding and how sure it is, in `[0, 1]`. */
export interface EncodingGuess {
  readonly encoding: CsvEncoding;
  readonly confidence: number;
}

const byteOrderMark = (sample: Uint8Array): CsvEncoding | undefined => {
  if (sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf) return 'utf-8';
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  return undefined;
};

const isLetter = (byte: number | undefined): boolean => byte !== undefined && (byte | 32) >= 97 && (byte | 32) <= 122;

/** Bytes that the Encoding Standard's windows-1252 index leaves as C1 controls, and Microsoft's table undefined. */
const undefinedBytes = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/**
 * Tells windows-1252 from iso-8859-1 and says how much the text looks western at all. Two signs speak against it: runs
 * of three and more high bytes (Cyrillic, Greek, Chinese), and punctuation in the middle of a word (umlauts of DOS and
 * Mac code pages lie where windows-1252 has punctuation); only the apostrophe 0x92 belongs there.
 */
const singleByteGuess = (sample: Uint8Array): EncodingGuess => {
  let high = 0;
  let odd = 0;
  let run = 0;
  let c1 = 0;
  let undefined1252 = 0;
  for (let i = 0; i <= sample.length; i++) {
    const byte = sample[i];
    if (byte !== undefined && byte >= 0x80) {
      run++;
      if (byte > 0x9f) continue;
      c1++;
      if (undefinedBytes.has(byte)) undefined1252++;
      if (byte !== 0x92 && isLetter(sample[i - 1]) && isLetter(sample[i + 1])) odd++;
      continue;
    }
    high += run;
    if (run > 2) odd += run;
    run = 0;
  }
  const western = Math.max(0, 1 - odd / high);
  // Only iso-8859-1 has the undefined bytes, as controls that no text needs: more likely it is neither of the two.
  if (undefined1252 > 0) return { encoding: 'iso-8859-1', confidence: 0.4 * western };
  // Without bytes from 80 to 9F the two read the same. windows-1252 is picked: what a file says later on, behind the
  // sample, is then a euro sign or a curly quote and not an invisible control.
  return { encoding: 'windows-1252', confidence: (c1 > 0 ? 0.95 : 0.9) * western };
};

/**
 * Detects the encoding of a file from its first bytes.
 *
 * Confidence: 1 with a byte order mark. UTF-16 without one: the share of delimiters, quotes and newlines that stand in
 * pairs with a NUL. Valid UTF-8: 0.95 from one sequence of several bytes, near 1 from a few; ASCII alone: 0.99 if that is
 * the whole file, else 0.95, since it reads the same in all encodings but UTF-16. Otherwise, see `singleByteGuess`.
 */
export const sampleEncoding = (sample: Uint8Array, complete: boolean): EncodingGuess => {
  const marked = byteOrderMark(sample);
  if (marked !== undefined) return { encoding: marked, confidence: 1 };
  if (sample.length === 0) return { encoding: 'utf-8', confidence: 0 };
  const utf16 = utf16Evidence(sample, complete);
  if (utf16 !== undefined) return utf16;
  const { sequences, badBytes } = utf8Evidence(sample, complete);
  if (badBytes === 0) {
    const ascii = complete ? 0.99 : 0.95;
    return { encoding: 'utf-8', confidence: sequences === 0 ? ascii : 1 - 0.05 / sequences };
  }
  // A few bad bytes among many good sequences are damage; other encodings hit upon sequences only by chance.
  if (sequences > 4 * badBytes) return { encoding: 'utf-8', confidence: 0.9 * (1 - badBytes / sequences) };
  const single = singleByteGuess(sample);
  return { encoding: single.encoding, confidence: single.confidence * (1 - sequences / (sequences + badBytes)) };
};
