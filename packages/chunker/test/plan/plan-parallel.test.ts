import { defaultLimits, PipelineError } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { planChunks } from '../../src/plan/plan-chunks.ts';
import { planParallel, planRanges } from '../../src/plan/plan-parallel.ts';
import { slicesOf } from '../helpers.ts';

const mebibyte = 1024 * 1024;
const dialect = { delimiter: ',', quote: '"' } as const;
const limits = { ...defaultLimits, maxRecordBytes: 1000 };
const nothing = (): AsyncIterable<Uint8Array> => slicesOf(Buffer.alloc(0), [1]);
const rangesOf = (options: Partial<Parameters<typeof planRanges>[1]>) => [
  ...planRanges(nothing, { dialect, limits, offset: 100, sourceEnd: 200 * mebibyte, ...options }).ranges,
];

describe('the ranges of a source', () => {
  test('are of whole cells, 32 MiB or more of them, and only the first is known to begin with a record', () => {
    const ranges = rangesOf({ chunkBytes: 10 * mebibyte });
    expect(ranges.map(({ firstCell, endCell, startsAt }) => [firstCell, endCell, startsAt])).toEqual(
      [0, 3, 6, 9, 12, 15, 18].map((cell) => [cell, cell + 3, cell === 0 ? 100 : undefined]),
    );
    expect(ranges[0]).toMatchObject({ gridStart: 100, stepBytes: 10 * mebibyte - 1000, sourceEnd: 200 * mebibyte });
    expect(ranges.slice(1).every((range) => !('startsAt' in range))).toBe(true);
  });

  test('are of one cell where a cell is larger than that', () => {
    expect(rangesOf({ chunkBytes: 64 * mebibyte }).map(({ firstCell }) => firstCell)).toEqual([0, 1, 2, 3]);
  });

  test('go on in the middle of a grid', () => {
    const offset = 100 + 25 * mebibyte;
    const ranges = rangesOf({ chunkBytes: 10 * mebibyte, gridStart: 100, offset });
    expect(ranges.map(({ firstCell, startsAt }) => [firstCell, startsAt])).toEqual(
      [2, 5, 8, 11, 14, 17, 20].map((cell) => [cell, cell === 2 ? offset : undefined]),
    );
  });

  test('end with the source, and there is none of nothing', () => {
    expect(rangesOf({ chunkCount: 4, sourceEnd: 100 + 400 * mebibyte })).toHaveLength(4);
    expect(rangesOf({ chunkCount: 4, sourceEnd: 101 + 400 * mebibyte })).toHaveLength(4);
    expect(rangesOf({ sourceEnd: 100 })).toEqual([]);
  });

  test('lie on whole units of UTF-16', () => {
    const [range] = rangesOf({ chunkBytes: 10 * mebibyte + 1, encoding: 'utf-16le' });
    expect(range!.stepBytes % 2).toBe(0);
    expect(range!.stepBytes).toBeGreaterThan(9 * mebibyte);
  });

  test('are not there for chunks by rows', () => {
    expect(() => rangesOf({ chunkRows: 10 })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        details: {
          ...{ option: 'plan', got: "'parallel'" },
          expected: "'sequential' for chunks by rows, which follow one from the other",
        },
      }),
    );
  });
});

describe('ranges that are read side by side', () => {
  // 100 MiB of rows of all lengths, some of them quoted.
  const block = Buffer.from(
    Array.from({ length: 3000 }, (_, row) => `${row},${'x'.repeat(row % 90)}${row % 7 === 0 ? ',"a\nb"' : ''}\n`).join(
      '',
    ),
  );
  const bytes = Buffer.concat(Array.from({ length: Math.ceil((100 * mebibyte) / block.length) }, () => block));
  const options = { dialect, limits, offset: 0, sourceEnd: bytes.length, chunkBytes: 20 * mebibyte, firstRow: 5 };

  test('make the plan of one pass, so many of them at a time', async () => {
    let open = 0;
    let most = 0;
    async function* read(start: number, end: number) {
      most = Math.max(most, ++open);
      try {
        for (let at = start; at < end; at += mebibyte) {
          await new Promise((resolve) => setImmediate(resolve));
          yield bytes.subarray(at, Math.min(end, at + mebibyte));
        }
      } finally {
        open--;
      }
    }
    const chunks = [];
    for await (const chunk of planParallel(read, { ...options, concurrency: 2 })) chunks.push(chunk);
    const whole = [];
    for await (const chunk of planChunks(slicesOf(bytes, [mebibyte]), options)) whole.push(chunk);
    expect(chunks).toEqual(whole);
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks[0]!.firstRow).toBe(5);
    expect([most, open]).toEqual([2, 0]);
  });

  test('one that cannot be read fails the plan, with none left open', async () => {
    let open = 0;
    async function* read(start: number) {
      open++;
      try {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (start > 30 * mebibyte) throw new Error('gone');
        yield bytes.subarray(start, start + 10);
      } finally {
        open--;
      }
    }
    const all = async () => {
      for await (const _ of planParallel(read, options));
    };
    await expect(all()).rejects.toThrow();
    expect(open).toBe(0);
  });

  test('a record beyond the cap is told of with its row', async () => {
    const broken = Buffer.from(bytes);
    broken.fill('y', 60 * mebibyte, 60 * mebibyte + 3000);
    async function* read(start: number, end: number) {
      yield broken.subarray(start, end);
    }
    const failureOf = async (chunks: AsyncIterable<unknown>) => {
      try {
        for await (const _ of chunks);
        return undefined;
      } catch (error) {
        return PipelineError.is(error) ? { code: error.code, details: error.details } : error;
      }
    };
    const failure = await failureOf(planParallel(read, options));
    expect(failure).toMatchObject({ code: 'CSV_ROW_TOO_LARGE' });
    expect(failure).toEqual(await failureOf(planChunks(slicesOf(broken, [mebibyte]), options)));
  });
});
