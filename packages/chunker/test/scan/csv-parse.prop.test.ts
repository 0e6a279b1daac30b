import type { CsvEncoding } from '@pipeline/core';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRows } from '../../src/read/parse-rows.ts';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { sizes } from '../arbitraries.ts';
import { slicesOf } from '../helpers.ts';
import { rowsByAllWays } from '../rows-by-all-ways.ts';
import { wellFormed, written } from './well-formed.ts';

const byCsvParse = (
  text: string,
  { delimiter, quote, escape: escaper = quote, comment, loneCr = false }: ScanDialect,
) =>
  parse(text, {
    delimiter,
    quote: quote === '' ? null : quote,
    escape: quote === '' ? null : escaper,
    record_delimiter: loneCr ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'],
    relax_column_count: true,
    ...(comment === undefined ? {} : { comment, comment_no_infix: true }),
  }) as string[][];

describe('csv-parse reads the same values', () => {
  test('in every dialect that it knows, by name, by place and one by one', async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed, sizes, fc.integer({ min: 1, max: 9 }), async (file, pieces, batchRows) => {
        const { dialect, text, columns, strippedColumns, rows } = file;
        const slices = slicesOf(Buffer.from(text), pieces);
        const { values } = await rowsByAllWays(parseRows(slices, { dialect, columns, strippedColumns, batchRows }));
        expect(values).toEqual(rows.map((row) => row.slice(0, columns.length)));
        expect(byCsvParse(text, dialect)).toEqual(rows);
      }),
      { numRuns: 600 },
    );
  });

  test('in UTF-16, whatever the slices part', async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed, sizes, fc.boolean(), async (file, pieces, bigEndian) => {
        const { dialect, text, columns, strippedColumns, rows } = file;
        const bytes = Buffer.from(text, 'utf16le');
        const slices = slicesOf(bigEndian ? bytes.swap16() : bytes, pieces);
        const encoding = bigEndian ? 'utf-16be' : 'utf-16le';
        const { values } = await rowsByAllWays(parseRows(slices, { dialect, columns, strippedColumns, encoding }));
        expect(values).toEqual(rows.map((row) => row.slice(0, columns.length)));
      }),
      { numRuns: 300 },
    );
  });

  /** Rows of one kind, for some hundred kilobytes. */
  const many = (count: number, row: (i: number) => string[]): string[][] =>
    Array.from({ length: count }, (_, i) => row(i));
  const long = (length: number, text: string): string => text.repeat(Math.ceil(length / text.length));
  const large: readonly [string, () => string[][]][] = [
    ['many short rows', () => many(20_000, (i) => [`${i}`, 'abc', i % 3 === 0 ? '' : 'x'])],
    ['many quoted rows', () => many(10_000, (i) => [`${i}`, 'a "b"\r\n,', 'x,y', '\n'])],
    ['text of every width', () => many(10_000, (i) => ['é', `日本${i}`, '😀'.repeat(i % 4), 'a\n😀"é'])],
    ['one row beyond ASCII', () => many(30_000, (i) => [`${i}`, i === 20_000 ? '😀,é' : 'plain'])],
    ['300 columns', () => many(300, (i) => Array.from({ length: 300 }, (_, c) => (c % 50 === 0 ? `"${i},` : `v${c}`)))],
    ['256 columns', () => many(300, (i) => Array.from({ length: 256 }, (_, c) => (c % 50 === 0 ? `"${i},` : `v${c}`)))],
    [
      'long records that no window holds at first',
      () => [
        ['1', long(600_000, 'x'), ''],
        ['2', 'short', 'é'],
        ['3', long(700_000, 'a\n"b",'), long(200_000, 'y')],
        ['4', long(900_000, '😀é'), 'z'],
        ...many(10_000, (i) => [`${i}`, 'q"q', 'end']),
        ['5', '', long(1_000_000, '",\r\n')],
      ],
    ],
  ];
  const largeDialects: readonly [string, ScanDialect, CsvEncoding][] = [
    ['RFC 4180', { delimiter: ',', quote: '"' }, 'utf-8'],
    ['every extension', { delimiter: '\t', quote: "'", escape: '\\', comment: '#', loneCr: true }, 'utf-8'],
    ['UTF-16', { delimiter: ';', quote: '"' }, 'utf-16le'],
  ];
  const cases = large.flatMap(([name, make]) =>
    largeDialects.map(([kind, dialect, encoding]) => ({ name, kind, make, dialect, encoding })),
  );
  test.each(cases)('in files of several windows: $name, $kind', async ({ make, dialect, encoding }) => {
    const rows = make();
    const newline = dialect.loneCr === true ? '\r' : '\n';
    const lines = rows.map(
      (row) => row.map((value) => written(value, dialect, false)).join(dialect.delimiter) + newline,
    );
    const text = lines.join('');
    const columns = rows[0]!.map((_, i) => `c${i}`);
    const limits = { maxRecordBytes: 4_000_000, maxFieldBytes: 4_000_000, maxHeaderBytes: 1, maxColumns: 400 };
    const coding = encoding === 'utf-8' ? 'utf8' : 'utf16le';
    const slices = slicesOf(Buffer.from(text, coding), [65_537]);
    const { values, offsets } = await rowsByAllWays(parseRows(slices, { dialect, columns, limits, encoding }));
    expect(values).toEqual(rows);
    const starts = [0];
    for (const line of lines) starts.push(starts.at(-1)! + Buffer.byteLength(line, coding));
    expect(offsets).toEqual(starts.slice(0, -1));
    if (encoding === 'utf-8') expect(byCsvParse(text, dialect)).toEqual(rows);
  });
});
