import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstInvalid } from '../../src/encoding/first-invalid.ts';
import { byteSource, utf8Source, utf16Bytes, utf16Encodings, utf16Source } from './helpers.ts';

/** Length of the longest beginning that is sound, or -1 if all is. */
const longestSound = (length: number, isSound: (length: number) => boolean): number => {
  if (isSound(length)) return -1;
  let end = length;
  while (!isSound(end)) end--;
  return end;
};

describe('the first bytes that are not UTF-8', () => {
  test('stand behind the longest beginning that is', () => {
    fc.assert(
      fc.property(utf8Source, (bytes) => {
        const expected = longestSound(bytes.length, (length) => isUtf8(bytes.subarray(0, length)));
        expect(firstInvalid(bytes, 'utf-8')).toBe(expected);
      }),
    );
  });

  test.each([
    ['a lone continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong form of three bytes', [0xe0, 0x9f, 0xbf]],
    ['an overlong form of four bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['a high surrogate', [0xed, 0xa0, 0x80]],
    ['a low surrogate', [0xed, 0xbf, 0xbf]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte of no sequence', [0xff]],
    ['a sequence of two bytes cut', [0xc3]],
    ['a sequence of three bytes cut', [0xe2, 0x82]],
    ['a sequence of four bytes cut', [0xf0, 0x9f, 0x98]],
    ['a sequence that another character cuts', [0xe2, 0x82, 0x41]],
  ])('are found: %s', (_, sequence) => {
    const before = Buffer.from('aé日😀');
    const found = (after: string) =>
      firstInvalid(Buffer.concat([before, Buffer.from(sequence), Buffer.from(after)]), 'utf-8');
    expect(found('')).toBe(before.length);
    expect(found('z')).toBe(before.length);
  });

  test.each(['\0', '\x7f', '\x80', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'])(
    'are not the bytes of %j',
    (char) => {
      expect(firstInvalid(Buffer.from([...Buffer.from(char), 0xff]), 'utf-8')).toBe(Buffer.byteLength(char));
    },
  );
});

describe.each(utf16Encodings)('the first bytes that are not %s', (encoding) => {
  test('stand behind the longest beginning that is', () => {
    fc.assert(
      fc.property(utf16Source(encoding), (bytes) => {
        const decoder = new TextDecoder(encoding, { fatal: true });
        const expected = longestSound(bytes.length, (length) => {
          try {
            decoder.decode(bytes.subarray(0, length));
            return true;
          } catch {
            return false;
          }
        });
        expect(firstInvalid(bytes, encoding)).toBe(expected);
      }),
    );
  });

  test.each([
    ['a high surrogate at the end', [0xd83d], [], 2],
    ['a high surrogate before text', [0xd83d, 0x61], [], 2],
    ['the first of two high surrogates', [0xd83d, 0xd83d, 0xde00], [], 2],
    ['a low surrogate', [0xde00, 0x61], [], 2],
    ['a low surrogate behind a pair', [0xd83d, 0xde00, 0xde00], [], 6],
    ['an odd byte', [], [0x61], 2],
    ['a high surrogate before an odd byte that could begin a low one', [0xd83d], [0xde], 2],
  ])('are found: %s', (_, units, odd, expected) => {
    const bytes = Buffer.concat([utf16Bytes([0x61, ...units], encoding), Buffer.from(odd)]);
    expect(firstInvalid(bytes, encoding)).toBe(expected);
  });
});

test('the first undefined byte of Windows-1252 is found, and ISO-8859-1 has none', () => {
  fc.assert(
    fc.property(byteSource, (bytes) => {
      const expected = bytes.findIndex((byte) => [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte));
      expect(firstInvalid(bytes, 'windows-1252')).toBe(expected);
      expect(firstInvalid(bytes, 'iso-8859-1')).toBe(-1);
    }),
  );
});
