// https://www.papaparse.com/docs
import Papa from 'papaparse';
import { addArray, createTally, objectAdder } from '../support/consume.ts';
import { streamOf } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

/** Its chunks of rows, which cost less than one callback a row; the stream decodes, or characters break at borders. */
const each = <Row>(path: string, header: boolean, take: (row: Row) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    Papa.parse<Row>(streamOf(path).setEncoding('utf8'), {
      header,
      skipEmptyLines: true,
      chunk: ({ data }) => {
        for (const row of data) take(row);
      },
      complete: () => resolve(),
      error: reject,
    });
  });

export const works: Works = {
  arrays: async ({ file }) => {
    const tally = createTally();
    let header = true;
    await each<string[]>(file.path, false, (row) => {
      if (!header) addArray(tally, row);
      header = false;
    });
    return tally;
  },
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    await each<object>(file.path, true, (row) => add(tally, row));
    return tally;
  },
};
