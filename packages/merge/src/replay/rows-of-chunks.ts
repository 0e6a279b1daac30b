import type { MendedRow } from './mended-rows.ts';

/** Hands out rows that are in order, chunk by chunk. */
export interface RowsOfChunks {
  /** Whether there is a row up to this one that was not handed out. */
  has(lastRow: number): Promise<boolean>;
  /** Rows up to this one, as far as they were not handed out. */
  upTo(lastRow: number): AsyncGenerator<MendedRow>;
  /** Ends the reading. Safe to call at any time. */
  close(): Promise<void>;
}

export const createRowsOfChunks = (rows: AsyncIterable<MendedRow>): RowsOfChunks => {
  const all = rows[Symbol.asyncIterator]();
  let next: MendedRow | undefined;
  const peek = async (): Promise<MendedRow | undefined> => {
    if (next === undefined) {
      const { done, value } = await all.next();
      next = done === true ? undefined : value;
    }
    return next;
  };
  return {
    has: async (lastRow) => ((await peek())?.row ?? Number.POSITIVE_INFINITY) <= lastRow,
    async *upTo(lastRow) {
      for (let row = await peek(); row !== undefined && row.row <= lastRow; row = await peek()) {
        next = undefined;
        yield row;
      }
    },
    close: async () => {
      await all.return?.();
    },
  };
};
