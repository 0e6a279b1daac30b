import type { ObjectRef } from './refs.ts';

/** A written data object and what proves that it is whole. */
export interface PartRef {
  readonly object: ObjectRef;
  readonly bytes: number;
  /** CRC-32 (ISO-HDLC, as zlib and S3 compute it) of all bytes, 8 hex digits. */
  readonly crc32: string;
  readonly rows: number;
}

/**
 * `results/<index>.json`: the commit of one chunk, written once. Only what it references counts.
 * `rowsRead` always equals `rowsWritten + rowsRejected`.
 */
export interface ChunkResult {
  readonly formatVersion: string;
  readonly batchId: string;
  readonly index: number;
  readonly attempt: string;
  readonly output: PartRef;
  readonly rejects?: PartRef;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly bytesRead: number;
  /** Columns of the output, in order; equal in every chunk of a batch. */
  readonly columns: readonly string[];
  /** What spans chunks (statistics, keys, lineage): reduced at the resolve barrier, name → value. */
  readonly sidecars: Readonly<Record<string, unknown>>;
  readonly startedAt: string;
  readonly durationMs: number;
}

/** Rejected rows by issue: `code`, rule and column joined by `|` → count. */
export type IssueCounts = Readonly<Record<string, number>>;

/** `output/r<revision>/report.json` without the per-chunk list: what the mail and callers need. */
export interface BatchReport {
  readonly formatVersion: string;
  readonly batchId: string;
  readonly revision: number;
  readonly source: ObjectRef;
  readonly sourceBytes: number;
  readonly output: PartRef;
  readonly rejects?: PartRef;
  readonly report: ObjectRef;
  readonly columns: readonly string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly chunkCount: number;
  /** From the resolve barrier: sidecars reduced over all chunks. */
  readonly resolved: Readonly<Record<string, unknown>>;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  /** Sum of the chunks' own durations, which overlap. */
  readonly processMs: number;
}
