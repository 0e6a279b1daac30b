import { once } from 'node:events';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { PipelineConfigError } from '@pipeline/core';

/** Bytes of one piece of output. */
export const engineChunkBytes = 64 * 1024;

/** One of zlib's transforms, driven by pulling: it works only while its output is being read. */
export interface Engine {
  /** Bytes taken so far. */
  readonly bytesTaken: number;
  /** The error that its bytes ended it with. */
  readonly failure: unknown;
  /** Hands bytes over and yields what comes out, until they are taken or the engine has seen its end. */
  feed(bytes: Uint8Array): AsyncGenerator<Uint8Array>;
  /** Yields the rest. */
  finish(): AsyncGenerator<Uint8Array>;
  /** Frees the engine, at any time. A step in another thread may still read the bytes handed over last. */
  close(): Promise<void>;
}

/** Wraps a transform. Never more than one feed or finish at a time. */
export const openEngine = (stream: Transform & { readonly bytesWritten: number }): Engine => {
  let wake = (): void => {};
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    wake();
  };
  stream.on('readable', () => wake());
  stream.on('end', () => wake());
  stream.on('error', fail);
  stream.on('close', () => wake());

  const outputUntil = async function* (isDone: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = stream.read() as Uint8Array | null;
      if (piece !== null) yield piece;
      else if (failure !== undefined) throw failure;
      else if (isDone()) return;
      else if (stream.closed) throw new Error('the engine is closed');
      // Events come from the event loop, never between this look and the promise.
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };

  return {
    get bytesTaken() {
      return stream.bytesWritten;
    },
    get failure() {
      return failure;
    },
    async *feed(bytes) {
      let taken = false;
      stream.write(bytes, (error) => {
        if (error) return fail(error);
        taken = true;
        wake();
      });
      yield* outputUntil(() => taken);
    },
    async *finish() {
      stream.end();
      yield* outputUntil(() => stream.readableEnded);
    },
    async close() {
      stream.destroy();
      if (!stream.closed) await once(stream, 'close');
    },
  };
};

/** Node's zstd functions: from 22.15 and 23.8 on. */
export const zstdOf = (
  functions: Partial<Pick<typeof zlib, 'createZstdCompress' | 'createZstdDecompress'>> = zlib,
): Pick<typeof zlib, 'createZstdCompress' | 'createZstdDecompress'> => {
  const { createZstdCompress, createZstdDecompress } = functions;
  if (createZstdCompress === undefined || createZstdDecompress === undefined)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'the Node.js version',
      expected: '22.15 or later (23.8 or later for 23) to read or write zstd',
      got: process.versions.node,
    });
  return { createZstdCompress, createZstdDecompress };
};
