// https://csv.js.org/parse/ and https://csv.js.org/stringify/
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { type Options, type Parser, parse } from 'csv-parse';
import { type Stringifier, stringify } from 'csv-stringify';
import { addArray, createTally, objectAdder } from '../support/consume.ts';
import { rowsPerPart } from '../support/parts.ts';
import { streamOf } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

/** `data` events: an iterator over the parser costs more. */
const each = async <Row>(path: string, options: Options, take: (row: Row) => void): Promise<void> => {
  const parser: Parser = streamOf(path).pipe(parse(options));
  parser.on('data', take);
  await finished(parser);
};

export const works: Works = {
  count: async ({ file }) => {
    let records = 0;
    await each(file.path, {}, () => {
      records++;
    });
    return { rows: records - 1 };
  },
  arrays: async ({ file }) => {
    const tally = createTally();
    await each<string[]>(file.path, { from: 2 }, (row) => addArray(tally, row));
    return tally;
  },
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    await each<object>(file.path, { columns: true }, (row) => add(tally, row));
    return tally;
  },
  /** Rows read and written back, to nowhere. */
  write: async ({ file }) => {
    const parser = streamOf(file.path).pipe(parse({ from: 2 }));
    const output = parser.pipe(stringify());
    let bytesWritten = 0;
    output.on('data', (piece: Buffer) => {
      bytesWritten += piece.length;
    });
    await finished(output);
    return { rows: parser.info.records - 1, bytesWritten };
  },
  /** As one would write it: rows in, a new file with header every so many rows. */
  split: async ({ file, out }) => {
    const perPart = rowsPerPart(file.rows);
    let rows = 0;
    let part: { input: Stringifier; done: Promise<void> } | undefined;
    for await (const row of streamOf(file.path).pipe(parse({ from: 2 }))) {
      if (rows % perPart === 0) {
        part?.input.end();
        await part?.done;
        const input = stringify({ header: true, columns: [...file.columns] });
        const target = path.join(out, `${rows / perPart}.csv`);
        part = { input, done: finished(input.pipe(createWriteStream(target))) };
      }
      rows++;
      if (!part!.input.write(row)) await once(part!.input, 'drain');
    }
    part?.input.end();
    await part?.done;
    return { rows };
  },
};
