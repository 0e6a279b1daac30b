import { PipelineConfigError } from './errors.ts';
import { assignValues, type RowBatch, type Rows, withRows } from './rows.ts';
import type { RunContext } from './run.ts';

/** Names the output columns that a stage makes of the columns it gets; needed before any row is seen. */
export type ColumnsOf = (columns: readonly string[]) => readonly string[];

/**
 * One step of the work on rows. A stage does nothing before the first pull, maps one batch to one batch in order,
 * keeps concurrency inside itself and closes its source on every exit. `columns` tells what it adds to or drops from
 * the file; without it the columns stay as they are.
 */
export interface Stage<In, Out> {
  (rows: Rows<In>, run: RunContext): Rows<Out>;
  readonly columns?: ColumnsOf;
}

/**
 * Makes a stage of a function from batch to batch.
 *
 * @example
 * const trace = createStage<CsvRecord, CsvRecord>((batch, run) => {
 *   run.observe({ type: 'batch.seen', rows: batch.positions.length });
 *   return batch;
 * });
 */
export const createStage = <In, Out>(
  work: (batch: RowBatch<In>, run: RunContext) => RowBatch<Out> | Promise<RowBatch<Out>>,
  options: { readonly columns?: ColumnsOf } = {},
): Stage<In, Out> => {
  const stage = async function* (rows: Rows<In>, run: RunContext): Rows<Out> {
    for await (const batch of rows) {
      run.signal.throwIfAborted();
      yield await work(batch, run);
    }
  };
  return options.columns === undefined ? stage : Object.assign(stage, { columns: options.columns });
};

/**
 * A stage that lets every row through unchanged.
 *
 * @example
 * const stage = onlyCopy ? passThrough<CsvRecord>() : validate(rule);
 */
export const passThrough = <R>(): Stage<R, R> => createStage((batch) => batch);

/**
 * Joins stages left to right; types and columns flow through.
 *
 * @example
 * const order = compose(validate(rule), enrich(customers, { key: (row) => row.customerId, columns: ['tier'], assign: (_, c) => ({ tier: c.tier }) }));
 */
export function compose<A, B>(a: Stage<A, B>): Stage<A, B>;
export function compose<A, B, C>(a: Stage<A, B>, b: Stage<B, C>): Stage<A, C>;
export function compose<A, B, C, D>(a: Stage<A, B>, b: Stage<B, C>, c: Stage<C, D>): Stage<A, D>;
export function compose<A, B, C, D, E>(a: Stage<A, B>, b: Stage<B, C>, c: Stage<C, D>, d: Stage<D, E>): Stage<A, E>;
export function compose<A, B, C, D, E, F>(
  a: Stage<A, B>,
  b: Stage<B, C>,
  c: Stage<C, D>,
  d: Stage<D, E>,
  e: Stage<E, F>,
): Stage<A, F>;
export function compose<A, B, C, D, E, F, G>(
  a: Stage<A, B>,
  b: Stage<B, C>,
  c: Stage<C, D>,
  d: Stage<D, E>,
  e: Stage<E, F>,
  f: Stage<F, G>,
): Stage<A, G>;
// biome-ignore lint/suspicious/noExplicitAny: the overloads carry the types; no single type fits every stage of a list
export function compose(...stages: Stage<any, any>[]): Stage<any, any> {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const composed = (rows: Rows<any>, run: RunContext): Rows<any> =>
    stages.reduce((current, stage) => stage(current, run), rows);
  const columns: ColumnsOf = (input) => stages.reduce((current, stage) => stage.columns?.(current) ?? current, input);
  return Object.assign(composed, { columns });
}

/** Which columns `mapRows` derives, and how. */
export interface MapRowsOptions<In, Values extends object> {
  /** Columns whose values `map` gives; new ones go to the end of the file, known ones are replaced in place. */
  readonly columns: readonly (keyof Values & string)[];
  /** The values of those columns for one row. */
  readonly map: (row: In, rowNumber: number) => Values;
}

/**
 * A stage that derives columns from each row.
 *
 * @example
 * const total = mapRows({ columns: ['total'], map: (row: CsvRecord) => ({ total: Number(row.price) * Number(row.units) }) });
 */
export const mapRows = <In, Values extends object>(options: MapRowsOptions<In, Values>): Stage<In, In & Values> =>
  createStage(
    (batch) => {
      const values = batch.rows.map((row, index) => options.map(row, batch.records.rowNumber(batch.positions[index]!)));
      // Only the named columns are written: a map that spreads its row must not rewrite the bytes of all the others.
      const named = values.map((all) => pick(all, options.columns));
      return withRows(assignValues(batch, named), () =>
        batch.rows.map((row, index) => ({ ...row, ...values[index] }) as In & Values),
      );
    },
    { columns: (columns) => addColumns(columns, options.columns) },
  );

const pick = <T extends object>(all: T, names: readonly (keyof T & string)[]): Partial<T> => {
  const picked: Partial<T> = {};
  for (const name of names) picked[name] = all[name];
  return picked;
};

/**
 * Keeps the named columns, in the given order, in the file. The typed view of later stages is not narrowed.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when a name is not a column at this point.
 * @example
 * const slim = compose(validate(rule), selectColumns(['id', 'total']));
 */
export const selectColumns = <R>(names: readonly string[]): Stage<R, R> =>
  createStage((batch) => batch, {
    columns: (columns) => {
      const missing = names.find((name) => !columns.includes(name));
      if (missing !== undefined)
        throw new PipelineConfigError('CONFIG_INVALID', {
          option: 'columns',
          expected: `names out of ${columns.join(', ')}`,
          got: JSON.stringify(missing),
        });
      return names;
    },
  });

/**
 * Leaves the named columns out of the file. Later stages no longer see them in the type of a row.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when a name is not a column at this point, or no column would be left.
 * @example
 * const slim = compose(validate(rule), dropColumns<Order, 'note'>(['note']));
 */
export const dropColumns = <R, Dropped extends keyof R & string>(
  names: readonly Dropped[],
): Stage<R, Omit<R, Dropped>> =>
  createStage<R, Omit<R, Dropped>>((batch) => batch, {
    columns: (columns) => {
      const missing = names.find((name) => !columns.includes(name));
      const left = columns.filter((name) => !names.includes(name as Dropped));
      if (missing !== undefined || left.length === 0)
        throw new PipelineConfigError('CONFIG_INVALID', {
          option: 'columns',
          expected: `names out of ${columns.join(', ')}, but not all`,
          got: JSON.stringify(missing ?? names),
        });
      return left;
    },
  });

/**
 * `columns` followed by those of `added` that are not among them.
 *
 * @example
 * addColumns(['id', 'price'], ['price', 'total']); // ['id', 'price', 'total']
 */
export const addColumns = (columns: readonly string[], added: readonly string[]): readonly string[] => [
  ...columns,
  ...added.filter((name) => !columns.includes(name)),
];
