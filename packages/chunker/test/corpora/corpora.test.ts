import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defaultLimits, errorCodes } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { stepsOf } from '../scan/steps.ts';
import { readFile, recordsByCsvParse } from './read-file.ts';

// Any folder of CSV files, such as clones of duckdb/duckdb, uniVocity/univocity-parsers, frictionlessdata/frictionless-py
// and w3c/csvw: they are read where they lie, and are no part of this repository.
const folder = process.env.CSV_CORPORA;
const files =
  folder === undefined
    ? []
    : readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.[ct]sv$/i.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name));

const ways: readonly [string, object][] = [
  ['told nothing', {}],
  ['detecting everything', { detect: true, minConfidence: 0 }],
];
const tsv = (file: string): object => (/\.tsv$/i.test(file) ? { delimiter: '\t' } : {});
const timeout = 900_000;

const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

describe.skipIf(folder === undefined).each(ways)('every CSV file of the corpora, %s', (_, options) => {
  test('is read, or refused with a code, in little memory', { timeout }, async () => {
    const unknown: string[] = [];
    collectGarbage();
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = (): void => {
      most = Math.max(most, process.memoryUsage.rss());
    };
    for (const file of files) {
      const { error } = await readFile(readFileSync(file), { ...tsv(file), ...options }, { watch });
      if (error !== undefined && !errorCodes.includes(error as never)) unknown.push(`${file}: ${error}`);
      // What one file left is not what the next one takes.
      collectGarbage();
    }
    expect(files.length).toBeGreaterThan(0);
    expect(unknown).toEqual([]);
    expect((most - before) / 1024 ** 2).toBeLessThan(128);
  });

  test('is read in steps that its length bounds', { timeout }, async () => {
    for (const file of files) {
      const bytes = readFileSync(file);
      const { source } = await readFile(bytes, { ...tsv(file), ...options });
      const { dialect = { delimiter: ',', quote: '"' } } = source ?? {};
      expect(stepsOf(bytes, dialect, defaultLimits.maxRecordBytes), file).toBeLessThan(5 * bytes.length + 1000);
    }
  });

  test('has the records that csv-parse sees, and where quotes are sound, their values', { timeout }, async () => {
    const different: string[] = [];
    let compared = 0;
    for (const file of files) {
      const bytes = readFileSync(file);
      const { source, rows, rejects, oddQuotes, error, values } = await readFile(
        bytes,
        { ...tsv(file), ...options },
        { keep: true },
      );
      if (error !== undefined || source === undefined || source.compression !== undefined || oddQuotes > 0) continue;
      const records = recordsByCsvParse(bytes, source);
      if (records === undefined) continue;
      compared++;
      // csv-parse drops an escape character in front of any byte; here it stays where there is nothing to escape.
      const same =
        source.dialect.escape !== undefined ||
        [...values].every(([row, own]) => own.every((value, column) => records[row - 1]?.[column] === value));
      if (rows + rejects !== records.length || !same)
        different.push(`${file}: ${rows} + ${rejects}, not ${records.length}`);
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(files.length / 2);
  });
});
