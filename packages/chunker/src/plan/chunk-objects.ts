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
import { type CutPiece, cutPieces } from './cut-pieces.ts';
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

/** Objects that may still be completing while the next one is written: a round trip per chunk is hidden by it. */
const completingAtOnce = 1;

/**
 * Plans the bytes and writes each chunk as an object while it is planned: one pass. A packed source's chunks begin with its
 * header as it stood; each is a file of its own. A chunk is yielded once its object stands, in order.
 *
 * @param bytes - of the source, unpacked, from `plan.offset` on
 */
export async function* writeChunkObjects(
  bytes: AsyncIterable<Uint8Array>,
  head: Uint8Array,
  { store, keys, firstIndex, plan, run }: ChunkObjectsOptions,
): AsyncGenerator<WrittenChunk> {
  const pieces = cutPieces(bytes, plan);
  const completing: Promise<WrittenChunk>[] = [];
  try {
    for (let index = firstIndex; ; index++) {
      const first = await pieces.next();
      // A source without rows has one chunk, which carries the header.
      const empty = first.done === true && index === 0;
      if (first.done === true && !empty) break;
      const body = chunkBody(head, pieces, first);
      const target = keys.toProcess(index);
      const writing = store.write(target, body.bytes, { contentType: 'text/csv', signal: run.signal }).then(() => {
        const chunk = empty ? { start: plan.offset, end: plan.offset, firstRow: 1, rowCount: 0 } : body.chunk();
        if (chunk !== undefined) return { ...chunk, key: target.key, headerBytes: head.length };
        throw new PipelineStorageError('STORAGE_MISMATCH', {
          operation: 'write',
          object: target.key,
          reason: 'it was not read to its end',
        });
      });
      writing.catch(() => {}); // thrown where it is awaited
      completing.push(writing);
      await Promise.race([body.taken, writing]);
      while (completing.length > completingAtOnce) yield await completing.shift()!;
    }
    while (completing.length > 0) yield await completing.shift()!;
  } finally {
    await Promise.allSettled(completing);
    await pieces.return(undefined);
  }
}

/** The bytes of one chunk's object, while they are planned. */
interface ChunkBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends when the last of the bytes was taken. */
  readonly taken: Promise<void>;
  /** Known once all bytes were taken. */
  chunk(): PlannedChunk | undefined;
}

const chunkBody = (
  head: Uint8Array,
  pieces: AsyncGenerator<CutPiece>,
  first: IteratorResult<CutPiece, unknown>,
): ChunkBody => {
  const { promise: taken, resolve } = Promise.withResolvers<void>();
  let chunk: PlannedChunk | undefined;
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    for (let next = first; next.done !== true; next = await pieces.next()) {
      if ('chunk' in next.value) {
        chunk = next.value.chunk;
        break;
      }
      yield next.value.bytes;
    }
    resolve();
  };
  return { bytes: bytes(), taken, chunk: () => chunk };
};

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
