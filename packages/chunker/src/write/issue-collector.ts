import { type IssueCounts, issueKey, type RowBatch, type RowReject, type SidecarCollector } from '@pipeline/core';

type Severity = RowReject['issues'][number]['severity'];

/** Counts rows by `issueKey`: each issue once per rejected row, and those of rows that passed by what the batch says. */
const counterOf = (
  name: string,
  severity: Severity,
  passed: (batch: RowBatch<unknown>) => IssueCounts,
): SidecarCollector<IssueCounts> => ({
  name,
  start: () => {
    const counts: Record<string, number> = {};
    const add = (key: string, count: number): void => {
      counts[key] = (counts[key] ?? 0) + count;
    };
    return {
      add: (batch) => {
        for (const [key, count] of Object.entries(passed(batch))) add(key, count);
        for (const { issues } of batch.rejects)
          for (const key of new Set(issues.filter((issue) => issue.severity === severity).map(issueKey))) add(key, 1);
      },
      finish: () => counts,
    };
  },
});

/** Counts what rejected rows, each issue once per row: the sidecar `issues`. */
export const issueCollector = counterOf('issues', 'error', () => ({}));

/** Counts what rejects no row by itself, in rows that passed and in rejected ones: the sidecar `warnings`. */
export const warningCollector = counterOf('warnings', 'warning', ({ warnings }) => warnings);
