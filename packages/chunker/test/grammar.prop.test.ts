import { isUtf8 } from 'node:buffer';
import { type CsvLimits, defaultLimits } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlannedChunk, parseRows, planChunks } from '../src/index.ts';
import { type Dialect, dialects, extras, nastyBytes, sizes } from './arbitraries.ts';
import { failureOf, type Seen, see, slicesOf, untilFailure } from './helpers.ts';
import { parseReference, type ReferenceFailure, type ReferenceRecord } from './reference-parser.ts';
import { chunksByBytes, chunksByRows, chunksOfCells, type PlannedUnit } from './reference-plan.ts';

const nasty = fc.tuple(dialects, fc.boolean()).chain(([dialect, broken]) =>
  nastyBytes(dialect.delimiter, dialect.quote, 60, [...extras(dialect), '\0']).map((bytes) => ({
    dialect,
    // Half of them hold a byte that is no UTF-8.
    bytes: broken && bytes.length > 0 ? Buffer.concat([bytes, Buffer.from([0xe9]), bytes.subarray(0, 5)]) : bytes,
  })),
);

const columns = ['a', 'b'];
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What the reference says that readers should see. */
const seenByReference = (
  bytes: Uint8Array,
  records: readonly ReferenceRecord[],
  firstRow = 1,
): Omit<Seen, 'batchRows'> => {
  const seen: Omit<Seen, 'batchRows'> = { rows: [], rejects: [], warnings: {} };
  for (const [i, { start, end, next, fields, stray, spoilt }] of records.entries()) {
    const raw = bytes.subarray(start, end);
    const codes = [
      ...(spoilt ? ['ROW_BAD_QUOTE'] : []),
      ...(fields.length === columns.length ? [] : ['ROW_FIELD_COUNT']),
      ...(isUtf8(raw) ? [] : ['ROW_ENCODING']),
      ...(raw.includes(0) ? ['ROW_NUL'] : []),
    ];
    const place = { rowNumber: firstRow + i, byteOffset: start, raw: latin(raw) };
    if (codes.length > 0) seen.rejects.push({ ...place, codes });
    else {
      seen.rows.push({
        ...place,
        newline: latin(bytes.subarray(end, next)),
        values: fields.map(({ value }) => Buffer.from(value).toString('utf8')),
      });
      if (stray) seen.warnings['ROW_STRAY_QUOTE|quotes|'] = (seen.warnings['ROW_STRAY_QUOTE|quotes|'] ?? 0) + 1;
    }
  }
  return seen;
};

const parse = (bytes: Uint8Array, dialect: Dialect, pieces: readonly number[], more = {}) =>
  see(parseRows(slicesOf(bytes, pieces), { columns, dialect, ...more }));

const small = (maxRecordBytes: number): CsvLimits => ({ ...defaultLimits, maxRecordBytes });

const plan = async (
  bytes: Uint8Array,
  dialect: Dialect,
  pieces: readonly number[],
  more = {},
): Promise<PlannedChunk[]> => {
  const chunks: PlannedChunk[] = [];
  for await (const chunk of planChunks(slicesOf(bytes, pieces), { dialect, ...more })) chunks.push(chunk);
  return chunks;
};

/** No cap, or a small one. */
const caps = fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 20 }));

/** What is planned: records, each with the comments in front of it, and comments behind the last one. */
const planned = (
  bytes: Uint8Array,
  dialect: Dialect,
  cap?: number,
): { failure?: ReferenceFailure; units: PlannedUnit[] } => {
  const { records, failure } = parseReference(bytes, dialect, cap);
  const ends = records.map(({ next }) => next);
  const units = ends.map((end, i) => ({ start: ends[i - 1] ?? 0, end, rows: 1 }));
  const rest = ends.at(-1) ?? 0;
  if (rest < bytes.length) units.push({ start: rest, end: bytes.length, rows: 0 });
  return failure === undefined ? { units } : { failure, units };
};

