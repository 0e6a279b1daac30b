import { PipelineConfigError, type RowBatch, type UniqueKeys, type UniqueRule } from '@pipeline/core';
import { type KeyMeaning, keysOf } from './key-of-row.ts';
import { createKeyTable } from './key-table.ts';

/** Which rows repeat others, and what happens to them. */
export interface UniqueRowsOptions {
  /** Columns that together tell rows apart, of the source or made by a stage. At least one. */
  readonly columns: readonly string[];
  /**
   * `reject` keeps the first row in the order of the file and rejects those that repeat it, with the issue `ROW_DUPLICATE`.
   * `warn` keeps all of them and counts. `fail` ends the batch with `ROWS_REPEATED`.
   * @default 'reject'
   */
  readonly onDuplicate?: UniqueRule['onDuplicate'];
  /** Compare text, as the output has it, or values of the typed view, where `1.0` is `1`. @default 'text' */
  readonly compare?: 'text' | 'typed';
  /** Take upper and lower case, and composed and decomposed characters, for the same. @default false */
  readonly ignoreCase?: boolean;
  /** What becomes of rows whose key columns are all empty: they never repeat each other, or they do. @default 'skip' */
  readonly emptyKeys?: 'skip' | 'compare';
  /** The rule's name in issues, counts and keys of objects; without `|`. @default 'unique:' and the columns, joined by '+' */
  readonly name?: string;
}

/**
 * A rule that no two rows of a batch have the same key, in whichever chunks they are. The worker gathers the keys of the rows
 * that it writes, some 32 bytes of memory each; the resolve barrier compares them and amends the chunks that repeat rows.
 * Several rules are judged on their own, each among all rows that the stages passed.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`; from the worker, too, where the rows have no such column
 * @example
 * const uniqueId = uniqueRows({ columns: ['id'] });
 * export const worker = createProcessHandler({ stage, store, locations, unique: [uniqueId] });
 * export const barrier = createResolveHandler({ store, locations, unique: [uniqueId] });
 */
export const uniqueRows = (options: UniqueRowsOptions): UniqueRule => {
  const { columns, onDuplicate, meaning, name } = checked(options);
  const means = JSON.stringify(meaning);
  return {
    name,
    columns,
    onDuplicate,
    means,
    start: (chunk) => {
      const table = createKeyTable();
      const missing = new Set(columns);
      let rows = 0;
      let skipped = 0;
      return {
        add(batch) {
          for (const column of missing) if (hasColumn(batch, column, meaning.compare)) missing.delete(column);
          const keyOf = keysOf(batch, meaning);
          for (const [index, position] of batch.positions.entries()) {
            const key = keyOf(index);
            if (key === undefined) skipped++;
            else table.add(key, batch.records.rowNumber(position) - chunk.firstRow);
          }
          rows += batch.positions.length;
        },
        finish(): UniqueKeys {
          const [column] = missing;
          if (rows > 0 && column !== undefined)
            fail('columns', 'names of columns that the rows have', JSON.stringify(column));
          return { means, keys: table.size, skipped };
        },
        object: () => (table.size === 0 ? undefined : table.pieces()),
      };
    },
  };
};

const hasColumn = (batch: RowBatch<unknown>, column: string, compare: KeyMeaning['compare']): boolean =>
  compare === 'typed'
    ? batch.rows.some((row) => Object.hasOwn(row as object, column)) || batch.records.columns.includes(column)
    : batch.records.columns.includes(column) ||
      batch.assigned.some((values) => values !== undefined && Object.hasOwn(values, column));

const fail = (option: string, expected: string, got: unknown): never => {
  throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got });
};

const checked = (options: UniqueRowsOptions) => {
  const { columns, onDuplicate = 'reject', compare = 'text', ignoreCase = false, emptyKeys = 'skip' } = options;
  const oneOf = (option: string, allowed: readonly unknown[], got: unknown): void => {
    if (!allowed.includes(got))
      fail(option, allowed.map((one) => JSON.stringify(one)).join(' or '), JSON.stringify(got));
  };
  const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
  if (
    !Array.isArray(columns) ||
    columns.length === 0 ||
    !columns.every(isName) ||
    new Set(columns).size < columns.length
  )
    fail('columns', 'a list of column names, each once', JSON.stringify(columns));
  oneOf('onDuplicate', ['reject', 'warn', 'fail'], onDuplicate);
  oneOf('compare', ['text', 'typed'], compare);
  oneOf('ignoreCase', [true, false], ignoreCase);
  oneOf('emptyKeys', ['skip', 'compare'], emptyKeys);
  const name = options.name ?? `unique:${columns.join('+')}`.replaceAll('|', '_');
  // Issues are counted under code|rule|column.
  if (!isName(name) || name === 'issues' || name === 'warnings' || name.includes('|'))
    fail('name', 'a text without "|", other than "issues" and "warnings"', JSON.stringify(name));
  const meaning: KeyMeaning = { columns, compare, ignoreCase, emptyKeys };
  return { columns, onDuplicate, meaning, name };
};
