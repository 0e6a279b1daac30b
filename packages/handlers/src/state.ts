import type { SplitCursor } from '@pipeline/chunker';
import type { ChunkEntry, ObjectRef } from '@pipeline/core';

// What passes through the state machine: pointers and small facts, nothing that grows with rows, chunks or errors.

/** Settings of one batch, part of its identity: other settings make another batch of the same upload. */
export interface BatchSettings {
  /** Delimiter of the file. @default ',' */
  readonly delimiter?: string;
  /** Most rows in a chunk, from 1. @default no limit */
  readonly chunkRows?: number;
  /** Most bytes in a chunk, from 1. @default 64 MiB */
  readonly chunkBytes?: number;
  /** Columns of the output, in order. @default what the stages make of the source's */
  readonly columns?: readonly string[];
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
}

/** All fields are always there, since a JSONPath of the state machine fails on one that is missing. */
export interface SplitOutput {
  /** False: not enough time; call again with `cursor`. */
  readonly done: boolean;
  /** Where to go on; `null` when done. */
  readonly cursor: SplitCursor | null;
  /** `manifest.json`; `null` until done. */
  readonly manifest: ObjectRef | null;
  /** `chunks.jsonl`, which the map reads; `null` until done. */
  readonly chunks: ObjectRef | null;
  /** Chunks planned so far. */
  readonly chunkCount: number;
  /** Rows planned so far. */
  readonly rowCount: number;
  /** The only chunk of a file without rows, which needs no map. */
  readonly emptyChunk: ChunkEntry | null;
}

/** Input of the worker: one line of the plan, with pointers to the rest. */
export interface ProcessInput {
  readonly batchId: string;
  /** `manifest.json` of the batch. */
  readonly manifest: ObjectRef;
  /** The line of the plan. */
  readonly chunk: ChunkEntry;
  /** Settings of the batch, of which the columns count here. @default {} */
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
