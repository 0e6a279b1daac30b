import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { RowBatch } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { type ParseRowsOptions, parseRows } from '../src/index.ts';
import { fixtures, openFixture } from './fixture-files.ts';

const long = process.env.TEST_LONG === '1';
/** Files of up to so many bytes are cut at every two places. */
const everywhereBytes = long ? 4096 : 256;
/** The longest of them alone takes some 20 minutes, and an hour on a slow machine. */
const longestMs = long ? 3 * 3_600_000 : undefined;
/** Of longer ones, only every 61st first cut is tried, and of the second cuts those near it and every 61st. */
const stride = 61;

const spectrum = join(dirname(createRequire(import.meta.url).resolve('csv-spectrum')), 'csvs');
const files = [
  ...fixtures,
  ...readdirSync(spectrum).map((name) => ({
    name: `csv-spectrum ${name}`,
    bytes: readFileSync(join(spectrum, name)),
    expected: {},
  })),
].filter(({ bytes }) => bytes.length <= 4096);

/** Pieces that lie apart in memory, as a network brings them. */
async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to > from) yield Uint8Array.from(bytes.subarray(from, to));
    from = to;
  }
}

/** All that the batches tell, as one text. */
const account = async (batches: AsyncIterable<RowBatch<unknown>>): Promise<string> => {
  const told: unknown[] = [];
  for await (const { records, positions, rejects, warnings } of batches) {
    for (const position of positions)
      told.push(records.rowNumber(position), records.byteOffset(position), records.values(position));
    for (const { rowNumber, byteOffset, issues } of rejects) told.push(rowNumber, byteOffset, issues);
    told.push(warnings);
  }
  return JSON.stringify(told);
};

/** Where a text of this length is cut. */
function* twoCuts(length: number): Generator<readonly [number, number]> {
  const everywhere = length <= everywhereBytes;
  for (let first = 1; first < length; first += everywhere ? 1 : stride)
    for (let second = first; second < length; second++)
      if (everywhere || second - first < 3 || (second - first) % stride === 0) yield [first, second];
}

let cases = 0;
describe.each(files)('$name', ({ bytes, expected }) => {
  test(
    'cut in three anywhere, it is the same',
    async () => {
      const { body, start, reading } = await openFixture(bytes, expected);
      const options: ParseRowsOptions = { ...reading, sourceOffset: start };
      const whole = await account(parseRows(pieces(body, []), options));
      for (const cuts of twoCuts(body.length)) {
        cases++;
        const cut = await account(parseRows(pieces(body, cuts), options));
        if (cut !== whole) expect(cut, `cut at ${cuts}`).toBe(whole);
      }
    },
    longestMs,
  );
});

test('many places were tried', () => {
  expect(cases).toBeGreaterThan(long ? 3_500_000 : 40_000);
  if (long) console.info(`${cases} ways of cutting ${files.length} files in three`);
});
