import fc from 'fast-check';

export const utf16Encodings = ['utf-16le', 'utf-16be'] as const;

/** UTF-16 code units as bytes, by hand: Buffer's own writer is what some tests compare with. */
export const utf16Bytes = (units: readonly number[], encoding: 'utf-16le' | 'utf-16be'): Buffer =>
  Buffer.from(units.flatMap((unit) => (encoding === 'utf-16le' ? [unit & 0xff, unit >> 8] : [unit >> 8, unit & 0xff])));

/** Code units of CSV and others, with many surrogates, paired and not. */
export const units: fc.Arbitrary<number[]> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...[...'a,"\n\r\0\x7f'].map((char) => [char.charCodeAt(0)])),
      fc.constantFrom([0x80], [0xe9], [0x2c22], [0x0a0d], [0x22d8], [0xd7ff], [0xe000], [0xfeff], [0xfffd], [0xffff]),
      fc.constantFrom([0xd800], [0xdbff], [0xdc00], [0xdfff], [0xd83d, 0xde00], [0xdbff, 0xdfff]),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => [unit]),
    ),
    { maxLength: 40, size: 'max' },
  )
  .map((parts) => parts.flat());

/** Bytes of UTF-16, half of them ending inside a unit. */
export const utf16Source = (encoding: 'utf-16le' | 'utf-16be'): fc.Arbitrary<Buffer> =>
  fc
    .tuple(units, fc.constantFrom([], [0x41], [0xd8], [0xdc]))
    .map(([list, odd]) => Buffer.concat([utf16Bytes(list, encoding), Buffer.from(odd)]));

const anyBytes = fc.uint8Array({ maxLength: 4 });

/** Bytes that are UTF-8 here and not there: cut, overlong, surrogate and too large sequences among sound ones. */
export const utf8Source: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', ',', '\n', '\0', 'é', '日', '😀', '\uFEFF', '\uFFFD', '\u07ff', '\u0800', '\u{10ffff}'),
      fc.constantFrom([0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xf0, 0x9f], [0xe0], [0xf4], [0xed]),
      fc.constantFrom([0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xf0, 0x8f, 0xbf, 0xbf]),
      fc.constantFrom([0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5], [0xff]),
      anyBytes,
    ),
    { maxLength: 12, size: 'max' },
  )
  .map((parts) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)))),
  );

/** Bytes of a single-byte encoding, ASCII alone in some. */
export const byteSource: fc.Arbitrary<Buffer> = fc
  .oneof(
    fc.uint8Array({ maxLength: 60, size: 'max' }),
    fc.array(fc.integer({ min: 0, max: 0x7f })),
    fc.array(fc.constantFrom(0x41, 0x80, 0x81, 0x8d, 0x8f, 0x90, 0x9d, 0x9f, 0xa0, 0xff)),
  )
  .map((bytes) => Buffer.from(bytes));

export const pieceSizes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 7 }), {
  minLength: 1,
  maxLength: 6,
});

/**
 * Pieces of the given sizes, in turn, in memory that is overwritten when the next is asked for, each at an odd or even
 * address as it falls.
 */
export function* piecesOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  const shared = new Uint8Array(bytes.length);
  for (let from = 0, i = 0; from < bytes.length; i++) {
    // Some pieces are empty, but never all of them.
    const size = i % 2 === 0 ? sizes[i % sizes.length]! : Math.max(1, sizes[i % sizes.length]!);
    const piece = shared.subarray(from, Math.min(from + size, bytes.length));
    piece.set(bytes.subarray(from, from + piece.length));
    yield piece;
    piece.fill(0x22);
    from += piece.length;
  }
}