describe('any bytes over a nasty alphabet', () => {
  test('read as the reference reads them, up to what cannot be read, however they are sliced and batched', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, sizes, fc.integer({ min: 1, max: 5 }), async ({ dialect, bytes }, pieces, batchRows) => {
        const { records, failure } = parseReference(bytes, dialect);
        const reading = untilFailure(parseRows(slicesOf(bytes, pieces), { columns, dialect, batchRows }));
        const { batchRows: counts, ...seen } = await see(reading.batches());
        expect(seen).toEqual(seenByReference(bytes, records));
        expect(counts.every((count) => count > 0 && count <= batchRows)).toBe(true);
        if (failure === undefined) expect(reading.failure()).toBeUndefined();
        else
          expect(reading.failure()).toMatchObject({
            code: failure.code,
            details: { offset: failure.offset, row: failure.record + 1 },
          });
      }),
      { numRuns: 1500 },
    );
  });

  test('are planned at record borders of the reference, by bytes: what begins in a cell of the grid is a chunk', async () => {
    await fc.assert(
      fc.asyncProperty(
        nasty,
        sizes,
        fc.integer({ min: 1, max: 40 }),
        caps,
        async ({ dialect, bytes }, pieces, chunkBytes, cap) => {
          const { failure, units } = planned(bytes, dialect, cap);
          const planning = plan(bytes, dialect, pieces, { chunkBytes, limits: small(cap) });
          if (failure !== undefined) {
            const { code, offset } = failure;
            expect(await failureOf(planning)).toMatchObject({ code, details: { offset } });
            return;
          }
          const chunks = await planning;
          expect(chunks).toEqual(chunksByBytes(units, chunkBytes, cap));
          for (const { start, end, rowCount } of chunks)
            if (rowCount > 1) expect(end - start).toBeLessThanOrEqual(chunkBytes);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('and by rows: chunks are filled one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        nasty,
        sizes,
        fc.integer({ min: 1, max: 40 }),
        fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(100)),
        async ({ dialect, bytes }, pieces, chunkBytes, chunkRows) => {
          const { failure, units } = planned(bytes, dialect);
          const planning = plan(bytes, dialect, pieces, { chunkBytes, chunkRows });
          if (failure !== undefined) {
            expect(await failureOf(planning)).toMatchObject({
              code: failure.code,
              details: { offset: failure.offset },
            });
            return;
          }
          expect(await planning).toEqual(chunksByRows(units, chunkBytes, chunkRows));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('and into a number of chunks: no more than that, and none longer than its share and a record', async () => {
    await fc.assert(
      fc.asyncProperty(
        nasty,
        sizes,
        fc.integer({ min: 1, max: 12 }),
        async ({ dialect, bytes }, pieces, chunkCount) => {
          const { failure, units } = planned(bytes, dialect);
          fc.pre(failure === undefined);
          const chunks = await plan(bytes, dialect, pieces, { chunkCount, sourceEnd: bytes.length });
          expect(chunks.length).toBeLessThanOrEqual(chunkCount);
          const step = Math.max(1, Math.ceil(bytes.length / chunkCount));
          expect(chunks).toEqual(chunksOfCells(units, step, Number.POSITIVE_INFINITY));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('read the same chunk by chunk as in one go', async () => {
    await fc.assert(
      fc.asyncProperty(
        nasty,
        sizes,
        fc.integer({ min: 1, max: 30 }),
        async ({ dialect, bytes }, pieces, chunkBytes) => {
          const { records, failure } = parseReference(bytes, dialect);
          fc.pre(failure === undefined);
          const all: Omit<Seen, 'batchRows'> = { rows: [], rejects: [], warnings: {} };
          for (const { start, end, firstRow, rowCount } of await plan(bytes, dialect, [1000], { chunkBytes })) {
            const seen = await parse(bytes.subarray(start, end), dialect, pieces, { sourceOffset: start, firstRow });
            expect(seen.rows.length + seen.rejects.length).toBe(rowCount);
            all.rows.push(...seen.rows);
            all.rejects.push(...seen.rejects);
            for (const [key, count] of Object.entries(seen.warnings))
              all.warnings[key] = (all.warnings[key] ?? 0) + count;
          }
          expect(all).toEqual(seenByReference(bytes, records));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('caps', () => {
  /** What went wrong, or nothing. */
  const outcome = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'read',
      (error: { code: string; details: object }) => ({ code: error.code, ...error.details }),
    );
  test('strike alike in planning and reading, however the bytes are sliced', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, sizes, fc.integer({ min: 1, max: 20 }), async ({ dialect, bytes }, pieces, cap) => {
        const whole = await outcome(plan(bytes, dialect, [1000], { limits: small(cap) }));
        expect(await outcome(plan(bytes, dialect, pieces, { limits: small(cap) }))).toEqual(whole);
        expect(await outcome(parse(bytes, dialect, pieces, { limits: small(cap) }))).toEqual(whole);
        const { failure } = parseReference(bytes, dialect, cap);
        if (failure === undefined) expect(whole).toBe('read');
        else {
          const { code, record, offset } = failure;
          expect(whole).toEqual({ code, row: record + 1, offset, maxRecordBytes: cap });
        }
      }),
      { numRuns: 600 },
    );
  });

  test('a field beyond its cap makes its row a reject that says how long it is', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, fc.integer({ min: 1, max: 8 }), async ({ dialect, bytes }, maxFieldBytes) => {
        const { records, failure } = parseReference(bytes, dialect);
        fc.pre(failure === undefined);
        const messages: Record<number, string> = {};
        const limits = { ...defaultLimits, maxFieldBytes };
        for await (const batch of parseRows(slicesOf(bytes, [5]), { columns, dialect, limits }))
          for (const { rowNumber, issues } of batch.rejects)
            for (const { code, message, column } of issues)
              if (code === 'ROW_FIELD_TOO_LARGE') messages[rowNumber] = `${column}: ${message}`;
        const wanted: Record<number, string> = {};
        for (const [i, { fields }] of records.entries()) {
          const lengths = fields.map(({ start, end }) => end - start);
          const longest = Math.max(...lengths);
          const column = columns[lengths.indexOf(longest)];
          const what = column === undefined ? `has a field of ${longest}` : `has ${longest}`;
          if (longest > maxFieldBytes) wanted[i + 1] = `${column}: ${what} bytes, more than ${maxFieldBytes}`;
        }
        expect(messages).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });
});

test('records beyond the size of a read block come out whole', async () => {
  const long = 'x'.repeat(300_000);
  const bytes = Buffer.from(`1,"${long}"\n2,${long}\n3,"a\n${long}"\n${'4,é\n'.repeat(70_000)}`);
  const { records } = parseReference(bytes, { delimiter: ',', quote: '"' });
  for (const pieces of [[65_536], [100_003], [1 << 24]]) {
    const { batchRows, ...seen } = await parse(bytes, { delimiter: ',', quote: '"' }, pieces);
    expect(seen).toEqual(seenByReference(bytes, records));
    expect(Math.max(...batchRows)).toBe(1000);
  }
});

test.each([-1, 0, 1])(
  'a file of whole read blocks and %i bytes keeps its last record, newline or not',
  async (more) => {
    for (const blocks of [1, 2])
      for (const end of ['', '\n', '\r\n', '"']) {
        const length = blocks * 256 * 1024 + more;
        const tail = end === '"' ? '7,"z"' : `7,z${end}`;
        const bytes = Buffer.alloc(length, `1,${'2'.repeat(4000)}\n`);
        bytes.write(`\n${tail}`, length - tail.length - 1);
        const dialect = { delimiter: ',', quote: '"' };
        const { batchRows: _, ...seen } = await parse(bytes, dialect, [65_536]);
        expect(seen).toEqual(seenByReference(bytes, parseReference(bytes, dialect).records));
        expect(seen.rows.at(-1)?.values).toEqual(['7', 'z']);
      }
  },
);
