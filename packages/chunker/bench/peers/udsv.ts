// https://github.com/leeoniya/uDSV
import { inferSchema, initParser, type Parser } from 'udsv';
import { addArray, createTally, objectAdder } from '../support/consume.ts';
import { piecesOf } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

/** Incremental, without its collecting of rows, and with a decoder that keeps characters whole at borders. */
const each = async <Row>(path: string, kind: 'stringArrs' | 'stringObjs', take: (row: Row) => void): Promise<void> => {
  const decoder = new TextDecoder();
  let parser: Parser | undefined;
  for await (const piece of piecesOf(path)) {
    const text = decoder.decode(piece, { stream: true });
    parser ??= initParser(inferSchema(text));
    parser.chunk<Row>(text, parser[kind] as never, take as never);
  }
  parser!.end();
};

export const works: Works = {
  arrays: async ({ file }) => {
    const tally = createTally();
    await each<string[]>(file.path, 'stringArrs', (row) => addArray(tally, row));
    return tally;
  },
  objects: async ({ file }) => {
    const tally = createTally();
    const add = objectAdder(file.columns);
    await each<object>(file.path, 'stringObjs', (row) => add(tally, row));
    return tally;
  },
};
