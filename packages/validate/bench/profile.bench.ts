// What a profile of all columns adds to a pass over a file that only finds its records.
import { parseRows } from '@pipeline/chunker';
import type { ChunkRef } from '@pipeline/core';
import { dataFile } from '../../chunker/bench/support/data.ts';
import { piecesOf } from '../../chunker/bench/support/pieces.ts';
import { printTable } from '../../chunker/bench/support/print-table.ts';
import { columnProfiles } from '../src/profile/index.ts';

const rounds = 5;
const dialect = { delimiter: ',', quote: '"' };

/** Milliseconds, and bytes of the sidecar that one chunk would leave. */
const pass = async (file: ReturnType<typeof dataFile>, profiled: boolean): Promise<{ ms: number; sidecar: number }> => {
  const { columns, path } = file;
  const start = columns.join(',').length + 1;
  const gather = profiled ? columnProfiles().start({ source: { columns, dialect } } as unknown as ChunkRef) : undefined;
  const began = performance.now();
  let rows = 0;
  const batches = parseRows(piecesOf(path, { start }), { columns, dialect });
  for await (const batch of batches) {
    rows += batch.positions.length;
    gather?.add(batch);
  }
  const sidecar = gather === undefined ? 0 : JSON.stringify(gather.finish()).length;
  const ms = performance.now() - began;
  if (rows !== file.rows) throw new Error(`${rows} rows of ${file.rows}`);
  return { ms, sidecar };
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const table: Record<string, string>[] = [];
for (const shape of ['plain', 'nasty', 'wide'] as const) {
  const file = dataFile(shape, 25e6);
  const [bare, profiled]: [number[], number[]] = [[], []];
  let sidecar = 0;
  for (let round = -1; round < rounds; round++) {
    const [without, withProfile] = [await pass(file, false), await pass(file, true)];
    sidecar = withProfile.sidecar;
    if (round < 0) continue;
    bare.push(without.ms);
    profiled.push(withProfile.ms);
  }
  const speed = (ms: number): string => (file.bytes / 1e3 / ms).toFixed(0);
  table.push({
    '': shape,
    'records found, MB/s': speed(median(bare)),
    'with a profile, MB/s': speed(median(profiled)),
    'sidecar of a chunk, kB': (sidecar / 1e3).toFixed(0),
  });
}
console.log(`\n### Profiles of columns, 25 MB (median of ${rounds} rounds)\n`);
printTable(table);
