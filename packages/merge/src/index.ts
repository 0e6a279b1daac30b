export { amendChunk } from './amend/amend-chunk.ts';
export { type AmendmentClaim, commitAmendment, readAmendment } from './amend/amendment.ts';
export { type CommittedResultsOptions, checkResult, committedResults } from './committed-results.ts';
export { type IssueExample, type IssueExamples, type IssueExamplesOptions, issueExamples } from './issue-examples.ts';
export type { RowTarget } from './lineage/plan-trace.ts';
export { type RowTrace, type TraceRowOptions, traceRow } from './lineage/trace-row.ts';
export { type MergeOptions, merge } from './merge.ts';
export { type MergePartsOptions, mergeParts } from './merge-parts.ts';
export { formatReject, mergeRejects, type RejectsOfChunk, type RejectsSource, rejectsHeader } from './merge-rejects.ts';
export { type DoneBatch, latestRevision, openBatch } from './open-batch.ts';
export { type MergePart, type PieceSlice, type PlanMergeOptions, planMerge } from './plan-merge.ts';
export { disproofOf } from './plan-proof.ts';
export { batchOfMended } from './replay/batch-of-mended.ts';
export { type ReplayOptions, replay, replayIdOf } from './replay/replay.ts';
export type { ReplayedChunk } from './replay/tell-replayed.ts';
export {
  issueReducer,
  type Resolution,
  type ResolveOptions,
  resolve,
  type SidecarReducer,
  warningReducer,
} from './resolve.ts';
export type { RepeatedRow } from './unique/find-repeats.ts';
export type { UniqueSummary } from './unique/resolve-unique.ts';
export { type ReportedChunk, type ReportFile, readReport, writeReport } from './write-report.ts';
