import { appendFileSync } from 'node:fs';
import type { Result } from './contender.ts';
import { printTable } from './print-table.ts';

interface Bar {
  readonly work: string;
  readonly peer: string;
  readonly least?: number;
  readonly most?: number;
  readonly unit: '×' | '%' | 'MB';
}

const least = (work: string, least: number, peer: string): Bar => ({ work, peer, least, unit: '×' });

/** What must hold on two cores, as ratios to peers in the same run. */
export const bars = {
  scanToWc: least('boundary scan with row count', 0.6, 'wc -l'),
  scanToCsvParse: least('boundary scan with row count', 100, 'csv-parse'),
  arraysToUdsv: least('rows as arrays', 2.3, 'udsv'),
  arraysToCsvParse: least('rows as arrays', 9, 'csv-parse'),
  plainArraysToCsvParse: least('rows as arrays, plain', 13, 'csv-parse'),
  objectsToUdsv: least('rows as objects', 2.2, 'udsv'),
  objectsToCsvParse: least('rows as objects', 14, 'csv-parse'),
  plainObjectsToCsvParse: least('rows as objects, plain', 20, 'csv-parse'),
  splitToGnu: least('split into 50 objects, file to file', 0.8, 'GNU split -l'),
  splitToCsvParse: least('split into 50 objects, file to file', 60, 'csv-parse + csv-stringify'),
  splitToDuckDb: least('split into 50 objects, file to file', 4, 'DuckDB'),
  splitToMiller: least('split into 50 objects, file to file', 20, 'Miller'),
  manifestToCsvParse: least('byte-range manifest', 150, 'csv-parse + csv-stringify'),
  manifestToCp: least('byte-range manifest', 1.5, 'cp'),
  sampledToCsvParse: least('sampled plan through the SDK', 300, 'csv-parse split'),
  sampledShare: { work: 'sampled plan through the SDK', peer: 'of the bytes read', most: 1, unit: '%' },
  s3SplitToCsvParse: least('split S3 to S3', 18, 'SDK + csv-parse + csv-stringify + lib-storage'),
  planToBareStream: least('plan through the SDK', 0.9, 'bare GetObject stream'),
  parallelToSequential: least('parallel plan on two workers', 1.7, 'sequential'),
  checksToNaive: least('rows checked and written', 25, 'csv-parse + ajv + csv-stringify'),
  checksToDuckDb: least('rows checked and written', 4, 'DuckDB, one thread'),
  objectsCheckedToNaive: least('rows checked, made objects and written', 7, 'csv-parse + ajv + csv-stringify'),
  plainObjectsCheckedToNaive: least(
    'rows checked, made objects and written, plain',
    10,
    'csv-parse + ajv + csv-stringify',
  ),
  checksOnTwoWorkers: least('rows checked on two workers', 1.7, 'one'),
  allBadToAllGood: { work: 'rows that are all bad', peer: 'the time of all good', most: 4, unit: '×' },
  checksMemory: { work: 'memory of the row pipeline', peer: 'above an empty process', most: 128, unit: 'MB' },
  memory: { work: 'memory', peer: 'above an empty process', most: 96, unit: 'MB' },
} as const satisfies Record<string, Bar>;

/** One measurement that a bar is held against. */
export interface Measured {
  readonly bar: keyof typeof bars;
  /** Shape and size, or work. */
  readonly on: string;
  /** `null` where there is no right answer to measure. */
  readonly value: number | null;
}

const measured: Measured[] = [];

/** Holds a figure against a bar; the verdict is printed at the end. */
export const measure = (bar: keyof typeof bars, on: string, value: number | undefined): void => {
  const one: Measured = { bar, on, value: value === undefined || Number.isNaN(value) ? null : value };
  measured.push(one);
  if (process.env.BENCH_MEASURED !== undefined) appendFileSync(process.env.BENCH_MEASURED, `${JSON.stringify(one)}\n`);
};

/** Holds the ratio to a peer against a bar; a peer that was skipped counts for nothing. */
export const measureRatio = (bar: keyof typeof bars, on: string, results: readonly Result[], peer: string): void => {
  const result = results.find(({ name }) => name === peer);
  if (result !== undefined) measure(bar, on, result.ratio);
};

/** Prints a bar a line, with all that was measured for it. */
export const printBars = (all: readonly Measured[]): void => {
  const rows = Object.entries<Bar>(bars).flatMap(([name, bar]) => {
    const found = all.filter(({ bar }) => bar === name);
    if (found.length === 0) return [];
    const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = bar;
    const holding = found.filter(({ value }) => value !== null && value >= least && value <= most).length;
    const shown = (value: number | null): string => (value === null ? 'failed' : String(Number(value.toPrecision(3))));
    return {
      work: bar.work,
      bar: `${bar.most === undefined ? 'at least' : 'at most'} ${bar.least ?? bar.most} ${bar.unit} ${bar.peer}`,
      holds: holding === found.length ? 'yes' : holding === 0 ? 'no' : `on ${holding} of ${found.length}`,
      measured: found.map(({ on, value }) => `${on} ${shown(value)}`).join('; '),
    };
  });
  if (rows.length > 0) printTable(rows);
};

process.on('exit', () => {
  if (measured.length === 0 || process.env.BENCH_MEASURED !== undefined) return;
  console.log('\n### Bars\n');
  printBars(measured);
});
