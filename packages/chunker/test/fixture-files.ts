import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DialectOptions, openCsv, type ParseRowsOptions, type SourceOptions } from '../src/index.ts';
import { input, storeWith } from './helpers.ts';

/** What the JSON file beside a fixture says. */
export interface Expected {
  readonly note: string;
  readonly dialect?: DialectOptions;
  /** What else the caller says of the file. */
  readonly source?: SourceOptions;
  readonly bom: boolean;
  readonly newline: 'lf' | 'crlf' | 'cr';
  readonly columns: readonly string[];
  readonly strippedColumns?: number;
  readonly strayQuotes: number;
  readonly rows: readonly { rowNumber: number; byteOffset: number; values: readonly string[] }[];
  readonly rejects: readonly { rowNumber: number; byteOffset: number; codes: readonly string[] }[];
}

export const fixtureFolder = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** A CSV file and what it must be read as. */
export interface Fixture {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: Expected;
}

export const fixtures: readonly Fixture[] = readdirSync(fixtureFolder)
  .filter((file) => file.endsWith('.csv'))
  .map((file) => {
    const name = file.slice(0, -'.csv'.length);
    return {
      name,
      bytes: readFileSync(fixtureFolder + file),
      expected: JSON.parse(readFileSync(`${fixtureFolder}${name}.rows.json`, 'utf8')) as Expected,
    };
  });

/** How a fixture says it is to be opened. */
export const optionsOf = ({
  dialect,
  source,
}: Pick<Expected, 'dialect' | 'source'>): DialectOptions & SourceOptions => ({
  ...dialect,
  ...source,
});

/** Everything behind the header of a file, and how it is to be read. */
export const openFixture = async (
  bytes: Uint8Array,
  expected: Pick<Expected, 'dialect' | 'source'>,
): Promise<{ readonly body: Uint8Array; readonly start: number; readonly reading: ParseRowsOptions }> => {
  const { header, columns, strippedColumns, dialect, ...source } = await openCsv(input, {
    store: await storeWith(bytes),
    ...optionsOf(expected),
  });
  const { encoding = 'utf-8', text = {}, records = {} } = source;
  const start = header.end;
  return {
    body: bytes.subarray(start),
    start,
    reading: { columns, strippedColumns, dialect, encoding, text, records },
  };
};
