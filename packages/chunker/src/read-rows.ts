import {
  type ChunkRef,
  type CsvRecord,
  createRunContext,
  type ObjectStore,
  PipelineSourceError,
  type Rows,
  type RunContext,
} from '@pipeline/core';
import { parseRows } from './parse-rows.ts';

/** Where the chunk is read from, and in how large batches. */
export interface ReadRowsOptions {
  /** Where the chunk lies. */
  readonly store: ObjectStore;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
  /** Its signal ends the reading. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * Reads the rows of a chunk, pinned to the object version that was planned.
 *
 * @throws PipelineSourceError `SOURCE_CHANGED`, `CHUNK_MISMATCH` when the records are not those that were planned
 * @example
 * for await (const batch of readRows(chunk, { store })) console.log(batch.rows);
 */
export async function* readRows(
  chunk: ChunkRef,
  { store, batchRows = 1000, run = createRunContext() }: ReadRowsOptions,
): Rows<CsvRecord> {
  if (chunk.range.end === chunk.range.start) return;
  if (chunk.kind !== 'csv-range' && chunk.kind !== 'csv-object')
    throw new PipelineSourceError('CHUNK_MISMATCH', {
      index: chunk.index,
      reason: `kind ${JSON.stringify(chunk.kind)} is not known to this reader`,
    });
  let rows = 0;
  const { source, limits } = chunk;
  const batches = parseRows(store.read(chunk.object, { range: chunk.range, signal: run.signal }), {
    columns: source.columns,
    dialect: source.dialect,
    limits,
    sourceOffset: chunk.sourceOffset,
    firstRow: chunk.firstRow,
    strippedColumns: source.strippedColumns,
    batchRows,
  });
  for await (const batch of batches) {
    rows += batch.records.length;
    yield batch;
  }
  if (rows !== chunk.rowCount)
    throw new PipelineSourceError('CHUNK_MISMATCH', {
      index: chunk.index,
      reason: `it has ${rows} records, the plan says ${chunk.rowCount}`,
    });
}
