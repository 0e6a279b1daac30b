// https://c2fo.github.io/fast-csv/
import { finished } from 'node:stream/promises';
import { parse } from 'fast-csv';
import { addArray, createTally, objectAdder } from '../support/consume.ts';
import { streamOf } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

const each = async <Row>(path: string, headers: boolean, take: (row: Row) => void): Promise<void> => {
  const parser = streamOf(path).pipe(parse({ headers, skipRows: headers ? 0 : 1 }));
  parser.on('data', take);
  await finished(parser);
};

export const works: Works = {
  arrays: async ({ file }) => {
    const tally = createTally();
    await each<string[]>(file.path, false, (row) => addArray(tally, row));
    return tally;
  },
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    await each<object>(file.path, true, (row) => add(tally, row));
    return tally;
  },
};
