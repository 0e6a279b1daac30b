import {
  type ByteRange,
  keyEntryBytes,
  keyIndexBits,
  type ObjectStore,
  type RunContext,
  readBytes,
  type SidecarObject,
} from '@pipeline/core';
import pLimit from 'p-limit';
import { altered, ofPiece } from '../altered-piece.ts';
import type { PartitionPlan } from './plan-partitions.ts';

/** The keys of one chunk. */
export interface ChunkKeys {
  readonly index: number;
  /** Data row of the chunk's first record, from 1. */
  readonly firstRow: number;
  readonly keys: number;
  /** Where the keys lie; absent where there are none. */
  readonly object?: SidecarObject;
}

/** Some entries of a chunk's keys. */
export interface KeyPiece {
  readonly chunk: ChunkKeys;
  readonly bytes: Uint8Array;
}

/**
 * The entries of one partition, chunk after chunk in the order of the plan, read ahead by ranged reads of bounded size. In
 * chunks of few keys a range can hold entries of other partitions, too.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when an object is not what was committed
 */
export async function* keySlices(
  chunks: readonly ChunkKeys[],
  partition: number,
  { bits, pieceBytes, concurrency }: PartitionPlan,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): AsyncGenerator<KeyPiece> {
  const limit = pLimit(concurrency);
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const read = async (chunk: ChunkKeys, range: ByteRange): Promise<Uint8Array> => {
    const part = { ...chunk.object!, rows: chunk.keys };
    return ofPiece(part, chunk.index, async () => {
      const bytes = await readBytes(store, part.object, { range, signal });
      if (bytes.length !== range.end - range.start) throw altered(part, chunk.index);
      return bytes;
    });
  };
  const rangeOf = async (chunk: ChunkKeys): Promise<ByteRange> => {
    const indexBits = keyIndexBits(chunk.keys);
    const skip = 4 * 2 ** indexBits;
    // A piece of the index stands for one partition or more, or a part of one.
    const from =
      bits > indexBits ? Math.floor(partition / 2 ** (bits - indexBits)) : partition * 2 ** (indexBits - bits);
    const to = bits > indexBits ? from + 1 : from + 2 ** (indexBits - bits);
    const last = to === 2 ** indexBits;
    if (from === 0 && last) return { start: skip, end: skip + chunk.keys * keyEntryBytes };
    const index = Buffer.from(await read(chunk, { start: from * 4, end: last ? skip : (to + 1) * 4 }));
    const before = index.readUInt32LE(0);
    const end = last ? chunk.keys : index.readUInt32LE(index.length - 4);
    return { start: skip + before * keyEntryBytes, end: skip + end * keyEntryBytes };
  };

  const ahead: Promise<KeyPiece>[] = [];
  const ranges: Promise<readonly [ChunkKeys, ByteRange]>[] = [];
  const wanted = chunks.filter(({ keys }) => keys > 0);
  let asked = 0;
  try {
    for (let turn = 0; turn < wanted.length; turn++) {
      for (; asked < wanted.length && asked < turn + concurrency; asked++) {
        const chunk = wanted[asked]!;
        const finding = limit(async () => [chunk, await rangeOf(chunk)] as const);
        finding.catch(() => {}); // reported when its turn comes
        ranges.push(finding);
      }
      const [chunk, { start, end }] = await ranges.shift()!;
      for (let at = start; at < end; at += pieceBytes) {
        const range = { start: at, end: Math.min(end, at + pieceBytes) };
        const reading = limit(async () => ({ chunk, bytes: await read(chunk, range) }));
        reading.catch(() => {});
        ahead.push(reading);
        if (ahead.length >= concurrency) yield await ahead.shift()!;
      }
    }
    while (ahead.length > 0) yield await ahead.shift()!;
  } finally {
    stop.abort();
    await Promise.allSettled([...ranges, ...ahead]);
  }
}
