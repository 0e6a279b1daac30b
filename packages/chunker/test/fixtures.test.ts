import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { passThrough, readBytes } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { type DialectOptions, openCsv, processChunk, readObjectRows, readRows } from '../src/index.ts';
import { chunksOf, input, locations, runOf, see, slicing, splitText, storeWith } from './helpers.ts';

interface Expected {
  readonly note: string;
  readonly dialect?: DialectOptions;
  readonly bom: boolean;
  readonly newline: 'lf' | 'crlf';
  readonly columns: readonly string[];
  readonly strippedColumns?: number;
  readonly strayQuotes: number;
  readonly rows: readonly { rowNumber: number; byteOffset: number; values: readonly string[] }[];
  readonly rejects: readonly { rowNumber: number; byteOffset: number; codes: readonly string[] }[];
}

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.csv'))
  .map((file) => {
    const name = file.slice(0, -'.csv'.length);
    return {
      name,
      bytes: readFileSync(folder + file),
      expected: JSON.parse(readFileSync(`${folder}${name}.rows.json`, 'utf8')) as Expected,
    };
  });

test('every fixture has its pair', () => {
  expect(readdirSync(folder)).toHaveLength(cases.length * 2);
  expect(cases.length).toBeGreaterThanOrEqual(25);
});

describe.each(cases)('$name', ({ bytes, expected }) => {
  const holds = (seen: Awaited<ReturnType<typeof see>>): void => {
    expect(seen.rows.map(({ rowNumber, byteOffset, values }) => ({ rowNumber, byteOffset, values }))).toEqual(
      expected.rows,
    );
    expect(seen.rejects.map(({ raw: _, ...reject }) => reject)).toEqual(expected.rejects);
    const warned = Object.values(seen.warnings).reduce((sum, count) => sum + count, 0);
    expect(warned).toBe(expected.strayQuotes);
  };

  test('its header is what it should be', async () => {
    const source = await openCsv(input, { store: await storeWith(bytes), ...expected.dialect });
    expect(source).toMatchObject({
      bom: expected.bom,
      columns: expected.columns,
      strippedColumns: expected.strippedColumns ?? 0,
      sizeBytes: bytes.length,
    });
    expect(source.dialect).toEqual({ delimiter: ',', quote: '"', ...expected.dialect, newline: expected.newline });
  });

  test.each([[[1]], [[2, 3]], [[7]], [[1_000_000]]])(
    'its rows and rejects come out, read in pieces of %j',
    async (sizes) => {
      const store = slicing(await storeWith(bytes), sizes);
      holds(await see(readObjectRows(input, { store, ...expected.dialect })));
    },
  );

  test.each([
    ['byte ranges', false, 1],
    ['byte ranges of a few rows', false, 30],
    ['written chunks', true, 20],
  ])('its chunks hold the same (%s)', async (_, materialize, chunkBytes) => {
    const { store, chunks, manifest } = await splitText(bytes, {
      materialize,
      chunkBytes,
      ...(expected.dialect === undefined ? {} : { dialect: expected.dialect }),
    });
    const all = { rows: [], rejects: [], warnings: {}, batchRows: [] } as Awaited<ReturnType<typeof see>>;
    for (const chunk of chunks) {
      const seen = await see(readRows(chunk, { store }));
      all.rows.push(...seen.rows);
      all.rejects.push(...seen.rejects);
      for (const [key, count] of Object.entries(seen.warnings)) all.warnings[key] = (all.warnings[key] ?? 0) + count;
    }
    holds(all);
    expect(manifest.rowCount).toBe(expected.rows.length + expected.rejects.length);
  });

  test('the sound rows leave byte for byte', async () => {
    const dialect = expected.dialect === undefined ? {} : { dialect: expected.dialect };
    const { store, manifest } = await splitText(bytes, { chunkBytes: 25, ...dialect });
    const written: Uint8Array[] = [];
    for (const chunk of await chunksOf(manifest)) {
      const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
      written.push(await readBytes(store, result.output.object));
    }
    const [source] = manifest.sources;
    const { rows } = await see(readObjectRows(input, { store, ...expected.dialect }));
    const wanted = Buffer.concat([
      Buffer.from(expected.bom ? '\uFEFF' : ''),
      Buffer.from(source!.headerText),
      ...rows.map(({ raw, newline }) => Buffer.from(raw + newline, 'latin1')),
    ]);
    expect(Buffer.concat(written).toString('latin1')).toBe(wanted.toString('latin1'));
  });
});
