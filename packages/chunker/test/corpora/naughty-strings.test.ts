import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { passThrough, readBytes } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import {
  formatField,
  openCsv,
  processChunk,
  readObjectRows,
  readRows,
  rejectBytes,
  rejectLineOf,
} from '../../src/index.ts';
import { comma, failureOf, input, locations, runOf, see, splitText, storeWith } from '../helpers.ts';

// https://github.com/minimaxir/big-list-of-naughty-strings
const file = createRequire(import.meta.url).resolve('big-list-of-naughty-strings');
const naughty = JSON.parse(readFileSync(file, 'utf8')) as string[];
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

test('there are some hundred naughty strings', () => {
  expect(naughty.length).toBeGreaterThan(450);
});

describe('naughty strings as cells', () => {
  const rows = naughty.map((value, i) => [String(i), value, value]);
  const text = `id,quoted,bare\n${rows
    .map(([id, value]) => `${id},${quoted(value!)},${/[",\r\n]/.test(value!) ? quoted(value!) : value}\n`)
    .join('')}`;

  test('are read as they are', async () => {
    const seen = await see(readObjectRows(input, { store: await storeWith(text) }));
    expect(seen.rejects).toEqual([]);
    expect(seen.rows.map(({ values }) => values)).toEqual(rows);
  });

  test('are cut into chunks and written byte for byte', async () => {
    const { store, chunks } = await splitText(text, { chunkBytes: 500 });
    expect(chunks.length).toBeGreaterThan(20);
    const written: Uint8Array[] = [];
    for (const chunk of chunks) {
      const { output } = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
      written.push(await readBytes(store, output.object));
    }
    expect(Buffer.concat(written).equals(Buffer.from(text))).toBe(true);
  });

  test('that a stage assigned are read back as they were', async () => {
    const assigned = `id,value\n${naughty.map((value, i) => `${i},${formatField(value, comma)}\n`).join('')}`;
    const { rows, rejects, warnings } = await see(readObjectRows(input, { store: await storeWith(assigned) }));
    expect(rejects).toEqual([]);
    expect(warnings).toEqual({});
    expect(rows.map(({ values }) => values[1])).toEqual(naughty);
  });

  test('of rejects come back byte for byte', async () => {
    const records = naughty.map((value) => `${quoted(value)},short`);
    const { store, chunks } = await splitText(`a,b,c\n${records.join('\n')}\n`);
    const raws: string[] = [];
    for await (const { rejects } of readRows(chunks[0]!, { store }))
      for (const reject of rejects) {
        const line = JSON.parse(JSON.stringify(rejectLineOf(reject))) as Parameters<typeof rejectBytes>[0];
        raws.push(Buffer.from(rejectBytes(line)).toString());
      }
    expect(raws).toEqual(records);
  });
});

describe('naughty strings as names of columns', () => {
  const header = (names: readonly string[]): string => `${names.map((name) => formatField(name, comma)).join(',')}\n`;

  test('are columns under just that name, or refused by it', async () => {
    let refused = 0;
    for (const name of naughty) {
      const store = await storeWith(`${header(['id', name])}1,2\n`);
      try {
        expect((await openCsv(input, { store })).columns).toEqual(['id', name]);
        for await (const { rows } of readObjectRows(input, { store }))
          expect(Object.entries(rows[0] ?? {})).toContainEqual([name, '2']);
      } catch {
        refused++;
        const { code, details } = await failureOf(openCsv(input, { store }));
        expect(code).toBe('CSV_BAD_HEADER');
        // A name of nothing that can be seen has none to tell.
        expect(details.column ?? '').toBe(details.column === undefined ? '' : name);
      }
    }
    expect(refused).toBeLessThan(30);
  });

  test('are all in one header', async () => {
    const names = [...new Set(naughty.map((name) => name.normalize('NFC')))].filter(
      (name) =>
        name.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim() !== '' &&
        !(name in Object.prototype) &&
        !name.startsWith('\ufeff'),
    );
    expect(names.length).toBeGreaterThan(400);
    const { columns } = await openCsv(input, { store: await storeWith(header(names)) });
    expect(columns).toEqual(names);
  });
});
