import { PipelineMergeError, storeLimits } from '@pipeline/core';

/** Bytes `[start, end)` of the piece at `piece`. */
export interface PieceSlice {
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

export interface PlanMergeOptions {
  /** Joined parts are filled to this size. @default 16 MiB */
  readonly joinBytes?: number;
  /** The store's limits, smaller in tests. @default storeLimits */
  readonly limits?: Pick<typeof storeLimits, 'maxParts'> & {
    readonly minPartBytes: number;
    readonly maxPartBytes: number;
    readonly maxObjectBytes: number;
  };
}

/**
 * Plans how pieces, laid end to end in the given order, become the parts of one multipart upload. A piece that is large
 * enough is copied on the server; runs of small ones are joined, and borrow the beginning of the next large piece where
 * they would stay below the least part size. Pure: sizes in, parts out. Empty pieces take no part.
 *
 * Part rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 *
 * @throws PipelineMergeError `MERGE_TOO_LARGE`
 */
export const planMerge = (
  sizes: readonly number[],
  { joinBytes = 16 * 1024 * 1024, limits = storeLimits }: PlanMergeOptions = {},
): MergePart[] => {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > limits.maxObjectBytes)
    throw new PipelineMergeError('MERGE_TOO_LARGE', { bytes: total, max: limits.maxObjectBytes });
  // Where many pieces would make too many parts, parts grow so that they cannot: each copy has at least this size too.
  const least = Math.max(
    limits.minPartBytes,
    sizes.length < limits.maxParts ? 0 : Math.ceil(total / (limits.maxParts - 1)),
  );
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
