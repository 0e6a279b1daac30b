import { storeLimits } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MergePart, type PlanMergeOptions, planMerge } from '../src/index.ts';

const KiB = 1024;
const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const TB = 1000 ** 4;

type Limits = NonNullable<PlanMergeOptions['limits']>;

const slicesOf = (part: MergePart) => (part.kind === 'copy' ? [part.slice] : part.slices);
const bytesOf = (part: MergePart): number => slicesOf(part).reduce((sum, { start, end }) => sum + end - start, 0);
const joinedBytes = (parts: readonly MergePart[]): number =>
  parts.reduce((sum, part) => (part.kind === 'join' ? sum + part.bytes : sum), 0);
const copies = (parts: readonly MergePart[]): number => parts.filter(({ kind }) => kind === 'copy').length;

/** Every rule of a multipart upload, and that the parts are exactly the pieces in order. */
const expectSound = (parts: readonly MergePart[], sizes: readonly number[], limits: Limits = storeLimits): void => {
  const fail = (what: string, part: MergePart): never => expect.fail(`${what}: ${JSON.stringify(part)}`);
  expect(parts.length).toBeLessThanOrEqual(limits.maxParts);
  let piece = 0;
  let offset = 0;
  const skipEmpty = (): void => {
    while (piece < sizes.length && offset === sizes[piece]) {
      piece++;
      offset = 0;
    }
  };
  for (const [index, part] of parts.entries()) {
    const bytes = bytesOf(part);
    if (part.kind === 'join' && part.bytes !== bytes) fail('counts its bytes wrongly', part);
    if (bytes > limits.maxPartBytes || bytes === 0) fail('too large or empty', part);
    if (index < parts.length - 1 && bytes < limits.minPartBytes) fail('too small', part);
    for (const slice of slicesOf(part)) {
      skipEmpty();
      if (slice.piece !== piece || slice.start !== offset || slice.end <= slice.start || slice.end > sizes[piece]!)
        fail(`does not go on at ${piece}:${offset}`, part);
      offset = slice.end;
    }
    if (part.kind === 'copy') {
      const size = sizes[part.slice.piece]!;
      if (part.whole !== (bytes === size)) fail('says wrongly whether it is whole', part);
      if (!part.whole && size <= limits.minPartBytes) fail('copies a range of a piece that is too small for it', part);
    }
  }
  skipEmpty();
  expect([piece, offset]).toEqual([sizes.length, 0]);
};

