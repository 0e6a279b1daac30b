import type { CsvRecord } from '@pipeline/core';
import type { ReadText } from '../read-text.ts';

/** Makes the typed row of a record that has exactly the columns that this was made for. */
export type ReadRow = (record: CsvRecord) => Record<string, unknown>;

/** Above this, the code that is made would be too long for the engine to optimise. */
const mostUnrolled = 256;

/**
 * Makes typed rows by one literal where every field has a value: it is several times as fast as setting properties one by one,
 * and rows of one shape are read fast by whoever gets them.
 *
 * @returns `undefined` for files with too many columns
 */
export const compileRead = (columns: readonly string[], readerOf: (name: string) => ReadText): ReadRow | undefined => {
  if (columns.length > mostUnrolled || columns.includes('__proto__')) return undefined;
  const keys = columns.map((name) => JSON.stringify(name));
  const values = keys.map((key, i) => `v${i} = r${i}(record[${key}])`).join(', ');
  const complete = keys.map((_, i) => `v${i} !== undefined`).join(' && ');
  const one = keys.map((key, i) => `if (v${i} !== undefined) row[${key}] = v${i};`).join('\n');
  return new Function(
    ...keys.map((_, i) => `r${i}`),
    `return (record) => {
      const ${values};
      if (${complete}) return { ${keys.map((key, i) => `${key}: v${i}`).join(', ')} };
      const row = {};
      ${one}
      return row;
    };`,
  )(...columns.map(readerOf)) as ReadRow;
};
