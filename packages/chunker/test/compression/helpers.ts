import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { PipelineError } from '@pipeline/core';
import type { Compression } from '../../src/compression/compression-of.ts';
import { type DecompressOptions, decompress } from '../../src/compression/decompress.ts';
import { failureOf, slicesOf } from '../helpers.ts';

export const compressions: readonly Compression[] = ['gzip', 'zstd'];

/** Packs with Node's own functions: one member or frame, with a checksum. */
export const pack = (compression: Compression, bytes: Uint8Array | string): Buffer =>
  compression === 'gzip'
    ? gzipSync(bytes)
    : zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

export const skippableFrame = (bytes: Uint8Array, kind = 0): Buffer => {
  const header = Buffer.from([0x50 + kind, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  header.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};

/** Bytes that do not pack. */
export const noise = (length: number): Buffer => {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = Math.imul(state, 1664525) + 1013904223;
      return state >>> 24;
    }),
  );
};

type Options = Partial<DecompressOptions>;

export const unpackFrom = async (
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  options: Options = {},
): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of decompress(source, { compression, object: 's3://inbox/a', ...options })) pieces.push(piece);
  return Buffer.concat(pieces);
};

export const unpack = (
  bytes: Uint8Array,
  compression: Compression,
  sizes: readonly number[] = [64 * 1024],
  options: Options = {},
): Promise<Buffer> => unpackFrom(slicesOf(bytes, sizes), compression, options);

export const damageOf = async (
  bytes: Uint8Array,
  compression: Compression,
  sizes?: readonly number[],
): Promise<PipelineError> => failureOf(unpack(bytes, compression, sizes));

/** A source that tells how it is used. */
export const watched = (bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => {
  const seen = { opened: false, pulledBytes: 0, closed: false };
  const source = (async function* (): AsyncGenerator<Uint8Array> {
    seen.opened = true;
    try {
      for await (const piece of bytes) {
        seen.pulledBytes += piece.length;
        yield piece;
      }
    } finally {
      await new Promise(setImmediate); // closing takes its time
      seen.closed = true;
    }
  })();
  return { seen, source };
};
