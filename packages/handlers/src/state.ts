import type {
  ChunkSizeOptions,
  ColumnChoice,
  DialectOptions,
  OutputFormat,
  ScanTask,
  SourceOptions,
  SplitCursor,
} from '@pipeline/chunker';
import type { ChunkEntry, ObjectRef, PlanMode } from '@pipeline/core';

// What passes through the state machine: pointers and small facts, nothing that grows with rows, chunks or errors.

/**
 * Settings of one batch, part of its identity: other settings make another batch of the same upload. Delimiter, quote and
 * their like are those of the upload; those of the output stand in `output`.
 */
export interface BatchSettings extends DialectOptions, SourceOptions, ChunkSizeOptions {
  /** How borders of chunks are found. @default by size: in one pass, from 512 MiB on from samples */
  readonly plan?: PlanMode;
  /** From so many bytes on, a full scan is left to tasks of their own, from 1. @default 8 GiB */
  readonly scanTasksFromBytes?: number;
  /** Columns of the output, in order; a name, or a name and the one that it goes out under. @default what the stages make of the source's */
  readonly columns?: readonly ColumnChoice[];
  /** What the output looks like. @default as the upload */
  readonly output?: Omit<OutputFormat, 'columns'>;
}

/** Input of an execution, made by the intake. */
export interface BatchInput {
  /** Id of the batch, 32 hex digits, which names the execution too. */
  readonly batchId: string;
  /** The upload, pinned. */
  readonly source: ObjectRef;
  /** What the intake was made with. */
  readonly settings: BatchSettings;
}

/** Input of the splitter: that of the execution and, in a further call, where to go on. */
export interface SplitInput extends BatchInput {
  /** The `cursor` of the call before. @default the beginning */
  readonly cursor?: SplitCursor | null;
  /**
   * 1, or 2 for the full scan in place of a sampled plan that was wrong.
   * @default 1, and no sampling: the state machine could not plan again
   */
  readonly planNumber?: number;
  /** The state machine has a function for scan tasks. @default false */
  readonly scanTasks?: boolean;
}

/** All fields are always there, since a JSONPath of the state machine fails on one that is missing. */
export interface SplitOutput {
  /** False: call again with `cursor`, because time was short, or once the tasks of `scan` are done. */
  readonly done: boolean;
  /** Where to go on; `null` when done. */
  readonly cursor: SplitCursor | null;
  /** `scan/ranges.jsonl`, which the map of scan tasks reads, when they are to be done now. */
  readonly scan: ObjectRef | null;
  /** Which plan of the batch this is, from 1. */
  readonly planNumber: number;
  /** `manifest.json`; `null` until done. */
  readonly manifest: ObjectRef | null;
  /** `chunks.jsonl`, which the map reads; `null` until done. */
  readonly chunks: ObjectRef | null;
  /** Chunks planned so far. */
  readonly chunkCount: number;
  /** Rows planned so far; `null` in a sampled plan, which does not count them. */
  readonly rowCount: number | null;
  /** The only chunk of a file without rows, which needs no map. */
  readonly emptyChunk: ChunkEntry | null;
}

/** Input of a scan task: one line of `scan/ranges.jsonl`. */
export interface ScanInput {
  readonly batchId: string;
  /** Which plan of the batch the task belongs to. @default 1 */
  readonly planNumber?: number;
  readonly task: ScanTask;
}

/** Answer of a scan task; what it found lies in S3. */
export interface ScanOutput {
  /** Index of the task. */
  readonly index: number;
}

/** Input of the worker: one line of the plan, with pointers to the rest. */
export interface ProcessInput {
  readonly batchId: string;
  /** `manifest.json` of the batch. */
  readonly manifest: ObjectRef;
  /** The line of the plan. */
  readonly chunk: ChunkEntry;
  /** Settings of the batch, of which columns and output count here. @default {} */
  readonly settings?: BatchSettings;
}

/** Answer of the worker, the same whichever attempt was committed. */
export interface ProcessOutput {
  /** Index of the chunk. */
  readonly index: number;
  readonly rowsRead: number;
  readonly rowsRejected: number;
}

/** Input of the steps that work on a whole batch. */
export interface BatchStep {
  readonly batchId: string;
  /** `manifest.json` of the batch. */
  readonly manifest: ObjectRef;
  /** When the execution began, ISO 8601. */
  readonly startedAt?: string;
}

/** Answer of the barrier. */
export interface ResolveOutput {
  /** What spans chunks is reduced; false when the batch must be planned again. */
  readonly resolved: boolean;
  /** A sampled plan was wrong: split again with `planNumber` 2. */
  readonly replan: boolean;
  /** The first chunk that shows it; `null` when none does. */
  readonly disprovedBy: number | null;
}

/** Answer of the merge: where the report is, and its counts. */
export interface MergeOutput {
  /** `report.json` of the batch. */
  readonly report: ObjectRef;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
}

/** Input of the archive step. */
export interface ArchiveInput {
  readonly batchId: string;
  /** The upload, pinned: only this version is moved. */
  readonly source: ObjectRef;
}

/** Answer of the archive step. */
export interface ArchiveOutput {
  /** Where the original is now. */
  readonly archived: ObjectRef;
}

/** Input of the notify step. */
export interface NotifyInput {
  readonly batchId: string;
  /** `report.json` of the batch. */
  readonly report: ObjectRef;
}

/** Answer of the notify step. */
export interface NotifyOutput {
  /** `UNKNOWN` when a try before ended between sending and recording. */
  readonly status: 'SENT' | 'UNKNOWN';
  /** The service's id of the mail, where it is known. */
  readonly messageId: string | null;
}

/** Input of a replay. */
export interface ReplayInput {
  readonly batchId: string;
  /** `rejects.csv` of the batch, mended; pinned, or what is there now. */
  readonly rejects: ObjectRef;
  /** Settings of the batch, of which columns and output count here. @default those of the handler */
  readonly settings?: BatchSettings;
}

/** Answer of a replay. All fields are always there, since a JSONPath of the state machine fails on one that is missing. */
export interface ReplayOutput {
  /** False: call again, because time was short. */
  readonly done: boolean;
  readonly batchId: string;
  /** The revision that has the mended rows; `null` when not done. */
  readonly revision: number | null;
  /** Its `report.json`. */
  readonly report: ObjectRef | null;
  readonly rowsRead: number | null;
  readonly rowsWritten: number | null;
  readonly rowsRejected: number | null;
}
