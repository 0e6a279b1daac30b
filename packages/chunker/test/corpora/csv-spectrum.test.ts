import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readObjectRows } from '../../src/index.ts';
import { input, storeWith } from '../helpers.ts';

// https://github.com/maxogden/csv-spectrum: a CSV file each, and the rows that a parser must make of it.
const spectrum = dirname(createRequire(import.meta.url).resolve('csv-spectrum'));
const names = readdirSync(join(spectrum, 'csvs')).map((file) => file.slice(0, -'.csv'.length));

test('csv-spectrum has its twelve files', () => {
  expect(names).toHaveLength(12);
});

/** One of its answers is a row instead of a list of rows, and names a number that is not the one in its CSV file. */
const corrected = (name: string, answer: object): object =>
  name === 'location_coordinates' ? [{ ...answer, 'Contact Phone Number': '2095257564' }] : answer;

describe.each(names)('csv-spectrum: %s', (name) => {
  const bytes = readFileSync(join(spectrum, 'csvs', `${name}.csv`));
  const answer = JSON.parse(readFileSync(join(spectrum, 'json', `${name}.json`), 'utf8')) as object;
  const wanted = corrected(name, answer);

  test.each([
    ['told nothing', {}],
    ['detecting everything', { detect: true, minConfidence: 0 }],
  ])('is read as it should be, %s', async (_, options) => {
    const rows: object[] = [];
    for await (const batch of readObjectRows(input, { store: await storeWith(bytes), ...options })) {
      expect(batch.rejects).toEqual([]);
      rows.push(...batch.rows);
    }
    expect(rows).toEqual(wanted);
  });
});
