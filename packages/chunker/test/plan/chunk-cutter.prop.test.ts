import { defaultLimits } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanChunksOptions, type PlannedChunk, planChunks } from '../../src/index.ts';
import { sizes } from '../arbitraries.ts';
import { comma, slicesOf } from '../helpers.ts';
import { chunksByBytes, chunksByRows, chunksOfCells, type PlannedUnit } from '../reference-plan.ts';

const planOf = async (bytes: Uint8Array, pieces: readonly number[], options: Partial<PlanChunksOptions>) => {
  const chunks: PlannedChunk[] = [];
  for await (const chunk of planChunks(slicesOf(bytes, pieces), { dialect: comma, ...options })) chunks.push(chunk);
  return chunks;
};

/** Lines of all lengths, the last one ended or not. */
const lines = fc.record({
  lengths: fc.array(
    fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.integer({ min: 1, max: 40 })),
    {
      minLength: 1,
      maxLength: 30,
      size: 'max',
    },
  ),
  ended: fc.boolean(),
  newline: fc.constantFrom('\n', '\r\n'),
});

const textOf = ({ lengths, ended, newline }: { lengths: readonly number[]; ended: boolean; newline: string }) => {
  const text = lengths.map((length) => `${'x'.repeat(length)}${newline}`).join('');
  return Buffer.from(ended ? text : text.slice(0, -newline.length));
};
const unitsOf = (bytes: Buffer): readonly PlannedUnit[] => {
  const units: PlannedUnit[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf('\n', start);
    const end = newline < 0 ? bytes.length : newline + 1;
    units.push({ start, end, rows: 1 });
    start = end;
  }
  return units;
};
const moved = (chunks: readonly PlannedChunk[], by: number, rows: number) =>
  chunks.map(({ start, end, firstRow, rowCount }) => ({
    ...{ start: start + by, end: end + by, firstRow: firstRow + rows, rowCount },
  }));

const offset = fc.integer({ min: 0, max: 1000 });
const firstRow = fc.integer({ min: 1, max: 50 });

describe('lines are cut into chunks', () => {
  test('by bytes: those that begin in a cell, the last of them apart where they are too many', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...[lines, sizes, fc.integer({ min: 1, max: 80 }), offset, firstRow],
        async (file, pieces, chunkBytes, from, row) => {
          const bytes = textOf(file);
          const wanted = chunksByBytes(unitsOf(bytes), chunkBytes, defaultLimits.maxRecordBytes);
          const chunks = await planOf(bytes, pieces, { chunkBytes, offset: from, firstRow: row });
          expect(chunks).toEqual(moved(wanted, from, row - 1));
        },
      ),
    );
  });

  test('by rows: as many as may be, and no more bytes than may be', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...[lines, sizes, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 }), offset, firstRow],
        async (file, pieces, chunkRows, chunkBytes, from, row) => {
          const bytes = textOf(file);
          const wanted = chunksByRows(unitsOf(bytes), chunkBytes, chunkRows);
          const chunks = await planOf(bytes, pieces, { chunkRows, chunkBytes, offset: from, firstRow: row });
          expect(chunks).toEqual(moved(wanted, from, row - 1));
        },
      ),
    );
  });

  test('by their number: cells of the bytes behind the header', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...[lines, sizes, fc.integer({ min: 1, max: 9 }), offset],
        async (file, pieces, chunkCount, from) => {
          const bytes = textOf(file);
          const step = Math.ceil(bytes.length / chunkCount);
          const wanted = chunksOfCells(unitsOf(bytes), step, Number.POSITIVE_INFINITY);
          const chunks = await planOf(bytes, pieces, { chunkCount, offset: from, sourceEnd: from + bytes.length });
          expect(chunks).toEqual(moved(wanted, from, 0));
        },
      ),
    );
  });

  test('on one grid, also when planning goes on behind the first of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...[lines, sizes, fc.integer({ min: 1, max: 80 }), offset],
        async (file, pieces, chunkBytes, gridStart) => {
          const bytes = textOf(file);
          const [first, ...others] = await planOf(bytes, pieces, { chunkBytes, offset: gridStart });
          const on = { offset: first!.end, gridStart, firstRow: 1 + first!.rowCount, chunkBytes };
          expect(await planOf(bytes.subarray(first!.end - gridStart), pieces, on)).toEqual(others);
        },
      ),
    );
  });

  test('in UTF-16 on whole units, in bytes of the source', async () => {
    await fc.assert(
      fc.asyncProperty(...[lines, sizes, fc.integer({ min: 1, max: 15 })], async (file, pieces, chunkUnits) => {
        const bytes = textOf(file);
        const narrow = await planOf(bytes, pieces, { chunkBytes: chunkUnits });
        const wide = await planOf(Buffer.from(bytes.toString(), 'utf16le'), pieces, {
          ...{ chunkBytes: 2 * chunkUnits, encoding: 'utf-16le' },
        });
        expect(wide).toEqual(narrow.map((chunk) => ({ ...chunk, start: 2 * chunk.start, end: 2 * chunk.end })));
      }),
    );
  });
});

test.each([64, 65, 200])('many short lines are cut after %d of them, in a file of many windows', async (chunkRows) => {
  const rows = 130_000;
  const bytes = Buffer.from('ab,c\n'.repeat(rows));
  for (const piece of [100_000, 650_000]) {
    const chunks = await planOf(bytes, [piece], { chunkRows });
    expect(chunks).toHaveLength(Math.ceil(rows / chunkRows));
    expect(chunks.at(-1)).toMatchObject({ end: bytes.length, firstRow: 1 + (chunks.length - 1) * chunkRows });
    expect(chunks.every(({ start, firstRow }) => start === 5 * (firstRow - 1))).toBe(true);
  }
});
