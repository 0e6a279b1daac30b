import { closeSync, openSync, readSync } from 'node:fs';
import { countRecords, parseRows } from '../../src/index.ts';
import { addArray, createTally, objectAdder } from '../support/consume.ts';
import type { DataFile } from '../support/data.ts';
import { piecesOf } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

const dialect = { delimiter: ',', quote: '"' };

/** Rows behind the header, which holds neither quotes nor newlines in any of the files. */
const rowsOf = (file: DataFile) => {
  const start = file.columns.join(',').length + 1;
  return parseRows(piecesOf(file.path, { start }), { columns: file.columns, dialect, sourceOffset: start });
};

export const works: Works = {
  count: async ({ file }) => {
    const handle = openSync(file.path, 'r');
    try {
      return { rows: (await countRecords((into) => readSync(handle, into), { dialect })) - 1 };
    } finally {
      closeSync(handle);
    }
  },
  arrays: async ({ file }) => {
    const tally = createTally();
    for await (const { records, positions } of rowsOf(file)) {
      for (const position of positions) addArray(tally, records.values(position));
    }
    return tally;
  },
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    for await (const { rows } of rowsOf(file)) for (const row of rows) add(tally, row);
    return tally;
  },
};
