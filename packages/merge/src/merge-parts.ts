import {
  combineCrc32,
  crc32,
  crc32Hex,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  type PartRef,
  PipelineMergeError,
  type RunContext,
  type UploadedPart,
} from '@pipeline/core';
import pLimit from 'p-limit';
import { type MergePart, type PieceSlice, type PlanMergeOptions, planMerge } from './plan-merge.ts';

export interface MergePartsOptions extends PlanMergeOptions {
  readonly store: ObjectStore;
  readonly run: RunContext;
  readonly contentType?: string;
  /** Parts made at once; joined parts are held in memory. @default 4 */
  readonly concurrency?: number;
}

/**
 * Lays objects end to end into one, on the server where parts are large enough, and proves the result: the CRC-32 of every
 * piece is held against what was read or copied, their combination against the whole.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` naming the piece, `MERGE_TOO_LARGE`
 */
export const mergeParts = async (
  pieces: readonly PartRef[],
  target: ObjectRef,
  options: MergePartsOptions,
): Promise<PartRef> => {
  const { store, run, contentType = 'text/csv', concurrency = 4, ...planning } = options;
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const crc = crc32Hex(
    pieces.reduce((sum, piece) => combineCrc32(sum, Number.parseInt(piece.crc32, 16), piece.bytes), 0),
  );
  const plan = planMerge(
    pieces.map((piece) => piece.bytes),
    planning,
  );
  const [first] = plan;
  const whole = plan.length === 0 || (plan.length === 1 && first!.kind === 'join');
  const written = whole
    ? await store.write(target, await joinSlices(first?.kind === 'join' ? first.slices : [], pieces, store, run), {
        ifAbsent: true,
        contentType,
        signal: run.signal,
      })
    : await upload(plan, pieces, target, crc, { store, run, contentType, concurrency });
  return prove({ object: written ?? target, bytes, crc32: crc, rows }, store, run);
};

const upload = async (
  plan: readonly MergePart[],
  pieces: readonly PartRef[],
  target: ObjectRef,
  crc: string,
  {
    store,
    run,
    contentType,
    concurrency,
  }: { store: ObjectStore; run: RunContext; contentType: string; concurrency: number },
): Promise<ObjectRef | undefined> => {
  const started = await store.createMultipart(target, { contentType, signal: run.signal });
  const limit = pLimit(concurrency);
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const makePart = async (part: MergePart, partNumber: number): Promise<UploadedPart> => {
    signal.throwIfAborted();
    if (part.kind === 'join')
      return store.uploadPart(started, partNumber, await joinSlices(part.slices, pieces, store, { ...run, signal }), {
        signal,
      });
    const piece = pieces[part.slice.piece]!;
    const copied = await store.copyPart(started, partNumber, piece.object, part.whole ? undefined : part.slice, {
      signal,
    });
    if (part.whole && copied.crc32 !== undefined && copied.crc32 !== piece.crc32)
      throw altered(part.slice.piece, piece);
    return copied;
  };
  const work = plan.map((part, index) => limit(() => makePart(part, index + 1)));
  try {
    const parts = await Promise.all(work);
    const ref = await store.completeMultipart(started, parts, { ifAbsent: true, crc32: crc, signal: run.signal });
    if (ref === undefined) await store.abortMultipart(started);
    return ref;
  } catch (error) {
    stop.abort(error); // queued parts then end at once, running ones as soon as they can
    await Promise.allSettled(work);
    await store.abortMultipart(started);
    throw error;
  }
};

const joinSlices = async (
  slices: readonly PieceSlice[],
  pieces: readonly PartRef[],
  store: ObjectStore,
  run: RunContext,
): Promise<Uint8Array> => {
  const joined = Buffer.allocUnsafe(slices.reduce((sum, slice) => sum + slice.end - slice.start, 0));
  let filled = 0;
  for (const { piece, start, end } of slices) {
    const from = filled;
    const source = pieces[piece]!;
    const range = start === 0 && end === source.bytes ? {} : { range: { start, end } };
    for await (const bytes of store.read(source.object, { ...range, signal: run.signal })) {
      if (filled + bytes.length > from + end - start) throw altered(piece, source);
      joined.set(bytes, filled);
      filled += bytes.length;
    }
    const wholePiece = start === 0 && end === source.bytes;
    if (
      filled - from !== end - start ||
      (wholePiece && crc32Hex(crc32(joined.subarray(from, filled))) !== source.crc32)
    )
      throw altered(piece, source);
  }
  return joined;
};

const altered = (index: number, piece: PartRef): PipelineMergeError =>
  new PipelineMergeError('MERGE_MISMATCH', {
    index,
    reason: `${formatRef(piece.object)} is not the ${piece.bytes} bytes with CRC-32 ${piece.crc32} that were committed`,
  });

/** Asks the store what it has, which also settles a merge that was already done by an earlier try. */
const prove = async (merged: PartRef, store: ObjectStore, run: RunContext): Promise<PartRef> => {
  const {
    ref,
    sizeBytes,
    crc32: stored,
  } = await store.head({ bucket: merged.object.bucket, key: merged.object.key }, { signal: run.signal });
  if (sizeBytes !== merged.bytes || (stored !== undefined && stored !== merged.crc32))
    throw new PipelineMergeError('MERGE_MISMATCH', {
      reason: `${formatRef(merged.object)} has ${sizeBytes} bytes with CRC-32 ${stored ?? 'unknown'}, expected ${merged.bytes} with ${merged.crc32}`,
    });
  return { ...merged, object: ref };
};
