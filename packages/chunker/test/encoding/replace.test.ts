import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replaceInvalidUtf8 } from '../../src/encoding/replace-invalid-utf8.ts';
import { replaceNul } from '../../src/encoding/replace-nul.ts';
import { utf8Source } from './helpers.ts';

describe('bytes that are not UTF-8', () => {
  test('become what any decoder makes of them', () => {
    fc.assert(
      fc.property(utf8Source, (bytes) => {
        const replaced = replaceInvalidUtf8(bytes);
        expect(isUtf8(replaced)).toBe(true);
        expect(replaced.toString()).toBe(bytes.toString());
      }),
    );
  });

  // Tables 3-8 to 3-11 of https://www.unicode.org/versions/latest/core-spec/chapter-3/#G66453: one for each byte, unless
  // several could have begun a character together.
  test.each([
    ['overlong forms', 'c0 af e0 80 bf f0 81 82 41', '\uFFFD'.repeat(8)],
    ['surrogates', 'ed a0 80 ed bf bf ed af 41', '\uFFFD'.repeat(8)],
    ['other ill-formed sequences', 'f4 91 92 93 ff 41 80 bf 42', `${'\uFFFD'.repeat(5)}A\uFFFD\uFFFD`],
    ['cut sequences', 'e1 80 e2 f0 91 92 f1 bf 41', '\uFFFD'.repeat(4)],
  ])('become one U+FFFD for each part that could not go on: %s', (_, hex, expected) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const last = String.fromCharCode(bytes.at(-1)!);
    expect(replaceInvalidUtf8(bytes).toString()).toBe(expected + last);
  });

  test('leave a byte order mark where it is', () => {
    expect(replaceInvalidUtf8(Buffer.from([0xef, 0xbb, 0xbf, 0xff])).toString()).toBe('\uFEFF\uFFFD');
  });
});

describe('NUL', () => {
  test('becomes U+FFFD, and nothing else does', () => {
    const text = fc.string({
      unit: fc.constantFrom('\0', '\0', 'a', ',', 'é', '日', '😀', '0'),
      size: 'max',
      maxLength: 50,
    });
    fc.assert(
      fc.property(text, (text) => {
        expect(replaceNul(Buffer.from(text)).toString()).toBe(text.replaceAll('\0', '\uFFFD'));
      }),
    );
  });

  test('is replaced in a view without a look at the bytes around it', () => {
    const around = Buffer.from('\0a\0b\0');
    expect(replaceNul(around.subarray(1, 4)).toString()).toBe('a\uFFFDb');
    expect(around.toString()).toBe('\0a\0b\0');
  });
});
