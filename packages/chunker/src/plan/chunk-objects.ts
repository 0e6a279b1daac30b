import {
  type BatchKeys,
  type ChunkEntry,
  type ObjectStore,
  PipelineStorageError,
  type RunContext,
  readBytes,
} from '@pipeline/core';
import type { OpenedSource } from '../source/open-source.ts';
import type { PlannedChunk } from './chunk-cutter.ts';
import { cutPieces } from './cut-pieces.ts';
import type { PlanChunksOptions } from './planner.ts';

/** Where chunk objects are written. */
export interface ChunkObjectsOptions {
  readonly store: ObjectStore;
  readonly keys: BatchKeys;
  /** Index of the first chunk. */
  readonly firstIndex: number;
  /** How the bytes are planned. */
  readonly plan: PlanChunksOptions & { readonly offset: number };
  readonly run: RunContext;
}

/** A chunk that was written. */
export interface WrittenChunk extends PlannedChunk {
  readonly key: string;
  readonly headerBytes: number;
}

/**
 * Plans the bytes and writes each chunk as an object while it is planned: one pass. A packed source's chunks begin with its
 * header as it stood; each is a file of its own.
 *
 * @param bytes - of the source, unpacked, from `plan.offset` on
 */
export async function* writeChunkObjects(
  bytes: AsyncIterable<Uint8Array>,
  head: Uint8Array,
  { store, keys, firstIndex, plan, run }: ChunkObjectsOptions,
): AsyncGenerator<WrittenChunk> {
  const pieces = cutPieces(bytes, plan)[Symbol.asyncIterator]();
  try {
    for (let index = firstIndex; ; index++) {
      let next = await pieces.next();
      // A source without rows has one chunk, which carries the header.
      const empty = next.done === true && index === 0;
      if (next.done === true && !empty) return;
      let chunk: PlannedChunk | undefined = empty
        ? { start: plan.offset, end: plan.offset, firstRow: 1, rowCount: 0 }
        : undefined;
      const body = async function* (): AsyncGenerator<Uint8Array> {
        yield head;
        for (; next.done !== true; next = await pieces.next()) {
          if ('chunk' in next.value) {
            chunk = next.value.chunk;
            return;
          }
          yield next.value.bytes;
        }
      };
      const target = keys.toProcess(index);
      await store.write(target, body(), { contentType: 'text/csv', signal: run.signal });
      if (chunk === undefined)
        throw new PipelineStorageError('STORAGE_MISMATCH', {
          operation: 'write',
          object: target.key,
          reason: 'it was not read to its end',
        });
      yield { ...chunk, key: target.key, headerBytes: head.length };
    }
  } finally {
    await pieces.return?.(undefined);
  }
}

/** BOM, skipped lines and header as they stand in the source, so that a chunk object is a CSV file of its own. */
export const headOf = async (
  store: ObjectStore,
  source: OpenedSource,
  unpacked: () => AsyncIterable<Uint8Array>,
  run: RunContext,
): Promise<Uint8Array> => {
  const { end } = source.header;
  if (end === 0) return new Uint8Array();
  if (source.compression === undefined)
    return readBytes(store, source.object, { range: { start: 0, end }, signal: run.signal });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of unpacked()) {
    pieces.push(Uint8Array.from(piece));
    length += piece.length;
    if (length >= end) break;
  }
  return Buffer.concat(pieces).subarray(0, end);
};

/** The line of the plan for a written chunk. */
export const objectEntry = (chunk: WrittenChunk, index: number): ChunkEntry => ({
  index,
  kind: 'csv-object',
  source: 0,
  ...chunk,
});