describe('planMerge', () => {
  const size = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(0, 1, 5 * MiB - 1, 5 * MiB, 5 * MiB + 1, 10 * MiB - 1, 10 * MiB) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 200 * KiB }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 * MiB }) },
    { weight: 1, arbitrary: fc.constantFrom(5 * GiB - 1, 5 * GiB, 5 * GiB + 1, 12 * GiB, 5 * 1024 * GiB) },
  );

  test('keeps the rules of S3 for any sizes', () => {
    fc.assert(
      fc.property(fc.array(size, { maxLength: 40 }), fc.constantFrom(1, 5 * MiB, 16 * MiB), (sizes, joinBytes) => {
        // A sum of pieces beyond 50 TB is another case.
        fc.pre(sizes.reduce((sum, bytes) => sum + bytes, 0) < 45 * TB);
        expectSound(planMerge(sizes, { joinBytes }), sizes);
      }),
      { numRuns: 400 },
    );
  });

  test('keeps scaled rules where parts are scarce, and refuses only what no plan can do', () => {
    const limits = fc
      .record({
        minPartBytes: fc.integer({ min: 1, max: 9 }),
        times: fc.integer({ min: 2, max: 6 }),
        maxParts: fc.integer({ min: 1, max: 9 }),
        maxObjectBytes: fc.integer({ min: 1, max: 400 }),
      })
      .map(({ times, ...rest }) => ({ ...rest, maxPartBytes: rest.minPartBytes * times }));
    const sizes = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 90 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(limits, sizes, fc.integer({ min: 1, max: 40 }), (scaled, pieces, joinBytes) => {
        const total = pieces.reduce((sum, bytes) => sum + bytes, 0);
        const plan = () => planMerge(pieces, { joinBytes, limits: scaled });
        if (total <= Math.min(scaled.maxObjectBytes, scaled.maxParts * scaled.maxPartBytes))
          expectSound(plan(), pieces, scaled);
        else expect(plan).toThrow('MERGE_TOO_LARGE');
      }),
      { numRuns: 3000 },
    );
  });

  test('copies all of a piece but the little that small neighbours need', () => {
    fc.assert(
      fc.property(fc.array(size, { maxLength: 40 }), (sizes) => {
        fc.pre(sizes.reduce((sum, bytes) => sum + bytes, 0) < 45 * TB);
        const copied = sizes.map(() => 0);
        for (const part of planMerge(sizes))
          if (part.kind === 'copy') copied[part.slice.piece]! += part.slice.end - part.slice.start;
        for (const [piece, bytes] of sizes.entries())
          if (bytes >= 10 * MiB) expect(copied[piece]).toBeGreaterThan(bytes - 5 * MiB);
      }),
    );
  });

  test.each<[string, number[], number, number]>([
    ['nothing', [], 0, 0],
    ['only empty pieces', [0, 0, 0], 0, 0],
    ['one piece of the least size', [5 * MiB], 1, 0],
    ['one piece a byte smaller', [5 * MiB - 1], 0, 5 * MiB - 1],
    ['pieces of exactly the least size', [5 * MiB, 5 * MiB, 5 * MiB], 3, 0],
    ['chunks of 64 MiB with a small last one', [64 * MiB, 64 * MiB, 1], 2, 1],
    ['empty pieces between large ones', [0, 8 * MiB, 0, 8 * MiB, 0], 2, 0],
    ['a small piece that borrows', [1, 64 * MiB], 1, 5 * MiB],
    ['5 GiB and one byte, in two halves', [5 * GiB + 1], 2, 0],
    ['50 TB in one piece', [50 * TB], 9314, 0],
  ])('%s', (_, sizes, expectedCopies, expectedJoined) => {
    const parts = planMerge(sizes);
    expectSound(parts, sizes);
    expect([copies(parts), joinedBytes(parts)]).toEqual([expectedCopies, expectedJoined]);
  });

  test('10,000 chunks of 64 MiB are all copied', () => {
    const sizes = Array<number>(10_000).fill(64 * MiB);
    const parts = planMerge(sizes);
    expectSound(parts, sizes);
    expect(joinedBytes(parts)).toBe(0);
  });

  test('one chunk more than S3 takes parts costs one joined pair', () => {
    const sizes = Array<number>(10_001).fill(64 * MiB);
    const parts = planMerge(sizes);
    expectSound(parts, sizes);
    expect([parts.length, joinedBytes(parts)]).toEqual([10_000, 128 * MiB]);
  });

  test('too many chunks join the smallest of them, not the first', () => {
    const sizes = Array.from({ length: 10_004 }, (_, index) => (index >= 9000 && index < 9005 ? 6 * MiB : 64 * MiB));
    const parts = planMerge(sizes);
    expectSound(parts, sizes);
    expect(joinedBytes(parts)).toBe(30 * MiB);
  });

  test.each<[string, number, number]>([
    ['780,000 pieces of 64 MB', 780_000, 64 * 1000 ** 2],
    ['9,000 pieces just above what one copy takes', 9000, 5 * GiB + 1],
    ['9,900 pieces of which no two fit into a part', 9900, 5 * 1000 ** 3],
    ['20,000 pieces of 2.5 GB', 20_000, 2.5 * 1000 ** 3],
    ['a million tiny pieces', 1_000_000, 100],
    ['100,000 pieces of the least size', 100_000, 5 * MiB],
  ])('up to 50 TB: %s', (_, count, bytes) => {
    const sizes = Array<number>(count).fill(bytes);
    expectSound(planMerge(sizes), sizes);
  });

  test('parts that are joined to save parts stay as small as the count allows', () => {
    const parts = planMerge(Array<number>(20_000).fill(64 * MiB));
    expect(Math.max(...parts.map(bytesOf))).toBe(128 * MiB);
  });

  test('more than an upload can hold is refused with both numbers', () => {
    expect(() => planMerge([54 * TB])).toThrow(
      /^MERGE_TOO_LARGE: the merged object would have 54,000,000,000,000 bytes, more than S3 takes \(53,687,091,200,000\)/,
    );
  });
});
