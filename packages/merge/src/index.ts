export { type CommittedResultsOptions, checkResult, committedResults } from './committed-results.ts';
export { type IssueExample, type IssueExamples, type IssueExamplesOptions, issueExamples } from './issue-examples.ts';
export { type MergeOptions, merge } from './merge.ts';
export { type MergePartsOptions, mergeParts } from './merge-parts.ts';
export { mergeRejects, type RejectsOfChunk, rejectsHeader } from './merge-rejects.ts';
export { type MergePart, type PieceSlice, type PlanMergeOptions, planMerge } from './plan-merge.ts';
export { disproofOf } from './plan-proof.ts';
export { issueReducer, type Resolution, type ResolveOptions, resolve, type SidecarReducer } from './resolve.ts';
export { type ReportedChunk, type ReportFile, readReport, writeReport } from './write-report.ts';
