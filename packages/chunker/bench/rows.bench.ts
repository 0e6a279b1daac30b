import { parse } from 'csv-parse';
import { createRowFormatter, parseRows } from '../src/index.ts';
import { compare } from './compare.ts';
import { body, nastyFile, plainFile } from './data.ts';

const dialect = { delimiter: ',', quote: '"' };
const size = 30 * 1024 ** 2;

await compare(
  'Rows as objects, one column of each read',
  [plainFile(size), nastyFile(size)],
  [
    {
      name: 'csv-parse, objects',
      async run({ bytes, columns }) {
        let length = 0;
        const parser = parse({ columns: [...columns], record_delimiter: ['\r\n', '\n'] });
        parser.on('data', (row: Record<string, string>) => {
          length += row.name!.length;
        });
        const ended = new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
        for await (const piece of body(bytes)) {
          if (!parser.write(piece)) await new Promise((resolve) => parser.once('drain', resolve));
        }
        parser.end();
        await ended;
        return length;
      },
    },
    {
      name: 'parseRows, objects',
      async run({ bytes, columns }) {
        let length = 0;
        for await (const { rows } of parseRows(body(bytes), { columns, dialect }))
          for (const row of rows) length += row.name!.length;
        return length;
      },
    },
    {
      name: 'parseRows, one field of each record',
      async run({ bytes, columns }) {
        let length = 0;
        const column = columns.indexOf('name');
        for await (const { records, positions } of parseRows(body(bytes), { columns, dialect }))
          for (const position of positions) length += records.field(position, column).length;
        return length;
      },
    },
  ],
);

await compare(
  'Rows read and written back',
  [plainFile(size), nastyFile(size)],
  [
    {
      name: 'parseRows, createRowFormatter, unchanged',
      async run({ bytes, columns }) {
        let written = 0;
        const write = createRowFormatter({ source: columns, output: columns, dialect });
        for await (const batch of parseRows(body(bytes), { columns, dialect }))
          write(batch, (piece) => {
            written += piece.length;
          });
        return written;
      },
    },
    {
      name: 'the same with a column more',
      async run({ bytes, columns }) {
        let written = 0;
        const write = createRowFormatter({ source: columns, output: [...columns, 'tier'], dialect });
        for await (const batch of parseRows(body(bytes), { columns, dialect })) {
          const assigned = batch.positions.map(() => ({ tier: 'gold' }));
          const { records, positions, rejects, warnings } = batch;
          write({ records, positions, rejects, warnings, assigned, rows: [] }, (piece) => {
            written += piece.length;
          });
        }
        return written;
      },
    },
    {
      name: 'floor: the bytes copied',
      async run({ bytes }) {
        let written = 0;
        for await (const piece of body(bytes)) written += Buffer.from(piece).length;
        return written;
      },
    },
  ],
);
