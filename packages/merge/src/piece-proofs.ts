import { combineCrc32, crc32Hex, type PartRef } from '@pipeline/core';
import { altered } from './altered-piece.ts';
import { type MergePart, type PieceSlice, slicesOf } from './plan-merge.ts';

/** What is known of some bytes of a piece; no checksum where the store did not tell one. */
export interface SliceProof extends PieceSlice {
  readonly crc: number | undefined;
}

export const parseCrc32 = (hex: string): number => Number.parseInt(hex, 16);

/** Holds the checksums of slices, in order and without gaps, against those of the pieces that they make up. */
export const checkPieces = (proofs: readonly SliceProof[], pieces: readonly PartRef[]): void => {
  for (let at = 0; at < proofs.length; ) {
    const { piece } = proofs[at]!;
    let crc: number | undefined = 0;
    for (; at < proofs.length && proofs[at]!.piece === piece; at++) {
      const { start, end, crc: next } = proofs[at]!;
      crc = crc === undefined || next === undefined ? undefined : combineCrc32(crc, next, end - start);
    }
    if (crc !== undefined && crc32Hex(crc) !== pieces[piece]!.crc32) throw altered(pieces[piece]!, piece);
  }
};

/** What a part that is there says of its slices. Of several, its checksum tells none alone: the whole's proves them. */
export const proofsOfPart = (part: MergePart, crc: string | undefined): readonly SliceProof[] => {
  const slices = slicesOf(part);
  const known = slices.length === 1 && crc !== undefined ? parseCrc32(crc) : undefined;
  return slices.map((slice) => ({ ...slice, crc: known }));
};
