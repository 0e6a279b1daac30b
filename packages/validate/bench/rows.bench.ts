// Parse, coerce, check and write orders of 14 columns: same file, same rule, bad rows kept with all that is wrong.
import { measure, measureRatio } from '../../chunker/bench/support/bars.ts';
import type { Result } from '../../chunker/bench/support/contender.ts';
import type { DataFile } from '../../chunker/bench/support/data.ts';
import { options } from '../../chunker/bench/support/options.ts';
import { race } from '../../chunker/bench/support/race.ts';
import type { ShapeName } from '../../chunker/bench/support/shapes.ts';

const peer = (name: string): string => new URL(`peers/${name}.ts`, import.meta.url).href;
const naive = 'csv-parse + ajv + csv-stringify';

const data: readonly (readonly [ShapeName, percent: number])[] = [
  ['plain', 0],
  ['plain, 1 % bad', 1],
  ['q10, 1 % bad', 1],
  ['nasty, 1 % bad', 1],
  ['plain, all bad', 100],
];

/** Row `n` is bad where `n % 100` is below the percentage. */
const truth =
  (percent: number) =>
  ({ rows }: DataFile) => {
    const rejected = percent === 100 ? rows : percent === 0 ? 0 : Math.ceil(rows / 100);
    return { rows: rows - rejected, rejected };
  };

const allBad = 'plain, all bad';
const speeds = new Map<string, readonly Result[]>();
for (const [shape, percent] of data) {
  const results = await race({
    title: 'Rows checked and written',
    shape,
    bytes: options.bytes,
    truth: truth(percent),
    contenders: [
      { name: 'ours, on bytes', peer: peer('ours'), work: 'checks' },
      { name: 'ours, two workers', peer: peer('ours'), work: 'twoWorkers' },
      { name: 'ours, as objects', peer: peer('ours'), work: 'objects' },
      { name: 'udsv + ajv', peer: peer('udsv-ajv'), work: 'checks' },
      { name: 'DuckDB, one thread', peer: peer('duckdb-checks'), work: 'oneThread', cutBytes: 50e6 },
      { name: 'DuckDB, two threads', peer: peer('duckdb-checks'), work: 'twoThreads', cutBytes: 50e6 },
      { name: naive, peer: peer('csv-parse-ajv'), work: 'checks', cutBytes: 25e6 },
    ]
      .filter(({ work }) => shape !== allBad || work !== 'objects')
      .filter(({ work }) => !shape.startsWith('nasty') || work !== 'twoWorkers'),
  });
  speeds.set(shape, results);
  const speed = (name: string): number => results.find((result) => result.name === name)?.bytesPerSecond ?? Number.NaN;
  measure('checksMemory', shape, Math.max(...results.slice(0, 1).map(({ peakBytes }) => peakBytes / 1e6)));
  if (shape === allBad) continue;
  measureRatio('checksToNaive', shape, results, naive);
  measureRatio('checksToDuckDb', shape, results, 'DuckDB, one thread');
  measure(
    shape.startsWith('plain') ? 'plainObjectsCheckedToNaive' : 'objectsCheckedToNaive',
    shape,
    speed('ours, as objects') / speed(naive),
  );
  if (!shape.startsWith('nasty'))
    measure('checksOnTwoWorkers', shape, speed('ours, two workers') / speed('ours, on bytes'));
}
const perRow = (shape: string): number => 1 / (speeds.get(shape)?.[0]?.rowsPerSecond ?? Number.NaN);
measure('allBadToAllGood', 'plain', perRow(allBad) / perRow('plain'));
