// Peak memory above an empty process, of processes that do the work once, on two sizes of the same data.
import { measure } from './support/bars.ts';
import { dataFile } from './support/data.ts';
import { withFolder } from './support/out-folder.ts';
import { printTable } from './support/print-table.ts';
import { startRunner } from './support/runner.ts';
import type { ShapeName } from './support/shapes.ts';

const works = [
  ['boundary scan', 'ours', 'count'],
  ['rows as arrays', 'ours', 'arrays'],
  ['rows as objects', 'ours', 'objects'],
  ['rows written back', 'ours-write', 'added'],
  ['byte-range manifest', 'ours-split', 'manifest'],
  ['split into 50 objects', 'ours-split', 'objects'],
] as const;

const sizes = [
  ['100 MB', 100e6],
  ['1 GB', 1e9],
] as const;

const peakOf = (peer: string, work: string, shape: ShapeName, bytes: number): Promise<number> =>
  withFolder(bytes, async (out) => {
    const runner = await startRunner(peer, work);
    await runner.run({ job: { file: dataFile(shape, bytes), out, endpoint: '' }, times: 1 });
    return (await runner.end()) / 1e6;
  });

const rows: Record<string, string>[] = [];
for (const [name, peer, work] of works) {
  const peaks: number[] = [];
  const row: Record<string, string> = { '': name };
  for (const shape of ['plain', 'nasty'] as const) {
    for (const [size, bytes] of sizes) {
      const peak = await peakOf(peer, work, shape, bytes);
      row[`${shape}, ${size}`] = peak.toFixed(0);
      peaks.push(peak);
    }
  }
  rows.push(row);
  measure('memory', name, Math.max(...peaks));
}
console.log('\n### Peak memory above an empty process, MB\n');
printTable(rows);
