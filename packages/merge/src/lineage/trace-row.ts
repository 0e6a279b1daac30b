import { readRows } from '@pipeline/chunker';
import {
  type ChunkManifest,
  type ChunkRef,
  type ChunkResult,
  createRunContext,
  type ObjectRef,
  PipelineConfigError,
  PipelineMergeError,
  type RowIssue,
  type RunContext,
} from '@pipeline/core';
import { committedRejects } from '../committed-rejects.ts';
import { type CommittedResultsOptions, committedResults } from '../committed-results.ts';
import { findRow, type RejectedRow, type RowsBefore, type RowTarget, withinChunk } from './plan-trace.ts';

/** Where the batch lies, and which of its outputs is asked about. */
export interface TraceRowOptions extends Pick<CommittedResultsOptions, 'store' | 'locations'> {
  /** Which output of the batch, from 1. @default manifest.revision */
  readonly revision?: number;
  /** Where the source lies now, such as in the archive. @default where the manifest says */
  readonly original?: ObjectRef;
  /** Its signal ends the search. @default createRunContext() */
  readonly run?: RunContext;
}

/** Where one row came from, and what became of it. Rows are counted from 1. */
export interface RowTrace {
  readonly batchId: string;
  /** The output that this is true of. */
  readonly revision: number;
  /** Index of the chunk in the plan. */
  readonly chunk: number;
  /** Data row of the source. */
  readonly sourceRow: number;
  /** Offset in the source of the row's first byte; of a packed source, in what it unpacks to. */
  readonly byteOffset: number;
  readonly rejected: boolean;
  /** Data row of the merged output; absent where the row was rejected. */
  readonly outputRow?: number;
  /** Data row of `rejects.csv`; absent where the row was written. */
  readonly rejectsRow?: number;
  /** What was wrong with it; absent where the row was written. */
  readonly issues?: readonly RowIssue[];
  /** The last revision that changed the row's chunk. @default none: it is as its worker committed it */
  readonly amendedIn?: number;
}

/**
 * Traces one row of a batch between output, source and rejects. Nothing is kept for that: which rows of a chunk were written
 * follows from which were rejected. It reads the counts of the chunks up to the row's own, the rejects of that one and, for
 * a row that was written, the source from the last rejected row before it on.
 *
 * @returns `undefined` when the batch has no such row
 * @throws PipelineConfigError `CONFIG_INVALID` for a row below 1 or a byte below 0; PipelineSourceError `SOURCE_NOT_FOUND` when
 * the source is gone from where it was; PipelineMergeError `MERGE_INCOMPLETE`, `MERGE_MISMATCH`
 * @example
 * const trace = await traceRow(manifest, { outputRow: 1_000 }, { store, locations });
 * console.log(trace?.sourceRow, trace?.byteOffset);
 */
export const traceRow = async (
  manifest: ChunkManifest,
  target: RowTarget,
  options: TraceRowOptions,
): Promise<RowTrace | undefined> => {
  checkTarget(target);
  const { store, locations, revision = manifest.revision, run = createRunContext() } = options;
  const before = { read: 0, written: 0, rejected: 0 };
  const plan = manifest.chunks[Symbol.asyncIterator]();
  try {
    for await (const result of committedResults(manifest, { store, locations, run, revision })) {
      const chunk = (await plan.next()).value as ChunkRef;
      const local = withinChunk(target, before, { result, chunk });
      if (local !== undefined)
        return await traceWithin({ chunk, result, before }, local, { ...options, revision, run });
      before.read += result.rowsRead;
      before.written += result.rowsWritten;
      before.rejected += result.rowsRejected;
    }
  } finally {
    await plan.return?.();
  }
  return undefined;
};

interface ChunkOfRow {
  readonly chunk: ChunkRef;
  readonly result: ChunkResult;
  readonly before: RowsBefore;
}

const traceWithin = async (
  { chunk, result, before }: ChunkOfRow,
  target: RowTarget,
  options: TraceRowOptions & { readonly revision: number; readonly run: RunContext },
): Promise<RowTrace | undefined> => {
  const found = await findRow(target, rejectedRows(chunk, result, options));
  const place = found.rejected ?? (await readPlace(chunk, target, found, options));
  if (place === undefined) return undefined;
  const { row } = place;
  // A byte inside a rejected row leads to the row from which it was read on.
  const inAnchor = found.rejected === undefined && row === found.anchor?.row;
  const rejected = inAnchor ? found.anchor : found.rejected;
  const rejectedBefore = found.rejectedBefore - (inAnchor ? 1 : 0);
  return {
    batchId: chunk.batchId,
    revision: options.revision,
    chunk: chunk.index,
    sourceRow: before.read + row,
    byteOffset: place.byteOffset,
    rejected: rejected !== undefined,
    ...(rejected === undefined
      ? { outputRow: before.written + row - rejectedBefore }
      : { rejectsRow: before.rejected + rejectedBefore + 1, issues: rejected.issues }),
    ...(result.amendedIn === undefined ? {} : { amendedIn: result.amendedIn }),
  };
};

/** The rejected rows of a chunk, counted within it; a sampled plan counts them so in the first place. */
async function* rejectedRows(
  chunk: ChunkRef,
  result: ChunkResult,
  { store, run }: Pick<TraceRowOptions, 'store'> & { readonly run: RunContext },
): AsyncGenerator<RejectedRow> {
  for await (const { rowNumber, byteOffset, issues } of committedRejects(chunk, result, { store, run }))
    yield { row: rowNumber - chunk.firstRow + 1, byteOffset, issues };
}

/** Reads the source from a row that is known on, up to the row that is sought. */
const readPlace = async (
  chunk: ChunkRef,
  target: RowTarget,
  { anchor, row: wanted }: { readonly anchor: RejectedRow | undefined; readonly row: number | undefined },
  { store, original, run }: Pick<TraceRowOptions, 'store' | 'original'> & { readonly run: RunContext },
): Promise<{ readonly row: number; readonly byteOffset: number } | undefined> => {
  const byteOffset = 'byteOffset' in target ? target.byteOffset : Number.POSITIVE_INFINITY;
  const first = anchor ?? { row: 1, byteOffset: chunk.sourceOffset };
  const skipped = first.byteOffset - chunk.sourceOffset;
  const { planMode: _, ...rest } = chunk;
  const part: ChunkRef = {
    ...rest,
    object: original !== undefined && chunk.kind === 'csv-range' ? original : chunk.object,
    range: { start: chunk.range.start + skipped, end: chunk.range.end },
    sourceOffset: first.byteOffset,
    firstRow: first.row,
    rowCount: null,
  };
  let last: { row: number; byteOffset: number } | undefined;
  for await (const { records } of readRows(part, { store, run })) {
    for (let position = 0; position < records.length; position++) {
      const place = { row: records.rowNumber(position), byteOffset: records.byteOffset(position) };
      if (place.row === wanted) return place;
      if (place.byteOffset > byteOffset) return last;
      last = place;
    }
  }
  if (wanted === undefined) return last;
  throw new PipelineMergeError('MERGE_MISMATCH', {
    index: chunk.index,
    reason: `row ${wanted} of the chunk is not in the source`,
  });
};

const checkTarget = (target: RowTarget): void => {
  const [[option, value] = ['target', undefined]] = Object.entries(target) as [string, unknown][];
  const least = option === 'byteOffset' ? 0 : 1;
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option,
      expected: `a whole number of at least ${least}`,
      got: String(value),
    });
};
