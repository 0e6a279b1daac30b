import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScanMemory, type ScanMemory } from '../../src/scan/memory.ts';
import { fillUnits } from '../../src/scan/units.ts';

const windowBytes = 2048;
const kernel = createScanMemory({ windowBytes, fields: true });
const plain = createScanMemory({ windowBytes, fields: true, plain: true });

const unitsBy = (memory: ScanMemory, bytes: Uint8Array, positions: readonly number[]): number[] => {
  memory.bytes.fill(0xe9);
  memory.bytes.set(bytes);
  memory.tables.ends.set(positions);
  return [...fillUnits(memory, positions.length)];
};

const characters = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'é',
        '日',
        '😀',
        '\u{10FFFF}',
        '\uFEFF',
        '\0',
        '\u{80}',
        '\u{7FF}',
        '\u{800}',
        '\uFFFF',
        '\u{10000}',
      ),
      fc.integer({ min: 0, max: 140 }).map((length) => 'x'.repeat(length)),
    ),
    { maxLength: 60, size: 'max' },
  )
  .filter((all) => Buffer.byteLength(all.join('')) <= windowBytes);

test('how many UTF-16 units stand before each field end is what decoding says', () => {
  expect(kernel.kernel).toBeDefined();
  fc.assert(
    fc.property(characters, (all) => {
      const text = all.join('');
      const positions = all.map((_, i) => Buffer.byteLength(all.slice(0, i + 1).join('')));
      const wanted = all.map((_, i) => all.slice(0, i + 1).join('').length);
      expect(unitsBy(kernel, Buffer.from(text), positions)).toEqual(wanted);
      expect(unitsBy(plain, Buffer.from(text), positions)).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});

test('kernel and loop agree on bytes that are no text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.integer({ min: 1, max: 80 }), (bytes, step) => {
      const positions = Array.from({ length: Math.floor(bytes.length / step) + 1 }, (_, i) => i * step);
      expect(unitsBy(kernel, bytes, positions)).toEqual(unitsBy(plain, bytes, positions));
    }),
    { numRuns: 500 },
  );
});
