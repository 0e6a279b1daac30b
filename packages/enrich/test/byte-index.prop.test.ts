import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createByteIndex, type Piece } from '../src/byte-index.ts';
import { compositeKey, keyParts } from '../src/index.ts';

const pieceOf = (text: string): Piece => {
  const bytes = Buffer.from(`<${text}>`); // in the middle of other bytes, as in a file
  return { bytes, start: 1, end: bytes.length - 1 };
};
const text = fc.oneof(
  fc.constantFrom('', 'a', 'aa', 'é', '😀', '\0'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.integer({ min: 0, max: 300 }).map(String),
  fc.constantFrom(127, 128, 200).map((length) => 'x'.repeat(length)),
);

test('holds what a Map holds, through blocks and growth, whatever the order, the doubles and the seed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, fc.tuple(text, text), fc.boolean()), { maxLength: 400, size: 'max' }),
      fc.array(text, { maxLength: 20 }),
      fc.record({ seed: fc.integer({ min: 0 }), expectedEntries: fc.nat({ max: 500 }) }),
      (entries, others, options) => {
        const index = createByteIndex({ fieldCount: 2, blockBytes: 1_024, ...options });
        const model = new Map<string, readonly string[]>();
        for (const [key, fields, replace] of entries) {
          expect(index.add(pieceOf(key), fields.map(pieceOf), replace)).toBe(model.has(key));
          if (replace || !model.has(key)) model.set(key, fields);
        }
        expect(index.size).toBe(model.size);
        for (const key of [...model.keys(), ...others]) expect(index.get(key)).toEqual(model.get(key));
      },
    ),
    { numRuns: 100 },
  );
});

test('tells keys apart that hash to the same place', () => {
  const index = createByteIndex({ fieldCount: 0, expectedEntries: 1, blockBytes: 4_096 });
  const keys = Array.from({ length: 300 }, (_, number) => `k${number}`);
  for (const key of keys.slice(0, 150)) index.add(pieceOf(key), [], false);
  expect(keys.map((key) => index.get(key) !== undefined)).toEqual(keys.map((_, number) => number < 150));
});

test('a key that is no valid Unicode is in no index', () => {
  const index = createByteIndex({ fieldCount: 0, blockBytes: 64 });
  index.add(pieceOf('\ufffd'), [], false);
  expect(index.get('\ud800')).toBeUndefined();
  expect(index.get('\ufffd')).toEqual([]);
});

test('composite keys are equal exactly where their parts are, and give them back', () => {
  const parts = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('","', '\\', '[')), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(keyParts(compositeKey(...one))).toEqual(one);
      expect(compositeKey(...one) === compositeKey(...other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
  expect(compositeKey('a', undefined)).toBeUndefined();
  expect(compositeKey('a', 7)).toBe(compositeKey('a', '7'));
  for (const plain of ['', 'a', '7', '{}', '[1]']) expect(keyParts(plain)).toBeUndefined();
});
