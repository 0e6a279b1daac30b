import { type CsvDialect, type CsvLimits, defaultLimits, PipelineConfigError } from '@pipeline/core';
import { createRecordIndex, createRecordScanner } from './scan-records.ts';

/** Default bound of a chunk: 64 MiB. */
export const defaultChunkBytes = 64 * 1024 * 1024;

/** How large chunks may be, and where in the source the bytes begin. */
export interface PlanChunksOptions {
  /** Delimiter and quote, which are single bytes. */
  readonly dialect: Pick<CsvDialect, 'delimiter' | 'quote'>;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Most bytes in a chunk; from 1; a longer record stands alone. @default 64 MiB */
  readonly chunkBytes?: number;
  /** Most records in a chunk, from 1. @default Infinity */
  readonly chunkRows?: number;
  /** Offset in the source of the first byte given, a record start. @default 0 */
  readonly offset?: number;
  /** Data row of the first record. @default 1 */
  readonly firstRow?: number;
}

/** Whole records `[start, end)` of the source. */
export interface PlannedChunk {
  readonly start: number;
  readonly end: number;
  /** 1-based data row of its first record. */
  readonly firstRow: number;
  readonly rowCount: number;
}

/**
 * Cuts the records of a byte stream into chunks, by bytes and rows, in one pass and constant memory. Records are never
 * cut; chunks follow each other without a gap. No bytes give no chunk.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`; PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 * @example
 * for await (const chunk of planChunks(body, { dialect: { delimiter: ',', quote: '"' }, chunkRows: 10_000 })) …
 */
export async function* planChunks(
  bytes: AsyncIterable<Uint8Array>,
  options: PlanChunksOptions,
): AsyncGenerator<PlannedChunk> {
  const { dialect, limits = defaultLimits, offset = 0, firstRow = 1 } = options;
  const chunkBytes = positive('chunkBytes', options.chunkBytes ?? defaultChunkBytes);
  const chunkRows =
    options.chunkRows === undefined ? Number.POSITIVE_INFINITY : positive('chunkRows', options.chunkRows);
  const scanner = createRecordScanner({ dialect, limits, offset, row: firstRow, fields: false });
  let start = offset;
  let end = offset;
  let row = firstRow;
  let rows = 0;

  function* add(index: ReturnType<typeof createRecordIndex>): Generator<PlannedChunk> {
    for (let record = 0; record < index.count; record++) {
      const next = index.nexts[record]!;
      if (rows > 0 && (rows === chunkRows || next - start > chunkBytes)) {
        yield { start, end, firstRow: row, rowCount: rows };
        start = end;
        row += rows;
        rows = 0;
      }
      end = next;
      rows++;
    }
  }

  for await (const piece of bytes) {
    const index = createRecordIndex();
    scanner.scan(piece, index);
    yield* add(index);
  }
  const index = createRecordIndex();
  scanner.end(index);
  yield* add(index);
  if (rows > 0) yield { start, end, firstRow: row, rowCount: rows };
}

const positive = (option: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected: 'a whole number of at least 1', got: value });
  return value;
};
