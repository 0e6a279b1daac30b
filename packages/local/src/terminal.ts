export { readArguments, readWhole } from './cli/arguments.ts';
export { BatchFailedError, exitCodes, InterruptError, UsageError } from './cli/exit-codes.ts';
export { type Interrupt, listenForInterrupt } from './cli/interrupt.ts';
export type { StageName, StageProgress } from './cli/progress/batch-history.ts';
export { batchSteps, waitingSteps } from './cli/progress/batch-steps.ts';
export { type ChunkBook, type ChunkCounts, createChunkBook } from './cli/progress/chunk-book.ts';
export { type BatchProgress, type FollowOptions, followBatch } from './cli/progress/follow-batch.ts';
export { createProgressView, type ProgressView, type ProgressViewOptions } from './cli/progress/live-view.ts';
export type { Step } from './cli/progress/step.ts';
export { createStyle, type Style, styleOf } from './cli/progress/style.ts';
export {
  fit,
  formatBytes,
  formatCount,
  formatDuration,
  padEnd,
  padStart,
  plural,
  printable,
  wrap,
} from './cli/progress/text.ts';
export { type OutFolder, openOutFolder } from './cli/results/out-folder.ts';
export { type BatchOutput, type SavedFile, type SavedResults, saveResults } from './cli/results/save-results.ts';
export { balance, fileTable, type IssueLine, issueLines, issueTable } from './cli/results/summary.ts';
export { type BegunBatch, beginBatch, failureOf, type UploadedFile } from './cli/run/run-batch.ts';
export { refusalLines } from './cli/serve/refusal-lines.ts';
export { startStack } from './cli/start-stack.ts';
export { createWorkFolder, type WorkFolder } from './cli/work-folder.ts';
