import { type IssueCounts, issueKey, type SidecarCollector } from '@pipeline/core';

/** Counts issues of rejected rows, each once per row, and warnings of written ones, by `issueKey`: the sidecar `issues`. */
export const issueCollector: SidecarCollector<IssueCounts> = {
  name: 'issues',
  start: () => {
    const counts: Record<string, number> = {};
    const add = (key: string, count: number): void => {
      counts[key] = (counts[key] ?? 0) + count;
    };
    return {
      add: ({ warnings, rejects }) => {
        for (const [key, count] of Object.entries(warnings)) add(key, count);
        for (const reject of rejects) for (const key of new Set(reject.issues.map(issueKey))) add(key, 1);
      },
      finish: () => counts,
    };
  },
};
