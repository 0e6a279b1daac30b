import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNarrower } from '../../src/encoding/narrow-utf16.ts';
import { pieceSizes, piecesOf, units, utf16Bytes, utf16Encodings } from './helpers.ts';

describe.each(utf16Encodings)('%s narrowed', (encoding) => {
  const narrow = (pieces: Iterable<Uint8Array>) => {
    const narrower = createNarrower(encoding);
    const parts: Uint8Array[] = [];
    for (const piece of pieces) parts.push(narrower.push(piece));
    return { bytes: Buffer.concat(parts), odd: narrower.end() };
  };

  test('has the byte of every ASCII unit, and 0x80 for all others, in place, however the source is sliced', () => {
    fc.assert(
      fc.property(units, pieceSizes, (list, sizes) => {
        const narrowed = narrow(piecesOf(utf16Bytes(list, encoding), sizes));
        expect([...narrowed.bytes]).toEqual(list.map((unit) => Math.min(unit, 0x80)));
        expect(narrowed.odd).toBe(false);
      }),
    );
  });

  test('has every ASCII character where the text has it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', 'é', '日', '😀', '\u2c22') }), (text) => {
        const bytes = Buffer.from(text, 'utf16le');
        const narrowed = narrow([encoding === 'utf-16le' ? bytes : bytes.swap16()]).bytes;
        for (const char of ',"\n') {
          for (let at = -1; ; ) {
            const next = text.indexOf(char, at + 1);
            expect(narrowed.indexOf(char, at + 1)).toBe(next);
            if (next < 0) break;
            at = next;
          }
        }
      }),
    );
  });

  test('says that the source ended inside a unit, for which it has no byte', () => {
    const bytes = Buffer.concat([utf16Bytes([0x61, 0x2c], encoding), Buffer.from([0x0a])]);
    expect(narrow([bytes])).toEqual({ bytes: Buffer.from('a,'), odd: true });
    expect(narrow([bytes.subarray(0, 3), bytes.subarray(3)])).toEqual({ bytes: Buffer.from('a,'), odd: true });
  });
});
