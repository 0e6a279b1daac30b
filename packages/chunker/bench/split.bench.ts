import { measureRatio } from './support/bars.ts';
import { dataSets } from './support/options.ts';
import { checkFolder } from './support/parts.ts';
import { race } from './support/race.ts';

const csvParse = { name: 'csv-parse + csv-stringify', peer: 'csv-parse', work: 'split', cutBytes: 25e6 };

for (const { shape, bytes, label } of dataSets) {
  const written = await race({
    title: 'Split into 50 objects with headers, file to file',
    shape,
    bytes,
    once: true,
    truth: ({ rows }) => ({ rows }),
    check: checkFolder,
    contenders: [
      { name: 'ours', peer: 'ours-split', work: 'objects' },
      { name: 'GNU split -l', peer: 'programs', work: 'split', program: 'split' },
      { name: 'DuckDB', peer: 'duckdb', work: 'split' },
      { name: 'Miller', peer: 'programs', work: 'miller', program: 'mlr', cutBytes: 50e6 },
      csvParse,
    ],
  });
  measureRatio('splitToGnu', label, written, 'GNU split -l');
  measureRatio('splitToDuckDb', label, written, 'DuckDB');
  measureRatio('splitToMiller', label, written, 'Miller');
  measureRatio('splitToCsvParse', label, written, csvParse.name);

  const planned = await race({
    title: 'Byte-range manifest of 50 chunks',
    shape,
    bytes,
    once: true,
    truth: ({ rows }) => ({ rows }),
    contenders: [
      { name: 'ours', peer: 'ours-split', work: 'manifest' },
      { name: 'cp', peer: 'programs', work: 'cp', program: 'cp', truth: () => ({}) },
      csvParse,
    ],
  });
  measureRatio('manifestToCp', label, planned, 'cp');
  measureRatio('manifestToCsvParse', label, planned, csvParse.name);
}
