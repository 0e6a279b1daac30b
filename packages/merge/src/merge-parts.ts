import {
  combineCrc32,
  crc32,
  crc32Hex,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  type PartRef,
  PipelineError,
  PipelineMergeError,
  type RunContext,
  type UploadedPart,
} from '@pipeline/core';
import pLimit from 'p-limit';
import { altered, ofPiece } from './altered-piece.ts';
import { endNoted, type OpenUploadOptions, openUpload } from './merge-upload.ts';
import { orUndefined } from './or-undefined.ts';
import { checkPieces, parseCrc32, proofsOfPart, type SliceProof } from './piece-proofs.ts';
import { bytesOf, type MergePart, type PieceSlice, type PlanMergeOptions, planMerge } from './plan-merge.ts';

/** Where the pieces lie, and how many parts are made at once. */
export interface MergePartsOptions extends PlanMergeOptions {
  /** Where the pieces and the target lie. */
  readonly store: ObjectStore;
  /** Its signal ends the merge, and with it the upload. */
  readonly run: RunContext;
  /** `Content-Type` of the target. @default 'text/csv' */
  readonly contentType?: string;
  /** Parts made at once, from 1; joined parts are held in memory. @default 4 */
  readonly concurrency?: number;
  /**
   * Where an upload of several parts is noted. A merge that is called again after a crash, or after `run.signal` ended it
   * with `DEADLINE`, then goes on with the parts that are there. Without it, every merge begins anew.
   * @default nowhere
   */
  readonly note?: ObjectRef;
}

/**
 * Lays objects end to end into one, on the server where parts are large enough, and proves the result: the CRC-32 of every
 * piece is held against what was read or copied, their combination against the whole.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` naming the piece, `MERGE_TOO_LARGE`
 * @example
 * const pieces: PartRef[] = [];
 * for await (const { output } of committedResults(manifest, { store, locations, run })) pieces.push(output);
 * const whole = await mergeParts(pieces, { bucket: 'out', key: 'orders.csv' }, { store, run });
 */
export const mergeParts = async (
  pieces: readonly PartRef[],
  target: ObjectRef,
  options: MergePartsOptions,
): Promise<PartRef> => {
  const { store, run, contentType = 'text/csv', concurrency = 4, note, ...planning } = options;
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const crc = crc32Hex(pieces.reduce((sum, piece) => combineCrc32(sum, parseCrc32(piece.crc32), piece.bytes), 0));
  const plan = planMerge(
    pieces.map((piece) => piece.bytes),
    store.limits === undefined ? planning : { limits: store.limits, ...planning },
  );
  const [first] = plan;
  const whole = plan.length === 0 || (plan.length === 1 && first!.kind === 'join');
  const merged = { object: target, bytes, crc32: crc, rows };
  if (whole) {
    await writeWhole(first?.kind === 'join' ? first.slices : [], pieces, target, { store, run, contentType });
    return prove(merged, store, run);
  }
  let own: string | undefined;
  for (let round = 1; ; round++) {
    // An earlier try may have ended between its last part and its answer.
    const done = note !== undefined && (await orUndefined(store.head(target, { signal: run.signal }))) !== undefined;
    if (done) break;
    try {
      own = await upload(plan, pieces, target, crc, { store, run, contentType, concurrency, note });
      break;
    } catch (error) {
      if (round === mostRounds || !isUploadLost(error)) throw error;
      run.observe({ type: 'merge.restarted', batchId: run.batchId, reason: error.details.reason });
    }
  }
  await endNoted(target, { store, run, note }, own);
  return prove(merged, store, run);
};

/** An upload that is lost is made once more from its first part, so often in all. */
const mostRounds = 3;

/** Another write of the target came between, or another try ended the upload: S3 asks to begin again. */
const isUploadLost = (error: unknown): error is PipelineError =>
  PipelineError.is(error) &&
  error.code === 'STORAGE_FAILED' &&
  (error.details.reason === 'ConditionalRequestConflict' || error.details.reason === 'NoSuchUpload');

const writeWhole = async (
  slices: readonly PieceSlice[],
  pieces: readonly PartRef[],
  target: ObjectRef,
  { store, run, contentType }: { store: ObjectStore; run: RunContext; contentType: string },
): Promise<ObjectRef | undefined> => {
  const { bytes } = await joinSlices(slices, pieces, store, run);
  return store.write(target, bytes, { ifAbsent: true, contentType, signal: run.signal });
};

