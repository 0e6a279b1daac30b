// What any reader must at least do, in plain Node.
import { addArray, createTally } from '../support/consume.ts';
import { blocksOf, pieceBytes } from '../support/pieces.ts';
import type { Works } from '../support/work.ts';

export const works: Works = {
  /** Reads blocks and does nothing with them. */
  read: ({ file }) => {
    let bytesRead = 0;
    for (const block of blocksOf(file.path)) bytesRead += block.length;
    return { rows: 0, bytesRead };
  },
  /** Hops from newline to newline: right only where no newline is quoted. */
  hops: ({ file }) => {
    let lines = 0;
    for (const block of blocksOf(file.path)) {
      for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) lines++;
    }
    return { rows: lines - 1 };
  },
  /**
   * As many arrays of as many strings as the file has, cut from decoded blocks at equal distances: what making strings
   * costs when nothing has to be found.
   */
  arrays: ({ file }) => {
    const tally = createTally();
    const { length: columns } = file.columns;
    const width = file.bytes / file.rows / columns;
    for (const block of blocksOf(file.path, { size: pieceBytes })) {
      const text = block.toString('latin1');
      const rows = Math.floor(text.length / width / columns);
      for (let number = 0; number < rows; number++) {
        const row = new Array<string>(columns);
        for (let i = 0; i < columns; i++) {
          const start = Math.floor((number * columns + i) * width);
          row[i] = text.substring(start, start + width - 1);
        }
        addArray(tally, row);
      }
    }
    return tally;
  },
};
