import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxLoad, minMemoryBytes, planPartitions, slotBytes } from '../../src/unique/plan-partitions.ts';

const memory = fc.integer({ min: minMemoryBytes, max: 2 ** 33 });

test('the keys of a partition, the reads under way and the repeats fit into memory, for up to a billion keys', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e9 }), memory, (keys, memoryBytes) => {
      const { bits, pieceBytes, concurrency, repeatBytes } = planPartitions(keys, memoryBytes);
      const share = keys / 2 ** bits;
      const most = bits === 0 ? share : share + 6 * Math.sqrt(share);
      // A table has a power of two slots, and is there once and a half while it grows.
      const slots = Math.max(1024, 2 ** Math.ceil(Math.log2(Math.max(1, most / maxLoad))));
      const held = slots * slotBytes * 1.5 + pieceBytes * concurrency;
      expect(held).toBeLessThanOrEqual(memoryBytes);
      // One entry at least is read of each partition's repeats.
      expect(repeatBytes * 2 ** bits).toBeLessThanOrEqual(Math.max(memoryBytes / 10, 16 * 2 ** bits));
      expect([pieceBytes % 20, repeatBytes % 16]).toEqual([0, 0]);
      expect(Math.min(pieceBytes, repeatBytes)).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

test('there are no more partitions than are needed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), memory, (keys, memoryBytes) => {
      const { bits } = planPartitions(keys, memoryBytes);
      if (bits === 0) return;
      const share = keys / 2 ** (bits - 1);
      const slots = 2 ** Math.ceil(Math.log2((bits === 1 ? share : share + 6 * Math.sqrt(share)) / maxLoad));
      expect(slots * slotBytes * 1.5).toBeGreaterThan(memoryBytes * 0.8);
    }),
    { numRuns: 2000 },
  );
});

test('256 MiB compare 3,000,000 keys at once, and 5,000,000 in two partitions', () => {
  expect(planPartitions(3_000_000, 256 * 1024 ** 2).bits).toBe(0);
  expect(planPartitions(5_000_000, 256 * 1024 ** 2).bits).toBe(1);
});
