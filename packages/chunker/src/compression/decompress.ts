import { createGunzip } from 'node:zlib';
import type { Compression } from './compression-of.ts';
import { type Engine, engineChunkBytes, openEngine, zstdOf } from './engine.ts';
import { sourceFailure } from './source-failure.ts';
import { type UnpackLimits, unpackGuard } from './unpack-limits.ts';
import { noFrame, zstdFrames } from './zstd-frames.ts';

/** What is unpacked, and how much of it. */
export interface DecompressOptions {
  readonly compression: Compression;
  /** The object's name, for messages. */
  readonly object: string;
  /** When to stop. @default { maxRatio: 1000, maxBytes: 1 TiB } */
  readonly limits?: UnpackLimits;
  /** Ends the unpacking. A pending pull ends with `bytes`, which must hear the same signal. @default none */
  readonly signal?: AbortSignal;
}

/** An offset is known to within one write, so no write is longer. */
const writeBytes = 64 * 1024;

/**
 * Unpacks gzip (any number of members) or zstd (any number of frames, skippable ones left out) as a stream: pulls a piece
 * when its output has been read, holds some 200 KiB besides the format's own window (gzip 32 KiB; zstd up to 128 MiB, as
 * zstd(1) takes it), and closes `bytes` on every exit. Every checksum and length in the file is checked; a file that is cut,
 * damaged or followed by other bytes fails, except that zero bytes may follow gzip, as gzip(1) has it.
 * Formats: https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc8878
 *
 * @param bytes - the packed bytes; a piece may be overwritten once the next is pulled
 * @throws PipelineSourceError `SOURCE_CORRUPT` with the offset in the packed bytes (at most 64 KiB before the damage),
 * `SOURCE_BOMB`; PipelineConfigError `CONFIG_INVALID`; the signal's reason; what `bytes` throws
 * @example
 * for await (const piece of decompress(store.read(object), { compression: 'gzip', object: 'orders.csv.gz' })) use(piece);
 */
export async function* decompress(
  bytes: AsyncIterable<Uint8Array>,
  { compression, object, limits = {}, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const corrupt = (reason: string, offset: number, cause?: unknown): Error =>
    sourceFailure('SOURCE_CORRUPT', { object, offset, reason, compression }, cause);
  const guard = unpackGuard(object, limits);
  const codec = { gzip: gzipCodec, zstd: zstdCodec }[compression](corrupt);
  const { engine } = codec;
  let unpackedBytes = 0;
  const checked = async function* (output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of output) {
      unpackedBytes += piece.length;
      guard(unpackedBytes, engine.bytesTaken);
      signal?.throwIfAborted();
      yield piece;
      signal?.throwIfAborted();
    }
  };
  // The engine may still read its input after an early exit, when the source overwrites it: it gets a copy.
  const copy = Buffer.allocUnsafe(writeBytes);

  try {
    signal?.throwIfAborted();
    for await (const piece of bytes) {
      signal?.throwIfAborted();
      for (let from = 0; from < piece.length; ) {
        const end = codec.endOfWrite(piece.subarray(0, from + writeBytes), from);
        copy.set(piece.subarray(from, end));
        yield* checked(codec.unpack(copy.subarray(0, end - from)));
        from = end;
      }
    }
    const rest = codec.finish();
    if (rest !== undefined) yield* checked(rest);
  } catch (error) {
    signal?.throwIfAborted(); // whatever broke because of it
    throw error === engine.failure && isDamage(error) ? corrupt(reasonOf(error), engine.bytesTaken, error) : error;
  } finally {
    await engine.close();
  }
}

type Corrupt = (reason: string, offset: number) => Error;

interface Codec {
  readonly engine: Engine;
  /** How far the piece can be handed over in one write. */
  endOfWrite(piece: Uint8Array, from: number): number;
  unpack(bytes: Uint8Array): AsyncIterable<Uint8Array>;
  /** What is still to come; throws when the file cannot end here. */
  finish(): AsyncIterable<Uint8Array> | undefined;
}

/** zlib walks the members by itself, and stops at the first zero byte between them. */
const gzipCodec = (corrupt: Corrupt): Codec => {
  const engine = openEngine(createGunzip({ chunkSize: engineChunkBytes }));
  let ended = false;
  let fedBytes = 0;
  return {
    engine,
    endOfWrite: (piece) => piece.length,
    async *unpack(bytes) {
      const before = engine.bytesTaken;
      if (!ended) yield* engine.feed(bytes);
      const padding = bytes.subarray(engine.bytesTaken - before);
      const other = padding.findIndex((byte) => byte !== 0);
      if (other >= 0)
        throw corrupt(
          'other bytes follow the zeros behind the last gzip member',
          fedBytes + bytes.length - padding.length + other,
        );
      ended ||= padding.length > 0;
      fedBytes += bytes.length;
    },
    finish() {
      if (fedBytes === 0) throw corrupt('it has no bytes', 0);
      return ended ? undefined : engine.finish();
    },
  };
};

const zstdCodec = (corrupt: Corrupt): Codec => {
  const engine = openEngine(zstdOf().createZstdDecompress({ chunkSize: engineChunkBytes }));
  const frames = zstdFrames(corrupt);
  return {
    engine,
    endOfWrite: frames.endOfFrame,
    async *unpack(bytes) {
      const before = engine.bytesTaken;
      yield* engine.feed(bytes);
      if (engine.bytesTaken - before < bytes.length)
        throw corrupt('a frame ends before its blocks do', engine.bytesTaken);
    },
    finish() {
      if (!frames.whole) throw corrupt('it ends in the middle of a zstd frame; it was cut', engine.bytesTaken);
      return undefined;
    },
  };
};

const reasons: Readonly<Record<string, string>> = {
  'unexpected end of file': 'it ends in the middle of a gzip member; it was cut',
  'incorrect header check': 'bytes that are no gzip member stand where one must begin',
  'incorrect data check': 'the checksum of a gzip member does not match its bytes',
  'incorrect length check': 'the length of a gzip member does not match its bytes',
  ZSTD_error_prefix_unknown: noFrame,
  ZSTD_error_checksum_wrong: 'the checksum of a zstd frame does not match its bytes',
  ZSTD_error_frameParameter_windowTooLarge:
    'a zstd frame needs a window of more than 128 MiB; pack it with zstd --long=27 or less',
  ZSTD_error_dictionary_wrong: 'a zstd frame needs a dictionary, which cannot be given; pack it without',
};

type EngineError = Error & { readonly code: string };

/** Whether the file is to blame, not, say, memory that ran out. */
const isDamage = (error: unknown): error is EngineError =>
  /^(Z_(DATA|BUF)_ERROR|Z_NEED_DICT|ZSTD_error_(?!memory))/.test(String((error as Partial<EngineError>).code));

/** zlib tells its errors apart by message, zstd by code. Their texts are fixed ones, never bytes of the file. */
const reasonOf = ({ code, message }: EngineError): string =>
  reasons[code] ?? reasons[message] ?? `the packed bytes are damaged (${message})`;
