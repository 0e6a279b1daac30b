import type { CsvRecord, RowIssue } from '@pipeline/core';
import type { RowOutcome } from './compile-rule.ts';
import { type RowCheck, runCheck } from './row-check.ts';
import { withOverflow } from './row-issues.ts';

/** Makes what runs the checks in code on rows that pass the schema. */
export const runChecks =
  <Out>(checks: readonly RowCheck<Out>[], maxIssuesPerRow: number, locale: string | undefined) =>
  (value: Out, record: CsvRecord, rowNumber: number): RowOutcome<Out> => {
    let issues: RowIssue[] | undefined;
    for (const own of checks) {
      const found = runCheck(own, value, record, rowNumber, locale);
      if (found === undefined) continue;
      issues = [...(issues ?? []), ...found.slice(0, maxIssuesPerRow + 1)];
    }
    if (issues === undefined) return { ok: true, value, warnings: noIssues };
    // Errors first, so that the cap never leaves a failed row without one.
    issues.sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
    const severity = issues[0]?.severity;
    if (issues.length > maxIssuesPerRow)
      issues = withOverflow(issues.slice(0, maxIssuesPerRow), record, locale, severity);
    return severity === 'error' ? { ok: false, value, issues } : { ok: true, value, warnings: issues };
  };

const noIssues: readonly RowIssue[] = Object.freeze([]);
