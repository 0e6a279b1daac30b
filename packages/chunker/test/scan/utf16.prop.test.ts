import { defaultLimits } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type PlannedChunk,
  parseRows,
  planChunks,
  type RangeScan,
  rangeBytes,
  reduceScans,
  scanRange,
} from '../../src/index.ts';
import { type Dialect, dialects, extras, sizes } from '../arbitraries.ts';
import { failureOf, type Seen, see, slicesOf } from '../helpers.ts';
import { parseReference } from '../reference-parser.ts';
import { chunksOfCells } from '../reference-plan.ts';

/** Text of UTF-16 units, one byte of some of which looks like a newline, comma, quote or NUL. */
const texts = dialects.chain((dialect) => {
  const { delimiter, quote } = dialect;
  const grammar = [delimiter, delimiter, quote, quote, '\n', '\n', '\r\n', '\r', ...extras(dialect)];
  const others = ['a', 'é', '日', '😀', '\u010a', '\u0a0d', '\u220d', '\u2c22', '\u222c', '\u0100', '\u2200'];
  return fc.record({
    dialect: fc.constant(dialect),
    text: fc
      .array(fc.constantFrom(...grammar, ...others), { maxLength: 60, size: 'max' })
      .map((pieces) => pieces.join('')),
    encoding: fc.constantFrom('utf-16le' as const, 'utf-16be' as const),
  });
});

const encode = (text: string, encoding: 'utf-16le' | 'utf-16be'): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
};
/** One byte for each unit, for the reference: its offsets are half of those in the file. */
const narrow = (text: string): Buffer =>
  Buffer.from(Array.from({ length: text.length }, (_, i) => Math.min(text.charCodeAt(i), 0x80)));
const reference = (text: string, dialect: Dialect) => parseReference(narrow(text), dialect);
const columns = ['a', 'b'];
const latin = (text: string): string => Buffer.from(text).toString('latin1');

const withoutValues = ({ rows, rejects }: Seen) => ({
  rows: rows.map(({ values: _, ...row }) => row),
  rejects: rejects.map(({ codes: _, ...reject }) => reject),
});

describe('text in UTF-16', () => {
  test('is read with the offsets of the file, and its records in UTF-8', async () => {
    await fc.assert(
      fc.asyncProperty(texts, sizes, async ({ dialect, text, encoding }, pieces) => {
        const { records, failure } = reference(text, dialect);
        const options = { columns, dialect, encoding, sourceOffset: 1000 };
        const seeing = see(parseRows(slicesOf(encode(text, encoding), pieces), options));
        if (failure !== undefined) {
          const { code, record, offset } = failure;
          const details = { row: record + 1, offset: 1000 + offset * 2 };
          expect(await failureOf(seeing)).toMatchObject({ code, details });
          return;
        }
        const wanted: ReturnType<typeof withoutValues> = { rows: [], rejects: [] };
        for (const [i, { start, end, next, fields, spoilt }] of records.entries()) {
          const place = { rowNumber: i + 1, byteOffset: 1000 + start * 2, raw: latin(text.slice(start, end)) };
          if (spoilt || fields.length !== 2) wanted.rejects.push(place);
          else wanted.rows.push({ ...place, newline: text.slice(end, next) });
        }
        expect(withoutValues(await seeing)).toEqual(wanted);
      }),
      { numRuns: 600 },
    );
  });

  test('is planned on a grid of whole units, in one pass and by ranges', async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        sizes,
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async ({ dialect, text, encoding }, pieces, chunkUnits, cells) => {
          const { records, failure } = reference(text, dialect);
          fc.pre(text.length > 0);
          const bytes = encode(text, encoding);
          const gridStart = 1000;
          const sourceEnd = gridStart + bytes.length;
          const ends = records.map(({ next }) => next);
          const units = ends.map((end, i) => ({ start: ends[i - 1] ?? 0, end, rows: 1 }));
          const rest = ends.at(-1) ?? 0;
          if (rest < text.length) units.push({ start: rest, end: text.length, rows: 0 });
          // Records may be so long that the grid is an eighth finer than the chunks; in units of two bytes.
          const chunkBytes = chunkUnits * 2;
          const stepUnits = Math.floor((chunkBytes - Math.floor(chunkBytes / 32)) / 2);
          const wanted = chunksOfCells(units, stepUnits, chunkUnits).map((chunk) => ({
            ...chunk,
            start: gridStart + chunk.start * 2,
            end: gridStart + chunk.end * 2,
          }));
          const planned: PlannedChunk[] = [];
          const planning = async (): Promise<void> => {
            const options = { dialect, encoding, chunkBytes, offset: gridStart };
            for await (const chunk of planChunks(slicesOf(bytes, pieces), options)) planned.push(chunk);
          };
          if (failure !== undefined) {
            const { code, offset } = failure;
            expect(await failureOf(planning())).toMatchObject({ code, details: { offset: gridStart + offset * 2 } });
            return;
          }
          await planning();
          expect(planned).toEqual(wanted);

          const stepBytes = stepUnits * 2;
          const scans: RangeScan[] = [];
          for (let firstCell = 0; gridStart + firstCell * stepBytes < sourceEnd; firstCell += cells) {
            const range = { dialect, encoding, gridStart, stepBytes, sourceEnd, firstCell, endCell: firstCell + cells };
            const { start, end } = rangeBytes(range);
            scans.push(await scanRange(slicesOf(bytes.subarray(start - gridStart, end - gridStart), pieces), range));
          }
          const reduced: PlannedChunk[] = [];
          const judge = async (): Promise<void> => {};
          const suspectBytes = defaultLimits.maxRecordBytes;
          const reducing = { start: gridStart, sourceEnd, mostBytes: chunkBytes, suspectBytes, judge };
          for await (const chunk of reduceScans(scans, reducing)) reduced.push(chunk);
          expect(reduced).toEqual(wanted);
        },
      ),
      { numRuns: 600 },
    );
  });
});
