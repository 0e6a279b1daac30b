import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeHeader } from '../../src/index.ts';

/** As a mail reader decodes a header (RFC 2047): white space between encoded words is not there. */
const decodeHeader = (header: string): string =>
  header
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g, (_, base64: string) => Buffer.from(base64, 'base64').toString());

describe('encodeHeader', () => {
  const dangerous = '[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]';

  test('any text decodes back, less what could break a line or turn it around', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme', maxLength: 120 }),
      fc.array(fc.constantFrom('=?', '?=', '=?UTF-8?B?aGk=?=', ' ', 'ü', '\r\n', 'a', '😀')).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(
        text.filter((one) => one.isWellFormed()),
        (one) => {
          const header = encodeHeader(one);
          expect(header).toMatch(/^[\x20-\x7e]*$/);
          expect(decodeHeader(header)).toBe(one.replace(new RegExp(dangerous, 'g'), ' '));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('encoded words have 75 characters at most, and end between characters', () => {
    for (const word of encodeHeader('😀ü日本語'.repeat(60)).split(' ')) {
      expect(word.length).toBeLessThanOrEqual(75);
      const [, base64] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(word)!;
      expect(Buffer.from(base64!, 'base64').toString()).not.toContain('\uFFFD');
    }
  });

  test.each([
    ['orders.csv was processed', 'orders.csv was processed'],
    ['a\r\nBcc: evil@example.com', 'a  Bcc: evil@example.com'],
    ['a\u0000b\u007fc', 'a b c'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(encodeHeader(text)).toBe(expected);
  });
});
