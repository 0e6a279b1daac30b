import type { RecordPolicy, TextPolicy } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRows } from '../../src/index.ts';
import { dialects, extras, nastyBytes, sizes } from '../arbitraries.ts';
import { decodeText, isText } from '../decode-text.ts';
import { failureOf, see, slicesOf } from '../helpers.ts';
import { parseReference, type ReferenceRecord } from '../reference-parser.ts';

const files = dialects.chain((dialect) =>
  fc.record({
    dialect: fc.constant(dialect),
    bytes: nastyBytes(dialect.delimiter, dialect.quote, 60, [...extras(dialect), '\0', 'é😀', '\x81', '\xe9']).chain(
      (text) =>
        // As UTF-8, or with bytes that are none.
        fc.boolean().map((latin) => (latin ? Buffer.from(text.toString('utf8'), 'latin1') : text)),
    ),
    encoding: fc.constantFrom('utf-8' as const, 'utf-8' as const, 'iso-8859-1' as const, 'windows-1252' as const),
    strippedColumns: fc.integer({ min: 0, max: 2 }),
  }),
);
const textPolicies: fc.Arbitrary<TextPolicy> = fc.record({
  invalid: fc.constantFrom('reject' as const, 'replace' as const),
  nul: fc.constantFrom('reject' as const, 'replace' as const, 'keep' as const),
});
const recordPolicies: fc.Arbitrary<RecordPolicy> = fc.record({
  ragged: fc.constantFrom('reject' as const, 'pad' as const),
  empty: fc.constantFrom('reject' as const, 'pad' as const),
});

const columns = ['a', 'b'];

test('rows under every policy are what the reference makes of the bytes', async () => {
  let [rowsSeen, padded] = [0, 0];
  await fc.assert(
    fc.asyncProperty(files, textPolicies, recordPolicies, sizes, async (file, text, records, pieces) => {
      const { dialect, bytes, encoding, strippedColumns } = file;
      const { records: all, failure } = parseReference(bytes, dialect);
      const options = { columns, dialect, encoding, strippedColumns, text, records };
      if (failure !== undefined) {
        const { code, record, offset } = failure;
        const reading = see(parseRows(slicesOf(bytes, pieces), options));
        expect(await failureOf(reading)).toMatchObject({ code, details: { row: record + 1, offset } });
        return;
      }
      const textOf = (part: Uint8Array): string => {
        const decoded = decodeText(part, encoding);
        return text.nul === 'replace' ? decoded.replaceAll('\0', '\ufffd') : decoded;
      };
      /** The values of a record that is a row, or why it is none. */
      const judge = ({ start, end, fields, spoilt }: ReferenceRecord): string[] | 'reject' => {
        const raw = bytes.subarray(start, end);
        const blank = fields.length === 1 && start === end;
        const stripped = fields.length > strippedColumns ? strippedColumns : 0;
        const kept = fields.length - stripped;
        const wanted = columns.length + strippedColumns - stripped;
        const pads = (blank ? records.empty : records.ragged) === 'pad';
        if (spoilt || kept > wanted || (kept < wanted && !pads)) return 'reject';
        if (text.invalid === 'reject' && !isText(raw, encoding)) return 'reject';
        if (text.nul === 'reject' && raw.includes(0)) return 'reject';
        return fields.slice(0, kept).map(({ value }) => textOf(value));
      };
      const seen = new Map<number, string[]>();
      for await (const batch of parseRows(slicesOf(bytes, pieces), options)) {
        const { records: raw, positions, rows } = batch;
        for (const [index, position] of positions.entries()) {
          const values = raw.values(position);
          seen.set(raw.rowNumber(position), values);
          const { start, end, next, fields } = all[raw.rowNumber(position) - 1]!;
          expect(raw.byteOffset(position)).toBe(start);
          expect(columns.map((_, column) => raw.field(position, column))).toEqual(columns.map((_, i) => values[i]));
          expect(columns.map((name) => rows[index]![name])).toEqual(columns.map((_, i) => values[i]));
          const kept = fields.length > strippedColumns ? fields.length - strippedColumns : fields.length;
          const content = textOf(bytes.subarray(start, fields[kept - 1]!.end));
          const pad = dialect.delimiter.repeat(Math.max(0, columns.length - kept));
          if (pad !== '') padded++;
          expect(Buffer.from(raw.bytes(position)).toString()).toBe(content + pad);
          expect(Buffer.from(raw.newline(position))).toEqual(Buffer.from(bytes.subarray(end, next)));
        }
        // What stands side by side may leave in one piece only if that is what the records are, one by one.
        for (let from = 0; from < raw.length; from++) {
          const span = raw.span(from, raw.length);
          if (span === undefined) continue;
          const parts = Array.from({ length: raw.length - from }, (_, i) => [
            raw.bytes(from + i),
            raw.newline(from + i),
          ]);
          expect(Buffer.from(span)).toEqual(Buffer.concat(parts.flat()));
        }
        for (const { rowNumber, byteOffset } of batch.rejects) expect(byteOffset).toBe(all[rowNumber - 1]!.start);
        rowsSeen += positions.length;
      }
      const wanted = all.flatMap((record, i) => {
        const values = judge(record);
        return values === 'reject' ? [] : [[i + 1, values] as const];
      });
      const full = wanted.map(([row, values]) => [row, [...values, ...columns.slice(values.length).map(() => '')]]);
      expect([...seen]).toEqual(full);
    }),
    { numRuns: 1500 },
  );
  expect(rowsSeen).toBeGreaterThan(1000);
  expect(padded).toBeGreaterThan(100);
});
