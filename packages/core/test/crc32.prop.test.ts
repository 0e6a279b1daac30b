import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combineCrc32, crc32, crc32Base64, crc32Hex } from '../src/index.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

test('combining equals the checksum of the concatenation, whatever the lengths', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
    { numRuns: 500, examples: [[new Uint8Array(), new Uint8Array()]] },
  );
});

test('combining many parts one after the other equals the whole', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 12 }), (parts) => {
      const combined = parts.reduce((crc, part) => combineCrc32(crc, crc32(part), part.length), 0);
      expect(combined).toBe(crc32(Buffer.concat(parts)));
    }),
    { numRuns: 200 },
  );
});

/** A CRC is a polynomial modulo another one: `crc · x^(8·bytes)` by square and multiply, bit by bit, in big integers. */
const slowCombine = (first: number, second: number, secondBytes: bigint): number => {
  const modulus = 0x104c11db7n;
  const mirrored = (crc: number): bigint => BigInt(`0b${[...crc.toString(2).padStart(32, '0')].reverse().join('')}`);
  const times = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    for (let bit = 0n; b >> bit > 0n; bit++) if ((b >> bit) & 1n) product ^= a << bit;
    for (let bit = BigInt(product.toString(2).length - 1); bit >= 32n; bit--)
      if ((product >> bit) & 1n) product ^= modulus << (bit - 32n);
    return product;
  };
  let power = 1n;
  let square = 2n; // x
  for (let rest = secondBytes * 8n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = times(power, square);
    square = times(square, square);
  }
  const shifted = times(mirrored(first), power);
  return Number(BigInt(`0b${[...shifted.toString(2).padStart(32, '0')].reverse().join('')}`) ^ BigInt(second));
};

test('combining holds for lengths far beyond 32 bits', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 0xffffffff }),
      fc.nat({ max: 0xffffffff }),
      fc.oneof(
        fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 32 + 1, 5 * 1024 ** 3, 50 * 1024 ** 4, Number.MAX_SAFE_INTEGER),
        fc.maxSafeNat(),
      ),
      (first, second, length) => {
        expect(combineCrc32(first, second, length)).toBe(slowCombine(first, second, BigInt(length)));
      },
    ),
    { numRuns: 60 },
  );
});

test('a running checksum equals the whole, and texts are fixed-width', () => {
  expect(crc32(Buffer.from('789'), crc32(Buffer.from('123456')))).toBe(0xcbf43926);
  expect(crc32Hex(0)).toBe('00000000');
  expect(crc32Hex(crc32(Buffer.from('123456789')))).toBe('cbf43926');
  expect(crc32Base64('cbf43926')).toBe('y/Q5Jg==');
});
