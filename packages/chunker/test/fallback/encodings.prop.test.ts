import type { CsvEncoding } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRows, planChunks } from '../../src/index.ts';
import { sizes } from '../arbitraries.ts';
import { failureOf, see, slicesOf } from '../helpers.ts';
import { nastyIn } from './arbitraries.ts';
import { parseReference } from './reference.ts';

/** Only characters on which Windows-1252 and ISO-8859-1 agree, or UTF-16, which has all. */
const encode = (text: string, encoding: CsvEncoding): Buffer =>
  encoding === 'utf-16le'
    ? Buffer.from(text, 'utf16le')
    : encoding === 'utf-16be'
      ? Buffer.from(text, 'utf16le').swap16()
      : Buffer.from(text, 'latin1');
const fits = (text: string, encoding: CsvEncoding): boolean =>
  encoding.startsWith('utf') || [...text].every((c) => c <= 'ÿ' && (c < '\x80' || c > '\x9f'));

const encodings = ['utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'] as const;

describe.each(encodings)('in %s', (encoding) => {
  const sound = nastyIn().filter(
    ({ dialect, bytes }) =>
      !bytes.toString().includes('\ufffd') &&
      fits(bytes.toString() + Object.values(dialect).join(''), encoding) &&
      parseReference(bytes, dialect).failure === undefined,
  );
  const options = { columns: ['a', 'b'], encoding, sourceOffset: 100, text: { nul: 'keep' } } as const;

  test('rows and chunks are those of the same text in UTF-8, at the places of the source', async () => {
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(sound, sizes, async ({ dialect, bytes: utf8 }, pieces) => {
        const bytes = encode(utf8.toString(), encoding);
        const { records } = parseReference(utf8, dialect);
        const placeOf = (at: number): number => 100 + encode(utf8.toString('utf8', 0, at), encoding).length;
        const seen = await see(parseRows(slicesOf(bytes, pieces), { ...options, dialect }));
        const all = [...seen.rows, ...seen.rejects].sort((a, b) => a.rowNumber - b.rowNumber);
        expect(all.map(({ byteOffset, raw }) => [byteOffset, raw])).toEqual(
          records.map(({ start, end }) => [placeOf(start), utf8.toString('latin1', start, end)]),
        );
        rows += seen.rows.length;
        const ends: number[] = [];
        for await (const chunk of planChunks(slicesOf(bytes, pieces), { dialect, encoding, offset: 100, chunkRows: 1 }))
          ends.push(chunk.end);
        expect(ends.slice(0, records.length)).toEqual(records.map(({ next }) => placeOf(next)));
      }),
      { numRuns: 200 },
    );
    expect(rows).toBeGreaterThan(50);
  });

  test('caps count bytes of the source', async () => {
    const text = 'éé¦é\néé¦éé\n';
    const most = encode('éé¦é', encoding).length;
    const limits = { maxRecordBytes: most, maxFieldBytes: 1000, maxHeaderBytes: 1000, maxColumns: 10 };
    const dialect = { delimiter: '¦', quote: '"' };
    const bytes = encode(text, encoding);
    for (const size of [1, 3, 1000]) {
      const read = see(parseRows(slicesOf(bytes, [size]), { ...options, dialect, limits }));
      const offset = 100 + encode('éé¦é\n', encoding).length;
      expect(await failureOf(read)).toMatchObject({ code: 'CSV_ROW_TOO_LARGE', details: { row: 2, offset } });
    }
  });
});

test('what is no text rejects its row with its own bytes, or is replaced', async () => {
  const bytes = Buffer.from('1¦a\x81\n2¦é\n', 'latin1');
  const options = { columns: ['a', 'b'], dialect: { delimiter: '¦', quote: '"' }, encoding: 'windows-1252' } as const;
  const rejected = await see(parseRows(slicesOf(bytes, [2]), options));
  expect(rejected.rejects).toEqual([{ rowNumber: 1, byteOffset: 0, raw: '1¦a\x81', codes: ['ROW_ENCODING'] }]);
  expect(rejected.rows.map(({ values, byteOffset }) => [values, byteOffset])).toEqual([[['2', 'é'], 5]]);
  const replaced = await see(parseRows(slicesOf(bytes, [2]), { ...options, text: { invalid: 'replace' } }));
  expect(replaced.rows.map(({ values }) => values)).toEqual([
    ['1', 'a\ufffd'],
    ['2', 'é'],
  ]);
});

test('half a unit at the end of UTF-16 belongs to the last chunk', async () => {
  const bytes = Buffer.concat([Buffer.from('a¦b\nc¦d', 'utf16le'), Buffer.from('x')]);
  const chunks = [];
  const options = { dialect: { delimiter: '¦', quote: '"' }, encoding: 'utf-16le', chunkRows: 1 } as const;
  for await (const chunk of planChunks(slicesOf(bytes, [3]), options)) chunks.push(chunk);
  expect(chunks.map(({ start, end }) => [start, end])).toEqual([
    [0, 8],
    [8, 15],
  ]);
});
