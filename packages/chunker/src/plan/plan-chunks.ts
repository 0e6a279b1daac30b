import type { CsvDialect, CsvLimits } from '@pipeline/core';
import type { PlannedChunk } from './chunk-cutter.ts';
import { createPlanner, type PlanChunksOptions } from './planner.ts';

/**
 * Puts the next bytes of a source into a buffer and answers how many there were, 0 at the end: for files, whose bytes are so
 * never copied.
 */
export type BlockReader = (into: Uint8Array) => number | Promise<number>;

/**
 * Cuts the records of a byte stream into chunks, in one pass and constant memory: by bytes, by rows, into a number of
 * chunks, or as suits the workers. Records are never cut; chunks follow each other without a gap. No bytes give no chunk.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`; PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 * @example
 * for await (const chunk of planChunks(body, { dialect: { delimiter: ',', quote: '"' }, chunkRows: 10_000 })) …
 */
export async function* planChunks(
  bytes: AsyncIterable<Uint8Array> | BlockReader,
  options: PlanChunksOptions,
): AsyncGenerator<PlannedChunk> {
  const planner = createPlanner(options);
  const chunks: PlannedChunk[] = [];
  if (typeof bytes === 'function') {
    for (;;) {
      // Awaited only where it must be: the loop over a file in memory is otherwise half waiting.
      const read = bytes(planner.space());
      const count = typeof read === 'number' ? read : await read;
      if (count === 0) break;
      planner.filled(count, chunks);
      if (chunks.length > 0) yield* chunks.splice(0);
    }
  } else {
    for await (const piece of bytes) {
      planner.take(piece, chunks);
      if (chunks.length > 0) yield* chunks.splice(0);
    }
  }
  planner.end(chunks);
  yield* chunks;
}

/**
 * Counts records, quotes respected: the plan of one chunk.
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 * @example
 * const file = openSync('orders.csv');
 * await countRecords((into) => readSync(file, into), { dialect: { delimiter: ',', quote: '"' } }); // header included
 */
export const countRecords = async (
  bytes: AsyncIterable<Uint8Array> | BlockReader,
  options: { readonly dialect: Omit<CsvDialect, 'newline'>; readonly limits?: CsvLimits },
): Promise<number> => {
  let records = 0;
  for await (const chunk of planChunks(bytes, { ...options, chunkBytes: Number.MAX_SAFE_INTEGER }))
    records += chunk.rowCount;
  return records;
};
