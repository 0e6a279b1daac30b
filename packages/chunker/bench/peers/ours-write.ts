import { createRowFormatter, parseRows } from '../../src/index.ts';
import type { DataFile } from '../support/data.ts';
import { piecesOf } from '../support/pieces.ts';
import type { Answer, Works } from '../support/work.ts';

const dialect = { delimiter: ',', quote: '"' };

/** Rows read and written back, with a value for each added column. */
const writeBack = async (file: DataFile, added: Readonly<Record<string, string>>): Promise<Answer> => {
  const { columns } = file;
  const start = columns.join(',').length + 1;
  const write = createRowFormatter({ source: columns, output: [...columns, ...Object.keys(added)], dialect });
  let rows = 0;
  let bytesWritten = 0;
  for await (const batch of parseRows(piecesOf(file.path, { start }), { columns, dialect, sourceOffset: start })) {
    rows += batch.positions.length;
    const { records, positions, rejects, warnings } = batch;
    const assigned = Object.keys(added).length === 0 ? [] : positions.map(() => added);
    write({ records, positions, assigned, rows: [], rejects, warnings }, (piece) => {
      bytesWritten += piece.length;
    });
  }
  return { rows, bytesWritten };
};

export const works: Works = {
  unchanged: ({ file }) => writeBack(file, {}),
  added: ({ file }) => writeBack(file, { tier: 'gold' }),
};
