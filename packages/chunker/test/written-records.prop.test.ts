import { type CsvRecord, passThrough, readBytes } from '@pipeline/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type OutputFormat, processChunk, type SplitOptions, writtenRecords } from '../src/index.ts';
import { locations, runOf, splitText } from './helpers.ts';

const field = fc.constantFrom('', 'a', '"b"', '"c,d"', '"e\nf"', '"g""h"', 'ü', '"::"', '7');
const row = fc.tuple(field, field, fc.constantFrom('\n', '\r\n')).map(([one, two, end]) => `${one},${two}${end}`);

async function* slices(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What one chunk wrote, behind its head, and its records as they are cut out of slices of some size. */
const written = async (text: string, format: OutputFormat, size: number, splitting: Partial<SplitOptions> = {}) => {
  const { store, chunks } = await splitText(text, splitting);
  const result = await processChunk(chunks[0]!, passThrough<CsvRecord>(), {
    store,
    locations,
    run: runOf(),
    ...format,
  });
  const bytes = Buffer.from(await readBytes(store, result.output.object)).subarray(result.headBytes);
  const records: Buffer[] = [];
  let whole = Buffer.alloc(0);
  for await (const some of writtenRecords(slices(bytes, size), result)) {
    whole = Buffer.concat([whole, some.span(0, some.length)]);
    for (let at = 0; at < some.length; at++) records.push(Buffer.from(some.span(at, at + 1)));
  }
  return { bytes, records, whole, rows: result.rowsWritten };
};

test('the records of an output are as many as were written, and laid end to end they are its bytes', async () => {
  const formats = fc.constantFrom<OutputFormat>(
    {},
    { format: 'jsonl' },
    { delimiter: ';', quote: "'" },
    { quoting: 'always', newline: 'crlf' },
    { headerRecord: false },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 20 }),
      formats,
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      async (rows, format, size, bom) => {
        const text = `${bom ? '\uFEFF' : ''}id,n\n${rows.join('').replace(/\r?\n$/, '')}`;
        const { bytes, records, whole, rows: count } = await written(text, format, size);
        expect(records.length).toBe(count);
        expect(Buffer.concat(records).equals(bytes)).toBe(true);
        expect(whole.equals(bytes)).toBe(true);
        for (const record of records.slice(0, -1)) expect(record.at(-1)).toBe(10);
      },
    ),
    { numRuns: 150 },
  );
});

test.each<[string, Partial<SplitOptions>, string, string[]]>([
  ['of several characters', { dialect: { delimiter: '::' } }, 'id::n\n1::"a\nb"\n2::c\n', ['1::"a\nb"\n', '2::c\n']],
  ['that end in lone CRs', { dialect: { loneCr: true } }, 'id,n\r1,a\r2,b\r', ['1,a\r', '2,b\r']],
  ['with NUL bytes', { text: { nul: 'keep' } }, 'id,n\n1,\0\n2,b\n', ['1,\0\n', '2,b\n']],
])('records %s are cut where they end', async (_, splitting, text, expected) => {
  const { records } = await written(text, {}, 3, splitting);
  expect(records.map(String)).toEqual(expected);
});

test('a row that is longer than any that may be read is still one', async () => {
  const long = 'x'.repeat(3000);
  const limits = { maxRecordBytes: 4000, maxFieldBytes: 4000, maxHeaderBytes: 100, maxColumns: 2 };
  const { records } = await written(`id,n\n${long},1\n2,b\n`, { quoting: 'always' }, 1000, { limits });
  expect(records.map(({ length }) => length)).toEqual([3007, 8]);
});
