import { PipelineConfigError } from '@pipeline/core';

/** Default bound of a chunk: 64 MiB. */
export const defaultChunkBytes = 64 * 1024 * 1024;

/** How large chunks may be; at most one of `chunkCount` and `auto`, and neither with the others. */
export interface ChunkSizeOptions {
  /** Most bytes in a chunk; from 1; a longer record stands alone. @default 64 MiB */
  readonly chunkBytes?: number | undefined;
  /** Most records in a chunk, from 1. @default Infinity */
  readonly chunkRows?: number | undefined;
  /** Cut into so many chunks of like size, from 1; fewer where records are longer than that. @default by bytes */
  readonly chunkCount?: number | undefined;
  /** Choose from the size of the source and what its workers have. @default by bytes */
  readonly auto?: WorkerSize | undefined;
}

/** What a worker has. */
export interface WorkerSize {
  /** Memory of one worker in MiB. @default 1024 */
  readonly memoryMb?: number;
  /** Workers at once. @default 100 */
  readonly concurrency?: number;
}

/**
 * How records are put into chunks. By bytes, the source is laid on a grid of `stepBytes`, and a chunk holds the records
 * that begin in one of its cells: then a border depends on nothing but what lies around it, and can be found from
 * anywhere. By rows, chunks are filled one after the other.
 */
export type ChunkBounds =
  | { readonly by: 'bytes'; readonly stepBytes: number; readonly mostBytes: number }
  | { readonly by: 'rows'; readonly mostRows: number; readonly mostBytes: number };

const mebibyte = 1024 * 1024;

/**
 * Settles how large chunks are.
 *
 * By bytes the grid is a little finer than `chunkBytes` (by a record, at most a thirty-second): a chunk is longer than its cell
 * by what its last record reaches over, and must not be longer than `chunkBytes`.
 *
 * @param dataBytes - length of the source behind its header
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const chunkBounds = (
  { chunkBytes, chunkRows, chunkCount, auto }: ChunkSizeOptions,
  { dataBytes, maxRecordBytes }: { readonly dataBytes: number; readonly maxRecordBytes: number },
): ChunkBounds => {
  const given = { chunkBytes, chunkRows, chunkCount };
  for (const [option, value] of Object.entries(given)) if (value !== undefined) positive(option, value);
  const ways = [chunkCount, auto, chunkBytes ?? chunkRows].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'chunkCount',
      expected: 'the only one of chunkCount, auto, and chunkBytes with chunkRows',
      got: 'several of them',
    });
  if (chunkCount !== undefined)
    return {
      by: 'bytes',
      stepBytes: Math.max(1, Math.ceil(dataBytes / chunkCount)),
      mostBytes: Number.POSITIVE_INFINITY,
    };
  const mostBytes = auto === undefined ? (chunkBytes ?? defaultChunkBytes) : autoBytes(dataBytes, auto);
  if (chunkRows !== undefined) return { by: 'rows', mostRows: chunkRows, mostBytes };
  return { by: 'bytes', stepBytes: mostBytes - Math.min(maxRecordBytes, Math.floor(mostBytes / 32)), mostBytes };
};

/**
 * Two chunks for each worker, so that one that is late holds up half of its share; not so small that starting outweighs
 * the work (8 MiB), nor so large that a worker's memory or time run out (a quarter of its memory, 256 MiB).
 */
const autoBytes = (dataBytes: number, { memoryMb = 1024, concurrency = 100 }: WorkerSize): number => {
  positive('auto.memoryMb', memoryMb);
  positive('auto.concurrency', concurrency);
  const most = Math.min(256 * mebibyte, Math.max(8 * mebibyte, Math.floor((memoryMb * mebibyte) / 4)));
  return Math.min(most, Math.max(8 * mebibyte, Math.ceil(dataBytes / (2 * concurrency))));
};

const positive = (option: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected: 'a whole number of at least 1', got: value });
  return value;
};
