import type { CsvDialect } from './dialect.ts';
import type { PlanMode, SourceEntry } from './manifest.ts';
import type { ObjectRef } from './refs.ts';

/** A written data object and what proves that it is whole. */
export interface PartRef {
  /** Pinned to what was written. */
  readonly object: ObjectRef;
  /** Length of the object. */
  readonly bytes: number;
  /** CRC-32 (ISO-HDLC, as zlib and S3 compute it) of all bytes, 8 hex digits. */
  readonly crc32: string;
  /** Data rows, without a header. */
  readonly rows: number;
}

/** What a sidecar collector had written for one chunk. */
export type SidecarObject = Omit<PartRef, 'rows'>;

/**
 * What a worker saw at the end of its chunk. The first chunk begins at a record; so if every chunk ends where a record
 * ends, every chunk begins at one too, and the plan is proven.
 */
export interface PlanProof {
  /** The chunk's last byte was the last one of a record. */
  readonly endsRecord: boolean;
  /** What was going on there instead; for people. */
  readonly state?: string;
}

/**
 * `results/<index>.json`: the commit of one chunk, written once. Only what it references counts.
 * `rowsRead` always equals `rowsWritten + rowsRejected`.
 */
export interface ChunkResult {
  readonly formatVersion: string;
  readonly batchId: string;
  /** Of the chunk in the plan, from 0. */
  readonly index: number;
  /** The try of the work that wrote this, `run.attempt`. */
  readonly attempt: string;
  /** Rows that go to the output. */
  readonly output: PartRef;
  /** Absent when no row was rejected. */
  readonly rejects?: PartRef;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  /** Bytes of the chunk. */
  readonly bytesRead: number;
  /** How the rows were written; equal in every chunk of a batch. @default 'csv' */
  readonly format?: 'csv' | 'jsonl';
  /** How they were packed. @default not at all */
  readonly compression?: 'gzip' | 'zstd';
  /** The revision that amended the chunk, from 1. @default none: it is as its worker committed it */
  readonly amendedIn?: number;
  /** Bytes before the first row in the unpacked output: byte order mark and header. @default not told by an older version */
  readonly headBytes?: number;
  /** How a CSV output is to be read. @default not told by an older version */
  readonly writtenDialect?: Omit<CsvDialect, 'newline'>;
  /** The share of rejects that the chunk may have, judged (again) at the barrier: plan and rejects are final there. @default any */
  readonly maxRejectRatio?: number;
  /** Where a sampled chunk ended; absent where the plan needs no proof. */
  readonly planProof?: PlanProof;
  /** Columns of the output, in order; equal in every chunk of a batch. */
  readonly columns: readonly string[];
  /** What spans chunks (statistics, keys, lineage): reduced at the resolve barrier, name → value. */
  readonly sidecars: Readonly<Record<string, unknown>>;
  /** Objects that collectors had written, by their names. @default none */
  readonly sidecarObjects?: Readonly<Record<string, SidecarObject>>;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
}

/**
 * `amended/r<revision>.json`: amended results in place of some chunks' own, from this revision on. Written once, behind all
 * that it names.
 */
export interface Amendment {
  readonly formatVersion: string;
  readonly batchId: string;
  /** The first revision of the output that has the change, from 1. */
  readonly revision: number;
  /** Tells this change from others that want the same revision: a hash of all that it follows from. */
  readonly name: string;
  /** What made it, such as `unique` or `replay`. */
  readonly reason: string;
  /** How many chunks are amended. */
  readonly chunkCount: number;
  /** Which ones: an `AmendedChunk` per line, pinned. */
  readonly chunks: ObjectRef;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** One line of `amended/r<revision>/<name>/chunks.jsonl`, which is in the order of the plan. */
export interface AmendedChunk {
  /** Of the chunk in the plan, from 0. */
  readonly index: number;
}

/** Rows by issue: `code`, rule and column joined by `|` → count. The sidecar `issues` counts what rejects rows, `warnings` what does not. */
export type IssueCounts = Readonly<Record<string, number>>;

/** What a replay of mended rejects changed. Rows of the file = `rowsWritten + rowsRejected + rowsSkipped`. */
export interface ReplaySummary {
  /** The revision whose rejects were mended. */
  readonly from: number;
  /** The mended file, pinned. */
  readonly mended: ObjectRef;
  /** Rows of the mended file that passed: they stand in the output now. */
  readonly rowsWritten: number;
  /** Rows of the mended file that failed again. */
  readonly rowsRejected: number;
  /** Rows of the mended file that were in the output before, and left alone. */
  readonly rowsSkipped: number;
  /** Rejected rows that are not in the mended file: they stay rejected. */
  readonly rowsLeftOut: number;
  /** Chunks that were changed. */
  readonly chunks: number;
}

/** `output/r<revision>/report.json` without the per-chunk list: what the mail and callers need. */
export interface BatchReport {
  readonly formatVersion: string;
  readonly batchId: string;
  /** Which output of the batch this is, from 1. */
  readonly revision: number;
  /** The upload, pinned. */
  readonly source: ObjectRef;
  /** Its length; of a packed upload, what it unpacks to. */
  readonly sourceBytes: number;
  /** How the upload was read, as given or detected. @default not told by an older version */
  readonly readAs?: Pick<
    SourceEntry,
    'dialect' | 'encoding' | 'compression' | 'detected' | 'reader' | 'bom' | 'skippedLines' | 'renamed'
  >;
  /** Which of the batch's plans the output was made of: 2 after a sampled one that was wrong. @default not told by an older version */
  readonly plan?: { readonly mode: PlanMode; readonly number: number };
  /** What the output is. @default CSV, not packed */
  readonly writtenAs?: Pick<ChunkResult, 'format' | 'compression'>;
  /** The merged output. */
  readonly output: PartRef;
  /** `rejects.csv`; absent when no row was rejected. */
  readonly rejects?: PartRef;
  /** `report.json` itself. */
  readonly report: ObjectRef;
  /** Columns of the output, in order. */
  readonly columns: readonly string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly chunkCount: number;
  /** What the replay that made this revision changed. @default it was made by no replay */
  readonly replay?: ReplaySummary;
  /** From the resolve barrier: sidecars reduced over all chunks. */
  readonly resolved: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly finishedAt: string;
  /** From `startedAt` to `finishedAt`. */
  readonly durationMs: number;
  /** Sum of the chunks' own durations, which overlap. */
  readonly processMs: number;
  /** Where the time went, from `startedAt` to the end of the merge. @default not told by an older version */
  readonly stageMs?: StageTimes;
}

/** How long each stage took on the clock, in milliseconds; one follows the other. */
export interface StageTimes {
  /** Until the plan was written; for a batch that was planned twice, until its second plan was. */
  readonly split: number;
  /** From the first chunk's start to the last one's end. */
  readonly process: number;
  /** From there to the merge: reducing what spans chunks, and waiting for it. */
  readonly resolve: number;
  /** The merge itself, up to its report. */
  readonly merge: number;
}
