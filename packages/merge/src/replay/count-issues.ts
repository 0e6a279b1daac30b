import { issueCollector, type RejectLine, warningCollector } from '@pipeline/chunker';
import type { ChunkRef, ChunkResult, IssueCounts, RowBatch } from '@pipeline/core';
import { issueKey } from '@pipeline/core';
import { countsAfter } from './plan-replay.ts';

/** Keeps the counts of a chunk's issues true while mended rows take the place of rejected ones. */
export interface IssueRecount {
  /** A rejected row that was mended: what was counted of it counts no more. */
  gone(line: RejectLine): void;
  /** Mended rows, as they come out of the stage. */
  add(batch: RowBatch<unknown>): void;
  /** The counts as they are now, by the names of their sidecars. */
  after(before: Pick<ChunkResult, 'sidecars'>): Readonly<Record<string, IssueCounts>>;
}

const counted = [
  { collector: issueCollector, severity: 'error' },
  { collector: warningCollector, severity: 'warning' },
] as const;

/** Begins with the counts that a chunk has. */
export const startCounts = (chunk: ChunkRef): IssueRecount => {
  const all = counted.map(({ collector, severity }) => ({
    name: collector.name,
    severity,
    gather: collector.start(chunk),
    gone: {} as Record<string, number>,
  }));
  return {
    gone: ({ issues }) => {
      for (const { severity, gone } of all)
        for (const key of new Set(issues.filter((issue) => issue.severity === severity).map(issueKey)))
          gone[key] = (gone[key] ?? 0) + 1;
    },
    add: (batch) => {
      for (const { gather } of all) gather.add(batch);
    },
    after: ({ sidecars }) =>
      Object.fromEntries(
        all.map(({ name, gone, gather }) => [
          name,
          countsAfter((sidecars[name] ?? {}) as IssueCounts, gone, gather.finish() as IssueCounts),
        ]),
      ),
  };
};
