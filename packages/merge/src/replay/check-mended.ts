import type { ChunkManifest, ChunkRef, ObjectStore, RunContext } from '@pipeline/core';
import { committedRejects } from '../committed-rejects.ts';
import { type CommittedResultsOptions, committedResults } from '../committed-results.ts';
import type { MendedRow, MendedRows, Refuse } from './mended-rows.ts';
import { createRowsOfChunks } from './rows-of-chunks.ts';

/** What a mended file means to a batch. */
export interface CheckedMended {
  /** Chunks that have rows in it, ascending. */
  readonly chunks: readonly number[];
  /** Its rows that are rejected now. */
  readonly matched: number;
}

/**
 * Holds every row of a mended file against the rejects of the batch, before anything is written.
 *
 * @throws PipelineSourceError `REPLAY_REFUSED` for a row that is not rejected, or stands elsewhere
 */
export const checkMended = async (
  manifest: ChunkManifest,
  mended: MendedRows,
  {
    store,
    locations,
    run,
    onWritten,
    refuse,
  }: Pick<CommittedResultsOptions, 'locations'> & {
    readonly store: ObjectStore;
    readonly run: RunContext;
    readonly onWritten: 'refuse' | 'skip';
    readonly refuse: Refuse;
  },
): Promise<CheckedMended> => {
  const rows = createRowsOfChunks(mended.rows());
  const chunks: number[] = [];
  let matched = 0;
  let before = 0;
  try {
    const plan = manifest.chunks[Symbol.asyncIterator]();
    for await (const result of committedResults(manifest, { store, locations, run })) {
      const chunk = (await plan.next()).value as ChunkRef;
      const rowsBefore = manifest.planMode === 'sampled' ? before : 0;
      let found = 0;
      const lines = committedRejects(chunk, result, { store, run });
      let line = await nextOf(lines, rows.has(before + result.rowsRead));
      for await (const row of rows.upTo(before + result.rowsRead)) {
        while (line !== undefined && line.rowNumber + rowsBefore < row.row) line = await nextOf(lines, true);
        if (line === undefined || line.rowNumber + rowsBefore !== row.row) {
          if (onWritten === 'refuse') throw refuse(inOutput(row, manifest.revision));
          continue;
        }
        if (!agrees(row, line.byteOffset))
          throw refuse(
            `its row ${row.mended.fileRow} says another byte offset than data row ${row.row} of the source has`,
          );
        found++;
      }
      await lines.return(undefined);
      if (found > 0) chunks.push(chunk.index);
      matched += found;
      before += result.rowsRead;
    }
    await plan.return?.();
    for await (const { row, mended: record } of rows.upTo(Number.POSITIVE_INFINITY))
      throw refuse(`its row ${record.fileRow} is data row ${row} of the source, which has ${before}`);
  } finally {
    await rows.close();
  }
  return { chunks, matched };
};

const nextOf = async <T>(lines: AsyncGenerator<T>, wanted: boolean | Promise<boolean>): Promise<T | undefined> => {
  if (!(await wanted)) return undefined;
  const { done, value } = await lines.next();
  return done === true ? undefined : value;
};

const inOutput = ({ row, mended }: MendedRow, revision: number): string =>
  `its row ${mended.fileRow} is data row ${row} of the source, which is not rejected but in the output of revision ${revision}`;

const agrees = ({ mended }: MendedRow, byteOffset: number): boolean => {
  const said = mended.reserved.__pipeline_byte_offset?.trim() ?? '';
  return said === '' || said === String(byteOffset);
};
