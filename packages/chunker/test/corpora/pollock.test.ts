import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { readObjectRows, readRows } from '../../src/index.ts';
import { input, type Seen, see, splitText, storeWith } from '../helpers.ts';
import { readFile } from './read-file.ts';

// The folder `polluted_files/csv` of https://github.com/HPI-Information-Systems/Pollock: one file, polluted in one place each.
// It is read where it lies, and is no part of this repository.
const folder = process.env.POLLOCK_FILES;
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.csv'));
const read = (name: string): Buffer => readFileSync(join(folder!, name));
const timeout = 900_000;

/** The data row that a delimiter was taken from or added to; `0` is the header. */
const raggedRow = (name: string): number => Number(/^row_(?:less|more)_sep_row(\d+)_col\d+\.csv$/.exec(name)?.[1] ?? 0);
const whole = async (bytes: Buffer): Promise<Seen> => see(readObjectRows(input, { store: await storeWith(bytes) }));
const values = ({ rows }: Pick<Seen, 'rows'>): unknown[] => rows.map((row) => row.values);

describe.skipIf(folder === undefined)('the files of Pollock', () => {
  test('with a ragged row have just that row rejected, at its place', { timeout }, async () => {
    const source = await whole(read('source.csv'));
    expect(source.rejects).toEqual([]);
    const ragged = names.filter((name) => raggedRow(name) > 0);
    expect(ragged.length).toBeGreaterThan(1000);
    let byWarning = 0;
    for (const [index, name] of ragged.entries()) {
      const row = raggedRow(name);
      const seen = await whole(read(name));
      const { byteOffset } = source.rows[row - 1]!;
      const others = { rows: source.rows.filter(({ rowNumber }) => rowNumber !== row) };
      if (seen.rejects.length === 0) {
        // The quotes of the field behind the delimiter that was taken stand inside a field now, and the comma between them
        // parts fields: the row has as many as it should, and is told by its stray quotes alone.
        expect(seen.warnings, name).toEqual({ 'ROW_STRAY_QUOTE|quotes|': 1 });
        expect(values({ rows: seen.rows.filter(({ rowNumber }) => rowNumber !== row) }), name).toEqual(values(others));
        byWarning++;
        continue;
      }
      expect(seen.rejects, name).toMatchObject([{ rowNumber: row, byteOffset }]);
      expect(seen.rejects[0]?.codes, name).toContain('ROW_FIELD_COUNT');
      expect(values(seen), name).toEqual(values(others));
      if (index % 20 > 0) continue;
      const { store, chunks } = await splitText(read(name), { chunkBytes: 700 });
      const parts: Seen[] = [];
      for (const chunk of chunks) parts.push(await see(readRows(chunk, { store })));
      expect(
        parts.flatMap(({ rejects }) => rejects),
        name,
      ).toEqual(seen.rejects);
      expect(
        parts.flatMap(({ rows }) => rows),
        name,
      ).toEqual(seen.rows);
    }
    expect(byWarning).toBeLessThan(ragged.length / 20);
  });

  test('are all read, every record as a row or a reject, or refused with a code', { timeout }, async () => {
    const odd: string[] = [];
    for (const name of names) {
      const { error, rows, rejects } = await readFile(read(name), {});
      if (
        error === undefined
          ? rows + rejects === 0 && !/header_only|no_payload/.test(name)
          : !errorCodes.includes(error as never)
      )
        odd.push(`${name}: ${error}, ${rows} + ${rejects}`);
    }
    expect(odd).toEqual([]);
  });
});
