// https://github.com/mafintosh/csv-parser: objects only
import { finished } from 'node:stream/promises';
import csvParser from 'csv-parser';
import { createTally, objectAdder } from '../support/consume.ts';
import { streamOf } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

export const works: Works = {
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    const parser = streamOf(file.path).pipe(csvParser());
    parser.on('data', (row: object) => add(tally, row));
    await finished(parser);
    return tally;
  },
};
