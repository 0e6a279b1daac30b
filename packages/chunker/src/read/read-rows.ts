import {
  type ChunkRef,
  type CsvRecord,
  createRunContext,
  type ObjectStore,
  PipelineError,
  PipelineSourceError,
  type PlanProof,
  type Rows,
  type RunContext,
} from '@pipeline/core';
import { stateNames } from '../scan/states.ts';
import { parseRows } from './parse-rows.ts';
import { rowOptions } from './row-options.ts';

/** Where the chunk is read from, and in how large batches. */
export interface ReadRowsOptions {
  /** Where the chunk lies. */
  readonly store: ObjectStore;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
  /** Its signal ends the reading. @default createRunContext() */
  readonly run?: RunContext;
  /** Told, at the end of a chunk of a sampled plan, whether it ended where a record does. @default nobody */
  readonly onProof?: (proof: PlanProof) => void;
}

/**
 * Reads the rows of a chunk, pinned to the object version that was planned. In a chunk of a sampled plan, a record that
 * the chunk's end cuts is left out, and what would be an error of the file's form ends the reading: both disprove the plan.
 *
 * @throws PipelineSourceError `SOURCE_CHANGED`, `CHUNK_MISMATCH` when the records are not those that were planned
 * @example
 * for await (const batch of readRows(chunk, { store })) console.log(batch.rows);
 */
export async function* readRows(
  chunk: ChunkRef,
  { store, batchRows = 1000, run = createRunContext(), onProof }: ReadRowsOptions,
): Rows<CsvRecord> {
  if (chunk.range.end === chunk.range.start) return;
  if (chunk.kind !== 'csv-range' && chunk.kind !== 'csv-object')
    throw new PipelineSourceError('CHUNK_MISMATCH', {
      index: chunk.index,
      reason: `kind ${JSON.stringify(chunk.kind)} is not known to this reader`,
    });
  const { source, limits } = chunk;
  const sampled = chunk.planMode === 'sampled';
  const last = chunk.sourceOffset + chunk.range.end - chunk.range.start === source.sizeBytes;
  let rows = 0;
  try {
    const batches = parseRows(store.read(chunk.object, { range: chunk.range, signal: run.signal }), {
      ...rowOptions(source),
      limits,
      sourceOffset: chunk.sourceOffset,
      firstRow: chunk.firstRow,
      batchRows,
      ...(sampled && !last
        ? {
            atEnd: ({ endsRecord, state }) => {
              onProof?.(endsRecord ? { endsRecord } : { endsRecord, state: stateNames[state]! });
              return endsRecord;
            },
          }
        : {}),
    });
    for await (const batch of batches) {
      rows += batch.records.length;
      yield batch;
    }
  } catch (error) {
    if (!sampled || !isOfForm(error)) throw error;
    onProof?.({ endsRecord: false, state: error.code });
    return;
  }
  if (sampled && last) onProof?.({ endsRecord: true });
  if (chunk.rowCount !== null && rows !== chunk.rowCount)
    throw new PipelineSourceError('CHUNK_MISMATCH', {
      index: chunk.index,
      reason: `it has ${rows} records, the plan says ${chunk.rowCount}`,
    });
}

/** Errors that a chunk which begins inside a record makes of a sound file. */
const isOfForm = (error: unknown): error is PipelineError =>
  PipelineError.is(error) && ['CSV_UNCLOSED_QUOTE', 'CSV_ROW_TOO_LARGE', 'CSV_BAD_RECORD'].includes(error.code);
