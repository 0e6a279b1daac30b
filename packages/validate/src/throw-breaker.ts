import { PipelineRejectLimitError, type RowBatch, type RowIssue, type RunContext } from '@pipeline/core';

/** Ends work whose rules are broken, where every row would else be rejected for no fault of its own. */
export type ThrowBreaker = (
  batch: RowBatch<unknown>,
  failures: readonly (readonly RowIssue[] | undefined)[],
  run: RunContext,
) => void;

/**
 * Counts, for each rule, on how many rows in a row it threw. Rows that fail the schema do not count: checks do not see them.
 *
 * @throws PipelineRejectLimitError `RULE_BROKEN`, from the breaker
 */
export const createThrowBreaker = (maxThrows: number): ThrowBreaker => {
  // A process may do several chunks at a time with one stage.
  const countsOf = new WeakMap<RunContext, Map<string, number>>();
  return ({ records, positions }, failures, run) => {
    const counts = countsOf.get(run) ?? new Map<string, number>();
    countsOf.set(run, counts);
    for (let index = 0; index < positions.length; index++) {
      const issues = failures[index];
      if (issues === undefined) {
        counts.clear();
        continue;
      }
      const thrown = new Set(issues.filter(({ code }) => code === 'RULE_THREW').map(({ rule }) => rule));
      if (thrown.size === 0 && !issues.some(({ code }) => code === 'RULE_CUSTOM')) continue;
      for (const rule of counts.keys()) if (!thrown.has(rule)) counts.delete(rule);
      for (const rule of thrown) {
        const rows = (counts.get(rule) ?? 0) + 1;
        counts.set(rule, rows);
        if (rows >= maxThrows)
          throw new PipelineRejectLimitError('RULE_BROKEN', { rule, rows, row: records.rowNumber(positions[index]!) });
      }
    }
  };
};
