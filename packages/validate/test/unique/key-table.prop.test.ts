import { createHash } from 'node:crypto';
import { keyEntryBytes, keyIndexBits } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyTable } from '../../src/unique/key-table.ts';

/** The object of some keys, read by what its format says. */
const layout = (keys: readonly string[]) => {
  const table = createKeyTable();
  for (const [row, key] of keys.entries()) table.add(key, row);
  const bytes = Buffer.concat([...table.pieces()]);
  const bits = keyIndexBits(keys.length);
  const index = Array.from({ length: 2 ** bits }, (_, at) => bytes.readUInt32LE(at * 4));
  const entries = Array.from({ length: keys.length }, (_, at) => {
    const start = index.length * 4 + at * keyEntryBytes;
    return {
      hash: bytes.subarray(start, start + 16).toString('hex'),
      first: bytes.readUInt32LE(start),
      row: bytes.readUInt32LE(start + 16),
    };
  });
  return { bits, bytes, index, entries };
};

const sha = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 32);

test('every key is there as 128 bits of its SHA-256, in order, and the index finds it', () => {
  const keys = fc.oneof(
    fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }), { maxLength: 50 }),
    fc.nat({ max: 2000 }).map((count) => Array.from({ length: count }, (_, at) => `C-${at}`)),
    fc.nat({ max: 600 }).map((count) => Array.from({ length: count }, () => 'same')),
  );
  fc.assert(
    fc.property(keys, (all) => {
      const { bits, bytes, index, entries } = layout(all);
      expect(bytes.length).toBe(index.length * 4 + all.length * keyEntryBytes);
      expect(entries.map(({ row }) => row).sort((a, b) => a - b)).toEqual([...all.keys()]);
      for (const [at, { hash, first, row }] of entries.entries()) {
        expect(hash).toBe(sha(all[row]!));
        const before = entries[at - 1];
        if (before !== undefined)
          expect(before.first < first || (before.first === first && before.row < row)).toBe(true);
        const bucket = bits === 0 ? 0 : first >>> (32 - bits);
        expect(at).toBeGreaterThanOrEqual(index[bucket]!);
        expect(at).toBeLessThan(index[bucket + 1] ?? all.length);
      }
    }),
    { numRuns: 60 },
  );
});

test('many keys go over many blocks', () => {
  const count = 40_000;
  const { bits, entries } = layout(Array.from({ length: count }, (_, at) => `K${at}`));
  expect(bits).toBe(8);
  expect(new Set(entries.map(({ row }) => row)).size).toBe(count);
  for (let at = 1; at < count; at++) {
    const [one, two] = [entries[at - 1]!, entries[at]!];
    expect(one.first < two.first || (one.first === two.first && one.row < two.row)).toBe(true);
  }
});