/** Most bytes of joined parts that are held at once, unless a single part is larger. */
const heldBytes = 256 * 1024 * 1024;

/** Answers the id of the upload, which is no more. */
const upload = async (
  plan: readonly MergePart[],
  pieces: readonly PartRef[],
  target: ObjectRef,
  crc: string,
  { concurrency, ...options }: OpenUploadOptions & { readonly concurrency: number },
): Promise<string> => {
  const { store, run } = options;
  const { upload: started, sent } = await openUpload(target, crc, plan, options);
  const largestJoin = plan.reduce((most, part) => (part.kind === 'join' ? Math.max(most, part.bytes) : most), 1);
  const limit = pLimit(Math.max(1, Math.min(concurrency, Math.floor(heldBytes / largestJoin))));
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const makePart = async (
    part: MergePart,
    partNumber: number,
  ): Promise<{ uploaded: UploadedPart; proofs: readonly SliceProof[] }> => {
    signal.throwIfAborted();
    const before = sent.get(partNumber);
    if (before?.sizeBytes === bytesOf(part)) return { uploaded: before, proofs: proofsOfPart(part, before.crc32) };
    if (part.kind === 'join') {
      const { bytes, proofs } = await joinSlices(part.slices, pieces, store, { ...run, signal });
      return { uploaded: await store.uploadPart(started, partNumber, bytes, { signal }), proofs };
    }
    const { slice, whole } = part;
    const piece = pieces[slice.piece]!;
    const uploaded = await ofPiece(piece, slice.piece, () =>
      store.copyPart(started, partNumber, piece.object, whole ? undefined : slice, { signal }),
    );
    const proofs = proofsOfPart(part, uploaded.crc32);
    if (whole) checkPieces(proofs, pieces);
    return { uploaded, proofs };
  };
  const work = plan.map((part, index) => limit(() => makePart(part, index + 1)));
  try {
    const made = await Promise.all(work);
    const proofs = made.flatMap((part) => part.proofs);
    checkPieces(proofs, pieces); // also those that lie in several parts
    const parts = made.map(({ uploaded }) => uploaded);
    const ref = await store.completeMultipart(started, parts, { ifAbsent: true, crc32: crc, signal: run.signal });
    if (ref === undefined) await store.abortMultipart(started);
    return started.uploadId;
  } catch (error) {
    stop.abort(error); // queued parts then end at once, running ones as soon as they can
    await Promise.allSettled(work);
    const goesOn = options.note !== undefined && isDeadline(run.signal);
    if (!goesOn) await store.abortMultipart(started).catch(() => {}); // the first failure is the one to tell; a lifecycle rule ends the rest
    throw error;
  }
};

/** Whether time ran out, which ends a try but not the work. */
const isDeadline = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && PipelineError.is(reason) && reason.code === 'DEADLINE';

const joinSlices = async (
  slices: readonly PieceSlice[],
  pieces: readonly PartRef[],
  store: ObjectStore,
  run: RunContext,
): Promise<{ bytes: Uint8Array; proofs: readonly SliceProof[] }> => {
  const joined = Buffer.allocUnsafe(slices.reduce((sum, slice) => sum + slice.end - slice.start, 0));
  const proofs: SliceProof[] = [];
  let filled = 0;
  for (const { piece, start, end } of slices) {
    const from = filled;
    const source = pieces[piece]!;
    const range = start === 0 && end === source.bytes ? {} : { range: { start, end } };
    await ofPiece(source, piece, async () => {
      for await (const bytes of store.read(source.object, { ...range, signal: run.signal })) {
        if (filled + bytes.length > from + end - start) throw altered(source, piece);
        joined.set(bytes, filled);
        filled += bytes.length;
      }
    });
    if (filled - from !== end - start) throw altered(source, piece);
    proofs.push({ piece, start, end, crc: crc32(joined.subarray(from, filled)) });
  }
  checkPieces(
    proofs.filter(({ piece, start, end }) => start === 0 && end === pieces[piece]!.bytes),
    pieces,
  );
  return { bytes: joined, proofs };
};

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
