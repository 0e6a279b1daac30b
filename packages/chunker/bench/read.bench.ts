import { measureRatio } from './support/bars.ts';
import { dataSets } from './support/options.ts';
import { race } from './support/race.ts';

const floor = { name: 'floor: strings made, none found', peer: 'floors', work: 'arrays', truth: () => ({}) };

for (const work of ['arrays', 'objects'] as const) {
  for (const { shape, bytes, label } of dataSets) {
    const results = await race({
      title: `Rows as ${work}`,
      shape,
      bytes,
      truth: ({ rows, chars }) => ({ rows, chars }),
      contenders: [
        { name: 'ours', peer: 'ours', work },
        { name: 'udsv', peer: 'udsv', work },
        { name: 'papaparse', peer: 'papaparse', work },
        ...(work === 'objects' ? [{ name: 'csv-parser', peer: 'csv-parser', work, cutBytes: 50e6 }] : []),
        { name: 'DuckDB', peer: 'duckdb', work, cutBytes: 50e6 },
        { name: 'csv-parse', peer: 'csv-parse', work, cutBytes: 25e6 },
        { name: 'fast-csv', peer: 'fast-csv', work, cutBytes: 25e6 },
        ...(work === 'arrays' ? [floor] : []),
      ],
    });
    measureRatio(`${work}ToUdsv`, label, results, 'udsv');
    measureRatio(`${work}ToCsvParse`, label, results, 'csv-parse');
    if (shape === 'plain')
      measureRatio(work === 'arrays' ? 'plainArraysToCsvParse' : 'plainObjectsToCsvParse', label, results, 'csv-parse');
  }
}
