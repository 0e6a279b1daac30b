/** Adds up the values of rows, so that every value must exist. */
export interface Tally {
  rows: number;
  chars: number;
}

export const createTally = (): Tally => ({ rows: 0, chars: 0 });

export const addArray = (tally: Tally, row: readonly unknown[]): void => {
  tally.rows++;
  for (let i = 0; i < row.length; i++) tally.chars += (row[i] as string).length;
};

/**
 * A function that adds an object's values, one property access after the other as a program's own code would have it: a
 * loop over names would cost more than some of the readers.
 */
export const objectAdder = (columns: readonly string[]): ((tally: Tally, row: object) => void) => {
  const sum = columns.map((name) => `row[${JSON.stringify(name)}].length`).join(' + ');
  return new Function('tally', 'row', `tally.rows++; tally.chars += ${sum};`) as (tally: Tally, row: object) => void;
};
