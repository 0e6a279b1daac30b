import type { ChunkRef, ChunkResult, RowIssue } from '@pipeline/core';

/** Names one row of a batch; all rows are counted from 1. */
export type RowTarget =
  /** Data row of the merged output. */
  | { readonly outputRow: number }
  /** Data row of the source. */
  | { readonly sourceRow: number }
  /** A byte of the source: of the row or its newline, or of comments between it and the next row of its chunk. */
  | { readonly byteOffset: number }
  /** Data row of `rejects.csv`. */
  | { readonly rejectsRow: number };

/** Rows of the chunks before one. */
export interface RowsBefore {
  readonly read: number;
  readonly written: number;
  readonly rejected: number;
}

/** A rejected row within its chunk. */
export interface RejectedRow {
  /** Within the chunk, from 1. */
  readonly row: number;
  readonly byteOffset: number;
  readonly issues: readonly RowIssue[];
}

/** What the rejects of a chunk say of a row. Rows count within the chunk, from 1. */
export interface FoundRow {
  /** Rejected rows before it. */
  readonly rejectedBefore: number;
  /** The last rejected row that is known to stand at or before it, from which the source can be read on. */
  readonly anchor: RejectedRow | undefined;
  /** The row itself, where it is a rejected one. */
  readonly rejected: RejectedRow | undefined;
  /** Where the row stands in the chunk; unknown for one that is sought by a byte between two rejected ones. */
  readonly row: number | undefined;
}

/**
 * Whether a row lies in a chunk, and then where in it, counted within the chunk; `undefined` where it lies elsewhere.
 *
 * @example
 * withinChunk({ sourceRow: 12 }, { read: 10, written: 9, rejected: 1 }, { result, chunk }); // { sourceRow: 2 }
 */
export const withinChunk = (
  target: RowTarget,
  before: RowsBefore,
  {
    result,
    chunk,
  }: {
    readonly result: Pick<ChunkResult, 'rowsRead' | 'rowsWritten' | 'rowsRejected'>;
    readonly chunk: Pick<ChunkRef, 'sourceOffset' | 'range'>;
  },
): RowTarget | undefined => {
  const local = (row: number, rowsBefore: number, rows: number): number | undefined =>
    row > rowsBefore && row <= rowsBefore + rows ? row - rowsBefore : undefined;
  if ('byteOffset' in target) {
    const within = target.byteOffset - chunk.sourceOffset;
    return within >= 0 && within < chunk.range.end - chunk.range.start && result.rowsRead > 0 ? target : undefined;
  }
  if ('outputRow' in target) {
    const outputRow = local(target.outputRow, before.written, result.rowsWritten);
    return outputRow === undefined ? undefined : { outputRow };
  }
  if ('sourceRow' in target) {
    const sourceRow = local(target.sourceRow, before.read, result.rowsRead);
    return sourceRow === undefined ? undefined : { sourceRow };
  }
  const rejectsRow = local(target.rejectsRow, before.rejected, result.rowsRejected);
  return rejectsRow === undefined ? undefined : { rejectsRow };
};

/**
 * Finds a row among the rejected ones of its chunk, which are all it takes: the rows that were written are all others, in
 * order. Takes no more of them than it needs.
 *
 * @param rejects - of the chunk, in row order
 * @example
 * await findRow({ outputRow: 3 }, rejects); // { row: 4, rejectedBefore: 1, … } where the second row was rejected
 */
export const findRow = async (target: RowTarget, rejects: AsyncIterable<RejectedRow>): Promise<FoundRow> => {
  let rejectedBefore = 0;
  let anchor: RejectedRow | undefined;
  for await (const reject of rejects) {
    if (isBehind(target, reject, rejectedBefore)) break;
    if (isAt(target, reject, rejectedBefore))
      return { rejectedBefore, anchor: reject, rejected: reject, row: reject.row };
    anchor = reject;
    rejectedBefore++;
  }
  const row =
    'outputRow' in target ? target.outputRow + rejectedBefore : 'sourceRow' in target ? target.sourceRow : undefined;
  return { rejectedBefore, anchor, rejected: undefined, row };
};

/** Whether a rejected row stands behind the one that is sought. */
const isBehind = (target: RowTarget, reject: RejectedRow, rejectedBefore: number): boolean => {
  if ('outputRow' in target) return reject.row - 1 - rejectedBefore >= target.outputRow;
  if ('sourceRow' in target) return reject.row > target.sourceRow;
  return 'byteOffset' in target && reject.byteOffset > target.byteOffset;
};

const isAt = (target: RowTarget, reject: RejectedRow, rejectedBefore: number): boolean => {
  if ('sourceRow' in target) return reject.row === target.sourceRow;
  if ('rejectsRow' in target) return rejectedBefore + 1 === target.rejectsRow;
  return 'byteOffset' in target && reject.byteOffset === target.byteOffset;
};
