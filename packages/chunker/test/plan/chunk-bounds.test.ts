import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChunkBounds, type ChunkSizeOptions, chunkBounds } from '../../src/plan/chunk-bounds.ts';

const mebibyte = 1024 * 1024;
const source = { dataBytes: 1_000_000_000, maxRecordBytes: 1_000_000 };
const bounds = (options: ChunkSizeOptions, more: Partial<typeof source> = {}): ChunkBounds =>
  chunkBounds(options, { ...source, ...more });

describe('by bytes', () => {
  test('the grid is finer than the chunk by one record', () => {
    expect(bounds({ chunkBytes: 64_000_000 })).toEqual({
      ...{ by: 'bytes', stepBytes: 63_000_000, mostBytes: 64_000_000 },
    });
  });

  test('or by a thirty-second, where records may be longer than that', () => {
    expect(bounds({ chunkBytes: 3200 })).toEqual({ by: 'bytes', stepBytes: 3100, mostBytes: 3200 });
    expect(bounds({ chunkBytes: 31 })).toEqual({ by: 'bytes', stepBytes: 31, mostBytes: 31 });
  });

  test('a chunk has 64 MiB when nobody says', () => {
    expect(bounds({})).toEqual({
      ...{ by: 'bytes', stepBytes: 64 * mebibyte - 1_000_000, mostBytes: 64 * mebibyte },
    });
  });
});

test('by rows, bytes still have a bound', () => {
  expect(bounds({ chunkRows: 7 })).toEqual({ by: 'rows', mostRows: 7, mostBytes: 64 * mebibyte });
  expect(bounds({ chunkRows: 7, chunkBytes: 500 })).toEqual({ by: 'rows', mostRows: 7, mostBytes: 500 });
});

describe('by count', () => {
  test('the source is cut into so many cells', () => {
    const most = { by: 'bytes', mostBytes: Number.POSITIVE_INFINITY };
    expect(bounds({ chunkCount: 3 }, { dataBytes: 10 })).toEqual({ ...most, stepBytes: 4 });
    expect(bounds({ chunkCount: 5 }, { dataBytes: 10 })).toEqual({ ...most, stepBytes: 2 });
    expect(bounds({ chunkCount: 5 }, { dataBytes: 0 })).toEqual({ ...most, stepBytes: 1 });
  });

  test('never into more', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 10_000 }), (dataBytes, chunkCount) => {
        const { stepBytes } = bounds({ chunkCount }, { dataBytes }) as { readonly stepBytes: number };
        expect(Math.ceil(dataBytes / stepBytes)).toBeLessThanOrEqual(chunkCount);
        expect(stepBytes * chunkCount).toBeGreaterThanOrEqual(dataBytes);
      }),
    );
  });
});

describe('by what workers have', () => {
  const most = (dataBytes: number, auto: ChunkSizeOptions['auto']): number => bounds({ auto }, { dataBytes }).mostBytes;

  test.each([
    ['two chunks for each worker', 4000 * mebibyte, { concurrency: 40 }, 50],
    ['of 100 workers, when nobody says', 4000 * mebibyte, {}, 20],
    ['at least 8 MiB, since starting takes its time', 800 * mebibyte, { concurrency: 100 }, 8],
    ['at most a quarter of the memory', 100_000 * mebibyte, { memoryMb: 512, concurrency: 10 }, 128],
    ['which is 256 MiB, when nobody says', 100_000 * mebibyte, { concurrency: 10 }, 256],
    ['and never more than that', 100_000 * mebibyte, { memoryMb: 10_240, concurrency: 10 }, 256],
    ['with little memory 8 MiB as well', 100_000 * mebibyte, { memoryMb: 16, concurrency: 10 }, 8],
  ])('%s', (_, dataBytes, auto, mebibytes) => {
    expect(most(dataBytes, auto)).toBe(mebibytes * mebibyte);
  });

  test('what does not divide is rounded up', () => {
    expect(most(4000 * mebibyte + 1, { concurrency: 40 })).toBe(50 * mebibyte + 1);
  });
});

describe('what is refused', () => {
  const error = (option: string, expected: string, got: unknown) =>
    expect.objectContaining({ code: 'CONFIG_INVALID', details: { option, expected, got } });

  test.each([
    { chunkBytes: 0 },
    { chunkRows: -1 },
    { chunkCount: 1.5 },
    { chunkBytes: 2 ** 53 },
    { chunkRows: Number.POSITIVE_INFINITY },
  ])('%j', (options) => {
    const [[option, got]] = Object.entries(options) as [[string, number]];
    expect(() => bounds(options)).toThrow(error(option, 'a whole number of at least 1', got));
  });

  test.each(['memoryMb', 'concurrency'])('a worker with a half of %s', (name) => {
    expect(() => bounds({ auto: { [name]: 0.5 } })).toThrow(error(`auto.${name}`, 'a whole number of at least 1', 0.5));
  });

  test.each([
    { chunkCount: 3, auto: {} },
    { chunkCount: 3, chunkBytes: 100 },
    { chunkCount: 3, chunkRows: 100 },
    { auto: {}, chunkBytes: 100 },
    { auto: {}, chunkRows: 100 },
  ])('several ways at once: %j', (options) => {
    expect(() => bounds(options)).toThrow(
      error('chunkCount', 'the only one of chunkCount, auto, and chunkBytes with chunkRows', 'several of them'),
    );
  });
});
