import { dataSets } from './support/options.ts';
import { race } from './support/race.ts';

for (const { shape, bytes } of dataSets) {
  await race({
    title: 'Rows read and written back',
    shape,
    bytes,
    truth: ({ rows }) => ({ rows }),
    contenders: [
      {
        name: 'ours, unchanged',
        peer: 'ours-write',
        work: 'unchanged',
        truth: (file) => ({ rows: file.rows, bytesWritten: file.bytes - file.columns.join(',').length - 1 }),
      },
      { name: 'ours, a column more', peer: 'ours-write', work: 'added' },
      { name: 'csv-parse + csv-stringify', peer: 'csv-parse', work: 'write', cutBytes: 25e6 },
    ],
  });
}
