import { defaultLimits } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PlannedChunk, parseRows, planChunks } from '../../src/index.ts';
import { type Dialect, sizes } from '../arbitraries.ts';
import { failureOf, see, slicesOf } from '../helpers.ts';
import { chunksByBytes, chunksByRows, chunksOfCells, type PlannedUnit } from '../reference-plan.ts';
import { nastyIn } from './arbitraries.ts';
import { parseReference } from './reference.ts';

const limits = { ...defaultLimits, maxRecordBytes: 400 };

/** Records with the comments in front of them, and what is left behind the last. */
const unitsOf = (bytes: Buffer, dialect: Dialect): PlannedUnit[] => {
  const { records } = parseReference(bytes, dialect);
  const ends = records.map(({ next }) => next);
  const rest = ends.at(-1) ?? 0;
  const units = ends.map((end, i) => ({ start: ends[i - 1] ?? 0, end, rows: 1 }));
  return rest < bytes.length ? [...units, { start: rest, end: bytes.length, rows: 0 }] : units;
};
const sound = nastyIn(80).filter(({ dialect, bytes }) => parseReference(bytes, dialect).failure === undefined);

const plan = async (
  bytes: Buffer,
  pieces: readonly number[],
  options: Omit<Parameters<typeof planChunks>[1], 'limits'>,
): Promise<PlannedChunk[]> => {
  const chunks: PlannedChunk[] = [];
  for await (const chunk of planChunks(slicesOf(bytes, pieces), { ...options, limits })) chunks.push(chunk);
  return chunks;
};

test('chunks by bytes, by rows and by number are cut as in any other file', async () => {
  await fc.assert(
    fc.asyncProperty(
      sound,
      sizes,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 5 }),
      async ({ dialect, bytes }, pieces, chunkBytes, few) => {
        const units = unitsOf(bytes, dialect);
        const byBytes = await plan(bytes, pieces, { dialect, chunkBytes });
        expect(byBytes).toEqual(chunksByBytes(units, chunkBytes, limits.maxRecordBytes));
        const byRows = await plan(bytes, pieces, { dialect, chunkBytes, chunkRows: few });
        expect(byRows).toEqual(chunksByRows(units, chunkBytes, few));
        const byCount = await plan(bytes, pieces, { dialect, chunkCount: few, sourceEnd: bytes.length });
        const step = Math.max(1, Math.ceil(bytes.length / few));
        expect(byCount).toEqual(chunksOfCells(units, step, Number.POSITIVE_INFINITY));
      },
    ),
    { numRuns: 600 },
  );
});

test('a plan goes on from any of its borders, and its chunks hold the rows of the file', async () => {
  await fc.assert(
    fc.asyncProperty(
      sound,
      sizes,
      fc.integer({ min: 1, max: 60 }),
      fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      async ({ dialect, bytes }, pieces, chunkBytes, chunkRows) => {
        const size = { dialect, chunkBytes, chunkRows, gridStart: 500 };
        const chunks = await plan(bytes, pieces, { ...size, offset: 500 });
        const all = { rows: [] as unknown[], rejects: [] as unknown[] };
        for (const [i, { start, end, firstRow, rowCount }] of chunks.entries()) {
          const rest = await plan(bytes.subarray(start - 500), pieces, { ...size, offset: start, firstRow });
          expect(rest).toEqual(chunks.slice(i));
          const options = { dialect, columns: ['a', 'b'], sourceOffset: start, firstRow };
          const seen = await see(parseRows(slicesOf(bytes.subarray(start - 500, end - 500), pieces), options));
          expect(seen.rows.length + seen.rejects.length).toBe(rowCount);
          all.rows.push(...seen.rows);
          all.rejects.push(...seen.rejects);
        }
        const whole = { dialect, columns: ['a', 'b'], sourceOffset: 500 };
        const { rows, rejects } = await see(parseRows(slicesOf(bytes, [1000]), whole));
        expect(all).toEqual({ rows, rejects });
      },
    ),
    { numRuns: 300 },
  );
});

test('a plan fails as the reading does', async () => {
  await fc.assert(
    fc.asyncProperty(nastyIn(40), sizes, fc.integer({ min: 0, max: 12 }), async ({ dialect, bytes }, pieces, cap) => {
      const { failure } = parseReference(bytes, dialect, cap);
      fc.pre(failure !== undefined);
      const planning = async (): Promise<void> => {
        const capped = { dialect, chunkBytes: 20, limits: { ...limits, maxRecordBytes: cap } };
        for await (const _ of planChunks(slicesOf(bytes, pieces), capped));
      };
      const { code, offset, record } = failure;
      expect(await failureOf(planning())).toMatchObject({ code, details: { offset, row: record + 1 } });
    }),
    { numRuns: 300 },
  );
});
