import { PipelineMergeError, type StoreLimits, storeLimits } from '@pipeline/core';

/** Bytes `[start, end)` of the piece at `piece`. */
export interface PieceSlice {
  /** Index into the pieces, from 0. */
  readonly piece: number;
  readonly start: number;
  readonly end: number;
}

/**
 * One part of the merged object: copied on the server from one piece, or joined in memory from several slices.
 */
export type MergePart =
  | { readonly kind: 'copy'; readonly slice: PieceSlice; readonly whole: boolean }
  | { readonly kind: 'join'; readonly slices: readonly PieceSlice[]; readonly bytes: number };

/** How large joined parts are, and what the store allows. */
export interface PlanMergeOptions {
  /** Joined parts are filled to this size, in bytes. @default 16 MiB */
  readonly joinBytes?: number;
  /** What the store takes. @default storeLimits */
  readonly limits?: StoreLimits;
}

/**
 * Plans how pieces, laid end to end in the given order, become the parts of one multipart upload. A piece that is large
 * enough is copied on the server; runs of small ones are joined, and borrow the beginning of the next large piece where
 * they would stay below the least part size. Where that makes more parts than the store takes, as few bytes as possible
 * are joined to make them fewer. Pure: sizes in, parts out. Empty pieces take no part.
 *
 * Part rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html; a range is only copied out of a piece
 * larger than the least part: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 *
 * @throws PipelineMergeError `MERGE_TOO_LARGE`
 * @example
 * planMerge([8 * 1024 ** 2, 100]); // [{ kind: 'copy', … }, { kind: 'join', … }]
 */
export const planMerge = (
  sizes: readonly number[],
  { joinBytes = 16 * 1024 * 1024, limits = storeLimits }: PlanMergeOptions = {},
): MergePart[] => {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const max = Math.min(limits.maxObjectBytes, limits.maxParts * limits.maxPartBytes);
  if (total > max) throw new PipelineMergeError('MERGE_TOO_LARGE', { bytes: total, max });
  const parts = copyOrJoin(sizes, joinBytes, limits);
  // Windows grow from small to large, since a joined part is held in memory.
  for (let bytes = 2 * limits.minPartBytes; parts.length > limits.maxParts; bytes *= 2) {
    const fewer = joinNeighbours(parts, parts.length - limits.maxParts, Math.min(bytes, limits.maxPartBytes));
    if (fewer !== undefined) return fewer;
    if (bytes >= limits.maxPartBytes) return cutEvenly(sizes, Math.ceil(total / limits.maxParts), limits);
  }
  return parts;
};

const copyOrJoin = (sizes: readonly number[], joinBytes: number, limits: StoreLimits): MergePart[] => {
  const least = limits.minPartBytes;
  const fill = Math.min(limits.maxPartBytes, Math.max(joinBytes, least));
  const parts: MergePart[] = [];
  let run: PieceSlice[] = [];
  let runBytes = 0;

  const flush = (): void => {
    if (run.length > 0) parts.push({ kind: 'join', slices: run, bytes: runBytes });
    run = [];
    runBytes = 0;
  };
  const join = (slice: PieceSlice): void => {
    run.push(slice);
    runBytes += slice.end - slice.start;
  };

  for (const [piece, size] of sizes.entries()) {
    let start = 0;
    if (runBytes > 0 && runBytes < least && size - (least - runBytes) >= least) {
      start = least - runBytes;
      join({ piece, start: 0, end: start });
    }
    if (size - start >= least && (runBytes === 0 || runBytes >= least)) {
      flush();
      const copies = Math.ceil((size - start) / limits.maxPartBytes);
      for (let copy = 0; copy < copies; copy++) {
        const from = start + Math.floor(((size - start) * copy) / copies);
        const to = start + Math.floor(((size - start) * (copy + 1)) / copies);
        parts.push({ kind: 'copy', slice: { piece, start: from, end: to }, whole: from === 0 && to === size });
      }
      continue;
    }
    while (start < size) {
      const end = Math.min(size, start + fill - runBytes);
      join({ piece, start, end });
      start = end;
      if (runBytes >= fill) flush();
    }
  }
  flush();
  return parts;
};

/** What a part is made of, in its order. */
export const slicesOf = (part: MergePart): readonly PieceSlice[] => (part.kind === 'copy' ? [part.slice] : part.slices);
export const bytesOf = (part: MergePart): number =>
  part.kind === 'copy' ? part.slice.end - part.slice.start : part.bytes;

/** Joins neighbours, at most `maxBytes` together, until there are `excess` parts less; those that cost least first. */
const joinNeighbours = (parts: readonly MergePart[], excess: number, maxBytes: number): MergePart[] | undefined => {
  const windows: { from: number; count: number; bytes: number }[] = [];
  for (let from = 0; from < parts.length; ) {
    let bytes = bytesOf(parts[from]!);
    let count = 1;
    while (from + count < parts.length && bytes + bytesOf(parts[from + count]!) <= maxBytes)
      bytes += bytesOf(parts[from + count++]!);
    if (count > 1) windows.push({ from, count, bytes });
    from += count;
  }
  windows.sort((a, b) => a.bytes / (a.count - 1) - b.bytes / (b.count - 1) || a.from - b.from);
  const joined = new Map<number, number>();
  let left = excess;
  for (const { from, count } of windows) {
    if (left === 0) break;
    const saved = Math.min(count - 1, left);
    joined.set(from, saved + 1);
    left -= saved;
  }
  if (left > 0) return undefined;
  const fewer: MergePart[] = [];
  for (let at = 0; at < parts.length; ) {
    const group = parts.slice(at, at + (joined.get(at) ?? 1));
    const bytes = group.reduce((sum, part) => sum + bytesOf(part), 0);
    fewer.push(group.length === 1 ? group[0]! : { kind: 'join', slices: group.flatMap(slicesOf), bytes });
    at += group.length;
  }
  return fewer;
};

/** The last resort, for pieces of which no neighbours fit into one part: parts of equal size, wherever pieces end. */
const cutEvenly = (sizes: readonly number[], partBytes: number, { minPartBytes }: StoreLimits): MergePart[] => {
  const parts: MergePart[] = [];
  let slices: PieceSlice[] = [];
  let bytes = 0;
  const flush = (): void => {
    const [first] = slices;
    if (first === undefined) return;
    const size = sizes[first.piece]!;
    const whole = bytes === size;
    if (slices.length === 1 && (whole || size > minPartBytes)) parts.push({ kind: 'copy', slice: first, whole });
    else parts.push({ kind: 'join', slices, bytes });
    slices = [];
    bytes = 0;
  };
  for (const [piece, size] of sizes.entries()) {
    for (let start = 0; start < size; ) {
      const end = Math.min(size, start + partBytes - bytes);
      slices.push({ piece, start, end });
      bytes += end - start;
      start = end;
      if (bytes === partBytes) flush();
    }
  }
  flush();
  return parts;
};
