import {
  addColumns,
  assignValues,
  formatMessage,
  type IssueCode,
  type MessageParams,
  PipelineLookupRefusedError,
  type RowBatch,
  type RowIssue,
  type Rows,
  type RunContext,
  rejectRows,
  type Stage,
} from '@pipeline/core';
import { isCount, requireOption } from './check-options.ts';
import { lookAhead } from './look-ahead.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';

/**
 * What becomes of a row whose key is missing: it is rejected, gets empty fields, gets default values, or fails the batch.
 */
export type OnMissing<Added extends object> = 'reject' | 'null' | 'fail' | { readonly default: Added };

/** The added columns when they may be empty. */
export type Nullable<Added extends object> = { [Column in keyof Added]: Added[Column] | null };

/** How `enrich` gets a key of a row, and values of what was found. */
export interface EnrichOptions<
  In,
  K extends LookupKey,
  V,
  A extends Record<C, unknown>,
  C extends string = keyof A & string,
> {
  /** The key of a row; `undefined` counts as missing. */
  readonly key: (row: In) => K | undefined;
  /** The columns that are added to the file, in order; known ones are replaced in place. Only these are taken from `assign`. */
  readonly columns: readonly C[];
  /** The values of those columns. */
  readonly assign: (row: In, value: V) => A;
  /** The column that issues name. @default none */
  readonly keyColumn?: string;
  /** How many batches of rows are looked up while an earlier one is still in work. @default 1 */
  readonly prefetchBatches?: number;
}

/**
 * A stage that adds columns from a look-up, with one look-up call per batch of rows. Rows stay in order. A row whose
 * key has no entry follows `onMissing`; one whose key fails at the source is rejected with `LOOKUP_KEY_FAILED`, one on
 * which `key` or `assign` throws with `RULE_THREW`.
 *
 * @throws PipelineLookupError, PipelineLookupRefusedError as the look-up does
 * @throws PipelineLookupRefusedError `LOOKUP_KEY_MISSING` with row number and byte offset, under `onMissing: 'fail'`
 *
 * @example
 * const withTier = enrich(customers, {
 *   key: (row: Order) => row.customerId,
 *   keyColumn: 'customerId',
 *   columns: ['tier'],
 *   assign: (_, customer) => ({ tier: customer.tier }),
 *   onMissing: { default: { tier: 'none' } },
 * });
 */
export function enrich<In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string = keyof A & string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & {
    /** @default 'reject' */
    readonly onMissing?: Exclude<OnMissing<Pick<A, C>>, 'null'>;
  },
): Stage<In, In & Pick<A, C>>;
export function enrich<In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string = keyof A & string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & { readonly onMissing: OnMissing<Pick<A, C>> },
): Stage<In, In & Nullable<Pick<A, C>>>;
export function enrich<In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & { readonly onMissing?: OnMissing<Pick<A, C>> },
): Stage<In, In & Nullable<Pick<A, C>>> {
  const { columns, onMissing = 'reject', prefetchBatches = 1 } = options;
  requireOption(isCount(prefetchBatches, 0), 'prefetchBatches', 'a whole number from 0', prefetchBatches);
  requireOption(
    ['reject', 'null', 'fail'].includes(onMissing as string) || (typeof onMissing === 'object' && onMissing !== null),
    'onMissing',
    "'reject', 'null', 'fail' or { default }",
    onMissing,
  );
  const work = (batch: RowBatch<In>, run: RunContext) => enrichBatch(lookup, { ...options, onMissing }, batch, run);
  return Object.assign((rows: Rows<In>, run: RunContext) => lookAhead(rows, run, prefetchBatches, work), {
    columns: (before: readonly string[]) => addColumns(before, columns),
  });
}

const enrichBatch = async <In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & { readonly onMissing: OnMissing<Pick<A, C>> },
  batch: RowBatch<In>,
  run: RunContext,
): Promise<RowBatch<In & Nullable<Pick<A, C>>>> => {
  const { columns, assign, keyColumn, onMissing } = options;
  const { rows, records, positions } = batch;
  const issues: (readonly RowIssue[] | undefined)[] = [];
  const reject = (index: number, code: IssueCode, key: K | undefined, params: MessageParams = {}): void => {
    const message = formatMessage(code, { lookup: lookup.name, rule: lookup.name, ...params });
    issues[index] = [
      {
        code,
        rule: lookup.name,
        ...(keyColumn === undefined ? {} : { column: keyColumn }),
        ...(key === undefined ? {} : { value: String(key).slice(0, 200) }),
        message,
        severity: 'error',
      },
    ];
  };

  const keys = new Array<K | undefined>(rows.length);
  const asked: K[] = [];
  for (let index = 0; index < rows.length; index++) {
    try {
      const key = options.key(rows[index]!);
      keys[index] = key;
      if (key !== undefined) asked.push(key);
    } catch (error) {
      reject(index, 'RULE_THREW', undefined, { reason: nameOf(error) });
    }
  }
  const answers: ReadonlyMap<K, V | LookupKeyError> =
    asked.length === 0 ? new Map() : await lookup.loadMany(asked, run);

  const values: Nullable<Pick<A, C>>[] = [];
  for (let index = 0; index < rows.length; index++) {
    if (issues[index] !== undefined) continue;
    const key = keys[index];
    const answer = key === undefined ? undefined : answers.get(key);
    if (LookupKeyError.is(answer)) reject(index, 'LOOKUP_KEY_FAILED', key, { reason: answer.reason });
    else if (answer !== undefined) {
      try {
        values.push(pick(assign(rows[index]!, answer), columns));
      } catch (error) {
        reject(index, 'RULE_THREW', undefined, { reason: nameOf(error) });
      }
    } else if (onMissing === 'reject') reject(index, 'LOOKUP_MISSING', key);
    else if (onMissing === 'fail')
      throw new PipelineLookupRefusedError('LOOKUP_KEY_MISSING', {
        lookup: lookup.name,
        row: records.rowNumber(positions[index]!),
        offset: records.byteOffset(positions[index]!),
      });
    else values.push(onMissing === 'null' ? nulls<A, C>(columns) : pick(onMissing.default, columns));
  }
  const kept = issues.length === 0 ? batch : rejectRows(batch, (index) => issues[index]);
  return assignValues(kept, values);
};

/** Only the declared columns: anything else that `assign` gave would overwrite source bytes or be lost in silence. */
const pick = <A extends Record<C, unknown>, C extends string>(values: A, columns: readonly C[]): Pick<A, C> => {
  const picked = {} as Pick<A, C>;
  for (const column of columns) picked[column] = values[column];
  return picked;
};

const nulls = <A extends Record<C, unknown>, C extends string>(columns: readonly C[]): Nullable<Pick<A, C>> => {
  const empty = {} as Record<C, null>;
  for (const column of columns) empty[column] = null;
  return empty as Nullable<Pick<A, C>>;
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
