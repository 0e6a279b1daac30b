import type { BatchReport, ColumnProfile, IssueCounts } from '@pipeline/core';
import type { IssueExample, IssueExamples, UniqueSummary } from '@pipeline/merge';

/** A report as it is read for the page: what a dry run adds is told. */
export interface PageReport extends BatchReport {
  /** The output was not kept. @default false */
  readonly dryRun?: boolean;
}

/** What rejected rows, by issue key. */
export const issueCounts = ({ resolved }: BatchReport): IssueCounts => (resolved.issues ?? {}) as IssueCounts;

/** What rejects no row by itself, by issue key. */
export const warningCounts = ({ resolved }: BatchReport): IssueCounts => (resolved.warnings ?? {}) as IssueCounts;

/** Examples by issue key; `undefined` where none were gathered. */
export const issueExamplesOf = ({
  resolved,
}: BatchReport): Readonly<Record<string, readonly IssueExample[]>> | undefined =>
  (resolved.examples as IssueExamples | undefined)?.issues;

/** `undefined` where columns were not profiled. */
export const columnProfiles = ({ resolved }: BatchReport): readonly ColumnProfile[] | undefined =>
  Array.isArray(resolved.columns) ? (resolved.columns as readonly ColumnProfile[]) : undefined;

/** What came out for each rule of uniqueness, by its name. */
export const uniqueSummaries = ({ resolved }: BatchReport): Readonly<Record<string, UniqueSummary>> =>
  (resolved.unique ?? {}) as Readonly<Record<string, UniqueSummary>>;
