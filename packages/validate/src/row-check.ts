import { type CsvRecord, type IssueParts, PipelineConfigError, type RowIssue } from '@pipeline/core';
import { type IssueSettings, issueOf } from './row-issues.ts';

/** What a check of one's own says: `true`, or what is wrong. Never put the value into a message: messages are mailed and logged. */
export type RowVerdict = true | string | readonly RowProblem[];

/** One thing that a check of one's own found wrong. */
export interface RowProblem {
  readonly message: string;
  readonly column?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A rule in code, for what a schema cannot say, such as one column against another. */
export interface RowCheck<Row = CsvRecord> {
  /** Appears as `rule` in issues, with code `RULE_CUSTOM`. */
  readonly name: string;
  /** The columns it looks at; with exactly one, a text verdict is about that column. */
  readonly columns?: readonly string[];
  /** A `warning` lets the row pass and is counted. @default 'error' */
  readonly severity?: RowIssue['severity'];
  /**
   * Looks at the typed row and at its source text. Called only for rows that pass the schema. An empty list is a pass,
   * a throw becomes the issue `RULE_THREW`.
   */
  readonly check: (row: Row, record: CsvRecord, rowNumber: number) => RowVerdict;
}

/**
 * Gives a check its row type.
 *
 * @example
 * const dates = defineCheck<Order>({
 *   name: 'shippedAfterOrdered',
 *   columns: ['shipped'],
 *   check: (row) => row.shipped === undefined || row.shipped >= row.ordered || 'must not be before the order date',
 * });
 */
export const defineCheck = <Row = CsvRecord>(check: RowCheck<Row>): RowCheck<Row> => check;

/** @throws PipelineConfigError `CONFIG_INVALID` */
export const checkOptions = (checks: readonly RowCheck<never>[], locale: string | undefined): void => {
  const fail = (option: string, expected: string, got: string): never => {
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got }, locale === undefined ? {} : { locale });
  };
  if (!Array.isArray(checks)) fail('checks', 'an array', typeof checks);
  const names = new Set<string>();
  for (const [index, check] of checks.entries()) {
    const { name, severity = 'error' } = check;
    if (typeof name !== 'string' || name === '') fail(`checks[${index}].name`, 'a text', JSON.stringify(name));
    if (names.has(name)) fail(`checks[${index}].name`, 'used once', JSON.stringify(name));
    names.add(name);
    if (typeof check.check !== 'function') fail(`checks[${index}].check`, 'a function', typeof check.check);
    if (severity !== 'error' && severity !== 'warning')
      fail(`checks[${index}].severity`, '"error" or "warning"', JSON.stringify(severity));
  }
};

/** Runs one check on one row; `undefined` when it passes. */
export const runCheck = <Row>(
  check: RowCheck<Row>,
  row: Row,
  record: CsvRecord,
  rowNumber: number,
  settings: IssueSettings,
): readonly RowIssue[] | undefined => {
  const { name, columns, severity = 'error' } = check;
  const build = (parts: Pick<IssueParts, 'code' | 'column' | 'params' | 'hint'>): RowIssue =>
    issueOf({ rule: name, severity, ...parts }, record, settings);
  const custom = (reason: string, column: string | undefined, hint?: string): RowIssue =>
    build({ code: 'RULE_CUSTOM', column, params: { reason }, hint });
  const threw = (reason: string): RowIssue[] => [
    build({ code: 'RULE_THREW', column: onlyOf(columns), params: { rule: name, reason } }),
  ];
  let verdict: unknown;
  try {
    verdict = check.check(row, record, rowNumber);
    if (verdict === true) return undefined;
    if (typeof verdict === 'string') return [custom(verdict === '' ? `fails ${name}` : verdict, onlyOf(columns))];
    if (Array.isArray(verdict)) {
      if (verdict.length === 0) return undefined;
      const list = verdict as RowProblem[];
      if (list.some((item) => typeof item?.message !== 'string')) return threw('answered a list without messages');
      return list.map(({ message, column, hint }) => custom(message, column ?? onlyOf(columns), hint));
    }
  } catch (error) {
    return threw(errorName(error));
  }
  // A promise among them: an async check would otherwise pass every row.
  return threw(`answered ${verdict === null ? 'null' : verdict instanceof Promise ? 'a promise' : typeof verdict}`);
};

const onlyOf = (columns: readonly string[] | undefined): string | undefined =>
  columns?.length === 1 ? columns[0] : undefined;

/** The name alone: an error's text often quotes the value that caused it. */
export const errorName = (error: unknown): string => {
  const name = error instanceof Error ? error.name : undefined;
  return typeof name === 'string' && /^[A-Za-z_$][\w$]{0,99}$/.test(name) ? name : 'Error';
};
