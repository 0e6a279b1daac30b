import { closeSync, createReadStream, openSync, type ReadStream, readSync } from 'node:fs';

/**
 * As Node's own file streams have them. It is also what readers that make strings like best: udsv is 1.5 times as fast as
 * with pieces of 256 KiB, whose strings are too long for the collector's young generation.
 */
export const pieceBytes = 64 * 1024;

/** For those who look at bytes only: fewer calls, and still in the processor's cache. */
export const blockBytes = 256 * 1024;

/** The file as a stream of Node, for those who want one. */
export const streamOf = (path: string): ReadStream => createReadStream(path, { highWaterMark: pieceBytes });

interface BlockOptions {
  /** Of the bytes `[start, end)`. @default 0 */
  readonly start?: number;
  /** @default the end of the file */
  readonly end?: number;
  /** @default blockBytes */
  readonly size?: number;
}

/** A file block by block, each in the same buffer: valid until the next pull. */
export function* blocksOf(
  path: string,
  { start = 0, end = Number.POSITIVE_INFINITY, size = blockBytes }: BlockOptions = {},
): Generator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(size);
  const file = openSync(path, 'r');
  try {
    for (let at = start; at < end; ) {
      const length = readSync(file, buffer, 0, Math.min(size, end - at), at);
      if (length === 0) return;
      yield buffer.subarray(0, length);
      at += length;
    }
  } finally {
    closeSync(file);
  }
}

/** The same for those who await each piece. */
export async function* piecesOf(path: string, options: BlockOptions = {}): AsyncGenerator<Buffer> {
  yield* blocksOf(path, { size: pieceBytes, ...options });
}
