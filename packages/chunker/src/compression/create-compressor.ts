import { constants, createDeflateRaw } from 'node:zlib';
import { crc32, PipelineConfigError } from '@pipeline/core';
import type { Compression } from './compression-of.ts';
import { type Engine, engineChunkBytes, openEngine, zstdOf } from './engine.ts';

/** How hard to pack. */
export interface CompressorOptions {
  /** For gzip 1 to 9, for zstd 1 to 19; more is smaller and slower. @default 6 for gzip, 3 for zstd */
  readonly level?: number;
}

/** Packs one member or frame piece by piece. One call at a time; after a call has failed only `abort` is left. */
export interface Compressor {
  /** Takes the bytes over by copying them; waits while packed bytes go to the sink. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends the rest. Nothing may be written after it. */
  end(): Promise<void>;
  /** Frees what the packing holds. Safe to call at any time. */
  abort(): Promise<void>;
}

/** The engine is always fed whole blocks, so that the output does not depend on how the bytes were cut. */
const blockBytes = 128 * 1024;

/**
 * Packs into a sink, such as the `write` of an object writer. What comes out is one whole gzip member or zstd frame (also of
 * no bytes): several laid end to end are a valid file. The same bytes give the same output with the same level and Node
 * build; there is no time or host in the gzip header, and zstd carries a checksum.
 * Formats: https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc8878
 *
 * @param sink - takes one packed piece of at most some 128 KiB at a time; a piece is not changed afterwards
 * @throws PipelineConfigError `CONFIG_INVALID` for a level out of range, or zstd on a Node.js that has none; later, what the
 * sink throws
 * @example
 * const output = openWriter(store, { bucket: 'work', key: 'part.csv.gz' });
 * const packed = createCompressor('gzip', (bytes) => output.write(bytes));
 * try {
 *   await packed.write(Buffer.from('id\n1\n'));
 *   await packed.end();
 *   await output.close(1);
 * } catch (error) {
 *   await Promise.allSettled([packed.abort(), output.abort()]);
 *   throw error;
 * }
 */
export const createCompressor = (
  compression: Compression,
  sink: (bytes: Uint8Array) => Promise<void>,
  options: CompressorOptions = {},
): Compressor => {
  const { engine, header, add, trailer } = packers[compression](options.level);
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  let begun = false;
  let ended = false;

  const sendBlock = async (): Promise<void> => {
    if (!begun && header.length > 0) await sink(header);
    begun = true;
    const bytes = block.subarray(0, filled);
    add(bytes);
    for await (const piece of engine.feed(bytes)) await sink(piece);
    filled = 0;
  };
  const closingOnFailure = async (work: () => Promise<void>): Promise<void> => {
    if (ended) throw new Error('the compressor has ended; nothing can be written any more');
    try {
      await work();
    } catch (error) {
      await engine.close();
      throw error;
    }
  };

  return {
    write: (bytes) =>
      closingOnFailure(async () => {
        for (let from = 0; from < bytes.length; ) {
          const take = Math.min(bytes.length - from, blockBytes - filled);
          block.set(bytes.subarray(from, from + take), filled);
          filled += take;
          from += take;
          if (filled === blockBytes) await sendBlock();
        }
      }),
    end: () =>
      closingOnFailure(async () => {
        await sendBlock();
        ended = true;
        for await (const piece of engine.finish()) await sink(piece);
        const rest = trailer();
        if (rest.length > 0) await sink(rest);
      }),
    abort: () => engine.close(),
  };
};

interface Packer {
  readonly engine: Engine;
  /** What stands before and behind the engine's output. */
  readonly header: Uint8Array;
  /** Counts bytes that go to the engine. */
  add(bytes: Uint8Array): void;
  trailer(): Uint8Array;
}

const checkLevel = (level: number, max: number): number => {
  if (!Number.isSafeInteger(level) || level < 1 || level > max)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'level',
      expected: `a whole number from 1 to ${max}`,
      got: level,
    });
  return level;
};

/** Header and trailer are our own: zlib's name the operating system. No time (0), no flags, system unknown (255). */
const gzipHeader = Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff);

const packers: Readonly<Record<Compression, (level: number | undefined) => Packer>> = {
  gzip(level = 6) {
    const engine = openEngine(createDeflateRaw({ level: checkLevel(level, 9), chunkSize: engineChunkBytes }));
    let crc = 0;
    let bytesPacked = 0;
    return {
      engine,
      header: gzipHeader,
      add(bytes) {
        crc = crc32(bytes, crc);
        bytesPacked += bytes.length;
      },
      trailer() {
        const bytes = Buffer.allocUnsafe(8);
        bytes.writeUInt32LE(crc, 0);
        bytes.writeUInt32LE(bytesPacked % 2 ** 32, 4);
        return bytes;
      },
    };
  },
  zstd(level = 3) {
    const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
    const params = { [ZSTD_c_compressionLevel]: checkLevel(level, 19), [ZSTD_c_checksumFlag]: 1 };
    const engine = openEngine(zstdOf().createZstdCompress({ params, chunkSize: engineChunkBytes }));
    return { engine, header: new Uint8Array(), add() {}, trailer: () => new Uint8Array() };
  },
};
