import { defaultLimits } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRows } from '../../src/index.ts';
import { sizes } from '../arbitraries.ts';
import { failureOf, type Seen, see, slicesOf } from '../helpers.ts';
import { nastyIn } from './arbitraries.ts';
import { parseReference, type ReferenceRecord } from './reference.ts';

const columns = ['a', 'b'];
const latin = (bytes: Buffer, { start, end }: { start: number; end: number }): string =>
  bytes.toString('latin1', start, end);
const isText = (bytes: Buffer, { start, end }: ReferenceRecord): boolean =>
  bytes.subarray(start, end).equals(Buffer.from(bytes.toString('utf8', start, end)));

const codesOf = (bytes: Buffer, record: ReferenceRecord): string[] => [
  ...(record.spoilt ? ['ROW_BAD_QUOTE'] : []),
  ...(record.fields.length === columns.length ? [] : ['ROW_FIELD_COUNT']),
  ...(isText(bytes, record) ? [] : ['ROW_ENCODING']),
  ...(bytes.subarray(record.start, record.end).includes(0) ? ['ROW_NUL'] : []),
];

/** What the reference sees, from row 7 at offset 1000 on. */
const expectedOf = (bytes: Buffer, records: readonly ReferenceRecord[]): Omit<Seen, 'batchRows'> => {
  const seen: Omit<Seen, 'batchRows'> = { rows: [], rejects: [], warnings: {} };
  for (const [i, record] of records.entries()) {
    const place = { rowNumber: i + 7, byteOffset: record.start + 1000, raw: latin(bytes, record) };
    const codes = codesOf(bytes, record);
    if (codes.length > 0) {
      seen.rejects.push({ ...place, codes });
      continue;
    }
    const newline = latin(bytes, { start: record.end, end: record.next });
    seen.rows.push({ ...place, newline, values: record.fields.map(({ value }) => value) });
    if (record.stray) seen.warnings['ROW_STRAY_QUOTE|quotes|'] = (seen.warnings['ROW_STRAY_QUOTE|quotes|'] ?? 0) + 1;
  }
  return seen;
};

test('rows and rejects are those of the grammar, however the bytes are sliced', async () => {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(
      nastyIn(),
      sizes,
      fc.integer({ min: 1, max: 5 }),
      async ({ dialect, bytes }, pieces, batchRows) => {
        const { records, failure } = parseReference(bytes, dialect);
        fc.pre(failure === undefined);
        const options = { dialect, columns, batchRows, sourceOffset: 1000, firstRow: 7 };
        const { batchRows: lengths, ...seen } = await see(parseRows(slicesOf(bytes, pieces), options));
        expect(seen).toEqual(expectedOf(bytes, records));
        expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(batchRows);
        rows += seen.rows.length;
      },
    ),
    { numRuns: 1500 },
  );
  expect(rows).toBeGreaterThan(500);
});

test('what is over the cap, or never closed, fails with its row and place', async () => {
  await fc.assert(
    fc.asyncProperty(nastyIn(40), sizes, fc.integer({ min: 0, max: 12 }), async ({ dialect, bytes }, pieces, cap) => {
      const { failure, records } = parseReference(bytes, dialect, cap);
      const options = { dialect, columns, limits: { ...defaultLimits, maxRecordBytes: cap } };
      const read = see(parseRows(slicesOf(bytes, pieces), options));
      if (failure === undefined) {
        const { rows, rejects } = await read;
        expect(rows.length + rejects.length).toBe(records.length);
        return;
      }
      const { code, offset, record } = failure;
      expect(await failureOf(read)).toMatchObject({ code, details: { offset, row: record + 1, maxRecordBytes: cap } });
    }),
    { numRuns: 1000 },
  );
});
