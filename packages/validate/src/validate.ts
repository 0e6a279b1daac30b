import {
  type CsvRecord,
  createStage,
  PipelineConfigError,
  PipelineRejectLimitError,
  type RowBatch,
  type RowIssue,
  rejectRows,
  type Stage,
  withRows,
  withWarnings,
} from '@pipeline/core';
import { checkBatch } from './check-batch.ts';
import type { RowOutcome, RowRule } from './compile-rule.ts';
import type { Severity } from './levels.ts';
import { createThrowBreaker } from './throw-breaker.ts';

/** What happens to rows that fail. */
export interface ValidateOptions {
  /**
   * `reject` takes a failed row out of the batch, with all its issues. `throw` ends the work at the first one with
   * `PipelineRejectLimitError`.
   * @default 'reject'
   */
  readonly onInvalid?: 'reject' | 'throw';
  /**
   * Overrides how grave issues are. A row whose issues are all warnings stays, and they are counted. Fields that failed
   * their type are then still text in the typed view, and checks in code did not see the row.
   * @default the issue's own severity
   */
  readonly severity?: Severity | ((issue: RowIssue) => Severity);
  /**
   * Ends the work when a check in code, or a Standard Schema, throws on so many rows in a row, from 1: then the rule is
   * broken, not the rows. A warning that throws does not count.
   * @default never, each such row is a reject
   */
  readonly maxThrows?: number;
}

/**
 * A stage that checks every row by a rule. Failed rows become rejects; rows that pass go on in their order with typed
 * values in the `rows` view, while the file keeps the text that came in. The columns of the file are checked when they
 * become known, before any row.
 *
 * @throws PipelineSourceError `CSV_BAD_HEADER`, see `RowRule.checkHeader`
 * @throws PipelineRejectLimitError `REJECT_LIMIT` with `onInvalid: 'throw'`
 * @throws PipelineRejectLimitError `RULE_BROKEN`, see `maxThrows`
 * @throws PipelineConfigError `CONFIG_INVALID` for a wrong option
 *
 * @example
 * const stage = compose(validate(compileRule<Order>(orderSchema)), selectColumns(['id', 'customerId']));
 */
export const validate = <Out>(rule: RowRule<Out>, options: ValidateOptions = {}): Stage<CsvRecord, Out> => {
  const { onInvalid = 'reject', severity, maxThrows } = options;
  checkValidateOptions(onInvalid, severity, maxThrows);
  const breakOn = maxThrows === undefined ? undefined : createThrowBreaker(maxThrows);
  let checked: readonly string[] | undefined;

  return createStage<CsvRecord, Out>(
    (batch, run) => {
      if (batch.records.columns !== checked && checkUntouched(batch, rule)) checked = batch.records.columns;
      const weigh = severity === undefined ? undefined : (outcome: RowOutcome<Out>) => graded(outcome, severity);
      const { failures, warnings, makeRows } = checkBatch(batch, rule, weigh);
      breakOn?.(batch, failures, run);
      if (onInvalid === 'throw') throwFirst(batch, failures);
      const kept = failures.length === 0 ? batch : rejectRows(batch, (index) => failures[index]);
      return withWarnings(withRows(kept, makeRows), warnings);
    },
    {
      columns: (columns) => {
        rule.checkHeader(columns);
        return columns;
      },
    },
  );
};

/**
 * Checks the header for callers that run the stage without asking for its columns. Only where the rows are still those
 * of the reader: a stage before this one may have added the columns that the file lacks.
 */
const checkUntouched = (batch: RowBatch<CsvRecord>, rule: RowRule<unknown>): boolean => {
  if (!batch.untouched) return false;
  rule.checkHeader(batch.records.columns);
  return true;
};

const graded = <Out>(outcome: RowOutcome<Out>, severity: NonNullable<ValidateOptions['severity']>): RowOutcome<Out> => {
  const before = outcome.ok ? outcome.warnings : outcome.issues;
  if (before.length === 0) return outcome;
  const issues = before.map((issue) => ({
    ...issue,
    severity: typeof severity === 'function' ? severity(issue) : severity,
  }));
  return issues.some((issue) => issue.severity === 'error')
    ? { ok: false, value: outcome.value, issues }
    : { ok: true, value: outcome.value as Out, warnings: issues };
};

const throwFirst = (
  { records, positions }: RowBatch<unknown>,
  failures: readonly (readonly RowIssue[] | undefined)[],
): void => {
  const index = failures.findIndex((issues) => issues !== undefined);
  if (index >= 0) throw failedRow(records.rowNumber(positions[index]!), failures[index]!);
};

const failedRow = (rowNumber: number, issues: readonly RowIssue[]): PipelineRejectLimitError => {
  const issue = issues.find((one) => one.severity === 'error');
  const { column, rule, code } = issue ?? {};
  const place = column === undefined ? '' : `, column ${JSON.stringify(column)}`;
  return new PipelineRejectLimitError('REJECT_LIMIT', {
    rejected: 1,
    read: rowNumber,
    limit: `0 that onInvalid "throw" sets (data row ${rowNumber}${place}, rule ${rule})`,
    row: rowNumber,
    column,
    rule,
    code,
  });
};

const checkValidateOptions = (onInvalid: unknown, severity: unknown, maxThrows: unknown): void => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(got) ?? String(got) });
  };
  if (onInvalid !== 'reject' && onInvalid !== 'throw') fail('onInvalid', '"reject" or "throw"', onInvalid);
  if (severity !== undefined && severity !== 'error' && severity !== 'warning' && typeof severity !== 'function')
    fail('severity', '"error", "warning" or a function', severity);
  if (maxThrows !== undefined && (!Number.isSafeInteger(maxThrows) || (maxThrows as number) < 1))
    fail('maxThrows', 'a whole number from 1', maxThrows);
};
