import {
  addColumns,
  assignValues,
  type IssueCode,
  type MessageParams,
  makeIssue,
  PipelineError,
  PipelineLookupRefusedError,
  type RowBatch,
  type RowIssue,
  type Rows,
  type RunContext,
  rejectRows,
  type Stage,
  withWarnings,
} from '@pipeline/core';
import { isCount, requireOption } from './check-options.ts';
import { findValues } from './find-values.ts';
import { lookAhead } from './look-ahead.ts';
import { type Lookup, type LookupKey, LookupKeyError } from './lookup.ts';
import { type CheckedPolicies, checkPolicies, type RowPolicies, type RowPolicy } from './row-policy.ts';

/** What becomes of a row whose key is missing. */
export type OnMissing<Added extends object> = RowPolicy<Added>;

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
 * A stage that adds columns from a look-up, with one look-up call per batch of rows. Rows stay in order. A row without a
 * value follows the policy for why it has none; one on which `key` or `assign` throws is rejected with `RULE_THREW`. Rows
 * that get empty or default values because the source failed are counted as warnings.
 *
 * @throws PipelineLookupError as the look-up does, under `onFailed: 'fail'` and `onSlow: 'fail'`
 * @throws PipelineLookupRefusedError as the look-up does; `LOOKUP_KEY_MISSING` with row number and byte offset, under
 * `onMissing: 'fail'`; `LOOKUP_REFUSED` under `onPoisoned: 'fail'`
 *
 * @example
 * const withTier = enrich(customers, {
 *   key: (row: Order) => row.customerId,
 *   keyColumn: 'customerId',
 *   columns: ['tier'],
 *   assign: (_, customer) => ({ tier: customer.tier }),
 *   onMissing: { default: { tier: 'none' } },
 *   onFailed: 'reject',
 * });
 */
export function enrich<In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string = keyof A & string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & RowPolicies<Exclude<RowPolicy<Pick<A, C>>, 'null'>>,
): Stage<In, In & Pick<A, C>>;
export function enrich<In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string = keyof A & string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & RowPolicies<RowPolicy<Pick<A, C>>>,
): Stage<In, In & Nullable<Pick<A, C>>>;
export function enrich<In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & RowPolicies<RowPolicy<Pick<A, C>>>,
): Stage<In, In & Nullable<Pick<A, C>>> {
  const { columns, prefetchBatches = 1 } = options;
  requireOption(isCount(prefetchBatches, 0), 'prefetchBatches', 'a whole number from 0', prefetchBatches);
  const policies = checkPolicies(options);
  const work = (batch: RowBatch<In>, run: RunContext) => enrichBatch(lookup, { ...options, policies }, batch, run);
  return Object.assign((rows: Rows<In>, run: RunContext) => lookAhead(rows, run, prefetchBatches, work), {
    columns: (before: readonly string[]) => addColumns(before, columns),
  });
}

const enrichBatch = async <In, K extends LookupKey, V, A extends Record<C, unknown>, C extends string>(
  lookup: Lookup<K, V>,
  options: EnrichOptions<In, K, V, A, C> & { readonly policies: CheckedPolicies<RowPolicy<Pick<A, C>>> },
  batch: RowBatch<In>,
  run: RunContext,
): Promise<RowBatch<In & Nullable<Pick<A, C>>>> => {
  const { columns, assign, keyColumn, policies } = options;
  const { rows } = batch;
  const issues: (readonly RowIssue[] | undefined)[] = [];
  const warnings: RowIssue[] = [];
  const issueOf = (code: IssueCode, key: K | undefined, params: MessageParams = {}): RowIssue =>
    makeIssue({
      code,
      rule: lookup.name,
      column: keyColumn,
      value: key === undefined ? undefined : String(key),
      params: { lookup: lookup.name, ...params },
    });

  const keys = new Array<K | undefined>(rows.length);
  for (let index = 0; index < rows.length; index++) {
    try {
      keys[index] = options.key(rows[index]!);
    } catch (error) {
      issues[index] = [issueOf('RULE_THREW', undefined, { reason: nameOf(error) })];
    }
  }
  const found = await findValues(lookup, keys, policies, run);

  const values: Nullable<Pick<A, C>>[] = [];
  const follow = (index: number, failure: LookupKeyError | undefined): void => {
    const reason = failure?.kind ?? 'missing';
    const policy = policies[reason];
    if (policy === 'fail') throw failureOfRow(lookup.name, batch, index, failure);
    const code = codes[reason];
    if (policy === 'reject') issues[index] = [issueOf(code, keys[index], { reason: failure?.reason })];
    else {
      values.push(policy === 'null' ? nulls<A, C>(columns) : pick(policy.default, columns));
      if (failure !== undefined)
        warnings.push({ ...issueOf(code, undefined, { reason: failure.reason }), severity: 'warning' });
    }
  };
  for (let index = 0; index < rows.length; index++) {
    if (issues[index] !== undefined) continue;
    const answer = found[index];
    if (answer === undefined) follow(index, undefined);
    else if (LookupKeyError.is(answer)) follow(index, answer);
    else {
      try {
        values.push(pick(assign(rows[index]!, answer), columns));
      } catch (error) {
        issues[index] = [issueOf('RULE_THREW', undefined, { reason: nameOf(error) })];
      }
    }
  }
  const kept = issues.length === 0 ? batch : rejectRows(batch, (index) => issues[index]);
  return assignValues(withWarnings(kept, warnings), values);
};

const codes = {
  missing: 'LOOKUP_MISSING',
  poisoned: 'LOOKUP_KEY_FAILED',
  failed: 'LOOKUP_UNANSWERED',
  slow: 'LOOKUP_UNANSWERED',
} as const;

const failureOfRow = (
  lookup: string,
  { records, positions }: RowBatch<unknown>,
  index: number,
  failure: LookupKeyError | undefined,
): PipelineError => {
  const row = records.rowNumber(positions[index]!);
  const offset = records.byteOffset(positions[index]!);
  if (failure === undefined) return new PipelineLookupRefusedError('LOOKUP_KEY_MISSING', { lookup, row, offset });
  if (PipelineError.is(failure.cause)) return failure.cause;
  const reason = `the answer for data row ${row} cannot be used: ${failure.reason}`;
  return new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup, reason });
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
