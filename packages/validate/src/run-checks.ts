import type { CsvRecord, RowIssue } from '@pipeline/core';
import type { RowOutcome } from './compile-rule.ts';
import { type RowCheck, runCheck } from './row-check.ts';
import { type IssueSettings, isError, withOverflow } from './row-issues.ts';

/** Runs the checks in code on a row whose values have no errors; `before` are the warnings that it has already. */
export type RunChecks<Out> = (
  value: Out,
  record: CsvRecord,
  rowNumber: number,
  before?: readonly RowIssue[],
) => RowOutcome<Out>;

export const runChecks =
  <Out>(checks: readonly RowCheck<Out>[], settings: IssueSettings): RunChecks<Out> =>
  (value, record, rowNumber, before = noIssues) => {
    const { maxIssuesPerRow } = settings;
    let issues: RowIssue[] | undefined;
    let count = before.length;
    for (const own of checks) {
      const found = runCheck(own, value, record, rowNumber, settings);
      if (found === undefined) continue;
      count += found.length;
      issues = [...(issues ?? before), ...found.slice(0, maxIssuesPerRow + 1)];
    }
    if (issues === undefined) return { ok: true, value, warnings: before };
    // Errors first, so that the cap never leaves a failed row without one.
    issues.sort((a, b) => Number(!isError(a)) - Number(!isError(b)));
    if (issues.length > maxIssuesPerRow)
      issues = withOverflow(issues.slice(0, maxIssuesPerRow), count, record, settings);
    return isError(issues[0]!) ? { ok: false, value, issues } : { ok: true, value, warnings: issues };
  };

const noIssues: readonly RowIssue[] = Object.freeze([]);
