import { measureRatio } from './support/bars.ts';
import { dataSets } from './support/options.ts';
import { race } from './support/race.ts';

for (const { shape, bytes, label } of dataSets) {
  const results = await race({
    title: 'Boundary scan with row count',
    shape,
    bytes,
    truth: ({ rows }) => ({ rows }),
    contenders: [
      { name: 'ours', peer: 'ours', work: 'count' },
      { name: 'GNU wc -l', peer: 'programs', work: 'wc', program: 'wc' },
      { name: 'csv-parse', peer: 'csv-parse', work: 'count', cutBytes: 25e6 },
      { name: 'floor: blocks read', peer: 'floors', work: 'read', truth: (file) => ({ bytesRead: file.bytes }) },
      { name: 'floor: hops from newline to newline', peer: 'floors', work: 'hops' },
    ],
  });
  measureRatio('scanToWc', label, results, 'GNU wc -l');
  measureRatio('scanToCsvParse', label, results, 'csv-parse');
}
