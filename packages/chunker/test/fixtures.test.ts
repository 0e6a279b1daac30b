import { readdirSync } from 'node:fs';
import { passThrough, readBytes } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { openCsv, parseRows, planChunks, processChunk, readObjectRows, readRows } from '../src/index.ts';
import { fixtureFolder, fixtures, openFixture, optionsOf } from './fixture-files.ts';
import {
  chunksOf,
  input,
  locations,
  runOf,
  type Seen,
  see,
  slicesOf,
  slicing,
  splitText,
  storeWith,
} from './helpers.ts';

const long = process.env.TEST_LONG === '1';

/** Rows and rejects of what was read part by part. */
const joined = (parts: readonly Seen[]): Seen => {
  const all: Seen = { rows: [], rejects: [], warnings: {}, batchRows: [] };
  for (const { rows, rejects, warnings } of parts) {
    all.rows.push(...rows);
    all.rejects.push(...rejects);
    for (const [key, count] of Object.entries(warnings)) all.warnings[key] = (all.warnings[key] ?? 0) + count;
  }
  return all;
};

test('every fixture has its pair', () => {
  expect(readdirSync(fixtureFolder)).toHaveLength(fixtures.length * 2);
  expect(fixtures.length).toBeGreaterThanOrEqual(60);
});

describe.each(fixtures)('$name', ({ bytes, expected }) => {
  const options = optionsOf(expected);
  const holds = (seen: Seen): void => {
    expect(seen.rows.map(({ rowNumber, byteOffset, values }) => ({ rowNumber, byteOffset, values }))).toEqual(
      expected.rows,
    );
    expect(seen.rejects.map(({ raw: _, ...reject }) => reject)).toEqual(expected.rejects);
    const warned = Object.values(seen.warnings).reduce((sum, count) => sum + count, 0);
    expect(warned).toBe(expected.strayQuotes);
  };
  const opened = () => openFixture(bytes, expected);

  test('its header is what it should be', async () => {
    const source = await openCsv(input, { store: await storeWith(bytes), ...options });
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
      holds(await see(readObjectRows(input, { store, ...options })));
    },
  );

  test.runIf(bytes.length <= 4096)('cut in two at any byte, it is the same', async () => {
    const { body, start, reading } = await opened();
    for (let cut = 1; cut < body.length; cut++)
      holds(await see(parseRows(slicesOf(body, [cut, body.length]), { ...reading, sourceOffset: start })));
  });

  test('its chunks, of any number, hold the same', async () => {
    const { body, start, reading } = await opened();
    const most = Math.min(body.length, long ? 200 : 12);
    const sizes = [
      ...Array.from({ length: most }, (_, i) => ({ chunkCount: i + 1, sourceEnd: bytes.length })),
      ...Array.from({ length: most }, (_, i) => ({ chunkBytes: i + 1 })),
      ...Array.from({ length: 5 }, (_, i) => ({ chunkRows: i + 1 })),
    ];
    for (const size of sizes) {
      const parts: Seen[] = [];
      let at = start;
      for await (const chunk of planChunks(slicesOf(body, [5]), { ...reading, ...size, offset: start })) {
        expect(chunk.start).toBe(at);
        at = chunk.end;
        const piece = slicesOf(bytes.subarray(chunk.start, chunk.end), [11]);
        parts.push(await see(parseRows(piece, { ...reading, sourceOffset: chunk.start, firstRow: chunk.firstRow })));
        expect(parts.at(-1)!.batchRows.reduce((sum, count) => sum + count, 0)).toBe(chunk.rowCount);
      }
      expect(at).toBe(body.length === 0 ? start : bytes.length);
      holds(joined(parts));
    }
  });

  test.each([
    ['byte ranges', { chunkBytes: 1 }],
    ['byte ranges of a few rows', { chunkBytes: 30 }],
    ['byte ranges that were scanned side by side', { chunkBytes: 9, plan: 'parallel' }],
    ['written chunks', { chunkBytes: 20, materialize: true }],
  ] as const)('it is split into the same (%s)', async (_, size) => {
    const { dialect = {}, source = {} } = expected;
    const { store, chunks, manifest } = await splitText(bytes, { ...size, dialect, ...source });
    const parts: Seen[] = [];
    for (const chunk of chunks) parts.push(await see(readRows(chunk, { store })));
    holds(joined(parts));
    expect(manifest.rowCount).toBe(expected.rows.length + expected.rejects.length);
  });

  test('the sound rows leave byte for byte', async () => {
    const { dialect = {}, source = {} } = expected;
    const { store, manifest } = await splitText(bytes, { chunkBytes: 25, dialect, ...source });
    const written: Uint8Array[] = [];
    for (const chunk of await chunksOf(manifest)) {
      const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
      written.push(await readBytes(store, result.output.object));
    }
    const { rows } = await see(readObjectRows(input, { store, ...options }));
    const wanted = Buffer.concat([
      Buffer.from(expected.bom ? '\uFEFF' : ''),
      Buffer.from(manifest.sources[0]!.headerText),
      ...rows.map(({ raw, newline }) => Buffer.from(raw + newline, 'latin1')),
    ]);
    expect(Buffer.concat(written).toString('latin1')).toBe(wanted.toString('latin1'));
  });
});
