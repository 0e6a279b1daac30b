import type { CsvEncoding } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstInvalid } from '../../src/encoding/first-invalid.ts';
import { toUtf8 } from '../../src/encoding/to-utf8.ts';
import { createTranscoder, type ForeignEncoding } from '../../src/encoding/transcode.ts';
import { unitBytes } from '../../src/encoding/unit-bytes.ts';
import { byteSource, pieceSizes, piecesOf, utf8Source, utf16Bytes, utf16Encodings, utf16Source } from './helpers.ts';

const sources: [ForeignEncoding, fc.Arbitrary<Buffer>][] = [
  ['utf-16le', utf16Source('utf-16le')],
  ['utf-16be', utf16Source('utf-16be')],
  ['iso-8859-1', byteSource],
  ['windows-1252', byteSource],
];

const transcodePieces = (pieces: Iterable<Uint8Array>, encoding: ForeignEncoding) => {
  const transcoder = createTranscoder(encoding);
  const out: { bytes: Buffer; invalid: boolean }[] = [];
  const keep = ({ bytes, invalid }: { bytes: Buffer; invalid: boolean }) => {
    out.push({ bytes: Buffer.from(bytes), invalid });
  };
  for (const piece of pieces) keep(transcoder.push(piece));
  keep(transcoder.end());
  return {
    text: Buffer.concat(out.map(({ bytes }) => bytes)).toString(),
    invalid: out.some(({ invalid }) => invalid),
    out,
  };
};

describe.each(sources)('%s as UTF-8', (encoding, source) => {
  test('is the same however the source is sliced', () => {
    fc.assert(
      fc.property(source, pieceSizes, (bytes, sizes) => {
        const { text, invalid } = transcodePieces(piecesOf(bytes, sizes), encoding);
        expect(text).toBe(toUtf8(bytes, encoding).toString());
        expect(invalid).toBe(firstInvalid(bytes, encoding) >= 0);
      }),
    );
  });

  test('has a UTF-16 unit for every unit of the source', () => {
    fc.assert(
      fc.property(source, (bytes) => {
        const text = toUtf8(bytes, encoding).toString();
        expect(text.length).toBe(Math.ceil(bytes.length / unitBytes(encoding)));
      }),
    );
  });

  test('names no piece invalid in which nothing was replaced', () => {
    fc.assert(
      fc.property(source, pieceSizes, (bytes, sizes) => {
        const { out } = transcodePieces(piecesOf(bytes, sizes), encoding);
        for (const piece of out) if (piece.invalid) expect(piece.bytes.toString()).toContain('\uFFFD');
      }),
    );
  });
});

const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

describe.each(utf16Encodings)('%s', (encoding) => {
  test('reads as TextDecoder reads it', () => {
    fc.assert(
      fc.property(utf16Source(encoding), (bytes) => {
        const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
        expect(toUtf8(even, encoding).toString()).toBe(new TextDecoder(encoding, { ignoreBOM: true }).decode(even));
      }),
    );
  });

  test('comes back as the text that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), pieceSizes, (text, sizes) => {
        const bytes = Buffer.from(text, 'utf16le');
        if (encoding === 'utf-16be') bytes.swap16();
        const transcoded = transcodePieces(piecesOf(bytes, sizes), encoding);
        expect(transcoded).toMatchObject({ text, invalid: false });
      }),
    );
  });

  const nasty = [0x61, 0xd83d, 0xde00, 0xd83d, 0x2c, 0xde00, 0xd83d, 0xd83d, 0xde00, 0xfeff, 0xd83d];
  const nastyText = 'a😀\uFFFD,\uFFFD\uFFFD😀\uFEFF\uFFFD';

  test.each([
    ['', [], nastyText],
    [' and inside a unit', [0xd8], `${nastyText}\uFFFD`],
  ])('may be cut anywhere, end with half a pair%s', (_, odd, expected) => {
    const bytes = Buffer.concat([utf16Bytes(nasty, encoding), Buffer.from(odd)]);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(transcodePieces(pieces, encoding)).toMatchObject({ text: expected, invalid: true });
      }
    }
  });

  test('keeps a pair back until it is whole', () => {
    const bytes = utf16Bytes([0x61, 0xd83d, 0xde00], encoding);
    const { push, end } = createTranscoder(encoding);
    const texts = [push(bytes.subarray(0, 5)), push(bytes.subarray(5)), end()].map(({ bytes }) => bytes.toString());
    expect(texts).toEqual(['a', '😀', '']);
  });

  test('has a U+FFFD of its own that is no fault', () => {
    expect(createTranscoder(encoding).push(utf16Bytes([0xfffd], encoding)).invalid).toBe(false);
  });
});

test('ISO-8859-1 is all 256 characters in order, C1 controls among them', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const { text, invalid } = transcodePieces([bytes], 'iso-8859-1');
  expect(text).toBe(bytes.toString('latin1'));
  expect(text.charCodeAt(0x92)).toBe(0x92);
  expect(invalid).toBe(false);
});

test('Windows-1252 is what the table of Unicode says, without the five bytes that it leaves undefined', () => {
  // 0x80 to 0x9F of https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT
  const table = [
    [0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0],
    [0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e],
    [0x0178],
  ].flat();
  for (let byte = 0; byte < 256; byte++) {
    const expected = byte < 0x80 || byte > 0x9f ? byte : table[byte - 0x80]!;
    const { text, invalid } = transcodePieces([Uint8Array.of(byte)], 'windows-1252');
    expect({ byte, code: text.codePointAt(0), invalid }).toEqual({
      byte,
      code: expected === 0 && byte !== 0 ? 0xfffd : expected,
      invalid: expected === 0 && byte !== 0,
    });
  }
});

test('UTF-8 stays itself where it is well-formed and becomes so elsewhere', () => {
  fc.assert(
    fc.property(utf8Source, (bytes) => {
      const text = toUtf8(bytes, 'utf-8');
      expect(firstInvalid(text, 'utf-8')).toBe(-1);
      expect(text.equals(bytes)).toBe(firstInvalid(bytes, 'utf-8') === -1);
    }),
  );
});

test.each<[CsvEncoding, 1 | 2]>([
  ['utf-8', 1],
  ['utf-16le', 2],
  ['utf-16be', 2],
  ['iso-8859-1', 1],
  ['windows-1252', 1],
])('a unit of %s has %i byte(s)', (encoding, bytes) => {
  expect(unitBytes(encoding)).toBe(bytes);
});
