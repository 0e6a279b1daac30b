import { parse } from 'csv-parse';
import { planChunks } from '../src/index.ts';
import { compare } from './compare.ts';
import { body, nastyFile, plainFile } from './data.ts';

const dialect = { delimiter: ',', quote: '"' };
const size = 30 * 1024 ** 2;

await compare(
  'Where records begin and end',
  [plainFile(size), nastyFile(size)],
  [
    {
      name: 'csv-parse, records counted',
      async run({ bytes }) {
        let records = 0;
        const parser = parse({ record_delimiter: ['\r\n', '\n'] });
        parser.on('data', () => {
          records++;
        });
        const ended = new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
        for await (const piece of body(bytes)) {
          if (!parser.write(piece)) await new Promise((resolve) => parser.once('drain', resolve));
        }
        parser.end();
        await ended;
        return records;
      },
    },
    {
      name: 'planChunks, 1 MiB chunks',
      async run({ bytes }) {
        let records = 0;
        for await (const { rowCount } of planChunks(body(bytes), { dialect, chunkBytes: 1024 ** 2 }))
          records += rowCount;
        return records;
      },
    },
    {
      name: 'planChunks, 10,000 rows a chunk',
      async run({ bytes }) {
        let records = 0;
        for await (const { rowCount } of planChunks(body(bytes), { dialect, chunkRows: 10_000 })) records += rowCount;
        return records;
      },
    },
    {
      name: 'floor: hops from newline to newline, quotes ignored',
      async run({ bytes }) {
        let lines = 0;
        for await (const piece of body(bytes)) {
          for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++;
        }
        return lines;
      },
    },
  ],
);
