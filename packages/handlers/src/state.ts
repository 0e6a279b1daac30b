import type { SplitCursor } from '@pipeline/chunker';
import type { ChunkEntry, ObjectRef } from '@pipeline/core';

// What passes through the state machine: pointers and small facts, nothing that grows with rows, chunks or errors.

/** Settings of one batch, part of its identity: other settings make another batch of the same upload. */
export interface BatchSettings {
  /** Delimiter of the file. @default ',' */
  readonly delimiter?: string;
  /** Most rows in a chunk. @default no limit */
  readonly chunkRows?: number;
  /** Most bytes in a chunk. @default 64 MiB */
  readonly chunkBytes?: number;
  /** Columns of the output, in order. @default what the stages make of the source's */
  readonly columns?: readonly string[];
}

/** Input of an execution, made by the intake. */
export interface BatchInput {
  readonly batchId: string;
  readonly source: ObjectRef;
  readonly settings: BatchSettings;
}

export interface SplitInput extends BatchInput {
  readonly cursor?: SplitCursor | null;
}

/** All fields are always there, since a JSONPath of the state machine fails on one that is missing. */
export interface SplitOutput {
  /** False: not enough time; call again with `cursor`. */
  readonly done: boolean;
  readonly cursor: SplitCursor | null;
  readonly manifest: ObjectRef | null;
  readonly chunks: ObjectRef | null;
  readonly chunkCount: number;
  readonly rowCount: number;
  /** The only chunk of a file without rows, which needs no map. */
  readonly emptyChunk: ChunkEntry | null;
}

export interface ProcessInput {
  readonly batchId: string;
  readonly manifest: ObjectRef;
  readonly chunk: ChunkEntry;
  readonly settings?: BatchSettings;
}

export interface ProcessOutput {
  readonly index: number;
  readonly rowsRead: number;
  readonly rowsRejected: number;
}

export interface BatchStep {
  readonly batchId: string;
  readonly manifest: ObjectRef;
  /** When the execution began, ISO 8601. */
  readonly startedAt?: string;
}

export interface MergeOutput {
  readonly report: ObjectRef;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
}

export interface ArchiveInput {
  readonly batchId: string;
  readonly source: ObjectRef;
}

export interface ArchiveOutput {
  readonly archived: ObjectRef;
}

export interface NotifyInput {
  readonly batchId: string;
  readonly report: ObjectRef;
}

export interface NotifyOutput {
  readonly status: 'SENT' | 'UNKNOWN';
  readonly messageId: string | null;
}
