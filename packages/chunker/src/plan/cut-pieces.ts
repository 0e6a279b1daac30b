import type { PlannedChunk } from './chunk-cutter.ts';
import { createPlanner, type PlanChunksOptions } from './planner.ts';

/** Bytes of the chunk that is being planned, or the chunk whose bytes ended. A view, valid until the next is pulled. */
export type CutPiece = { readonly bytes: Uint8Array } | { readonly chunk: PlannedChunk };

/**
 * Plans chunks and passes their bytes on while they are planned: for sources that can be read only once. Holds no more
 * than the record that has not ended.
 *
 * @throws as `planChunks` does
 */
export async function* cutPieces(
  bytes: AsyncIterable<Uint8Array>,
  options: PlanChunksOptions & { readonly offset: number },
): AsyncGenerator<CutPiece, void, void> {
  const planner = createPlanner(options);
  /** Bytes that may yet fall to the next chunk: from `at` of the source on. */
  let held: Uint8Array = new Uint8Array();
  let at = options.offset;

  function* upTo(offset: number, piece: Uint8Array, pieceAt: number): Generator<CutPiece> {
    const ofHeld = Math.min(held.length, offset - at);
    if (ofHeld > 0) {
      yield { bytes: held.subarray(0, ofHeld) };
      held = held.subarray(ofHeld);
      at += ofHeld;
    }
    const from = at - pieceAt;
    if (from < 0 || offset <= at) return;
    yield { bytes: piece.subarray(from, offset - pieceAt) };
    at = offset;
  }

  let pieceAt = options.offset;
  const chunks: PlannedChunk[] = [];
  for await (const piece of bytes) {
    planner.take(piece, chunks);
    for (const chunk of chunks.splice(0)) {
      yield* upTo(chunk.end, piece, pieceAt);
      yield { chunk };
    }
    yield* upTo(planner.settled(), piece, pieceAt);
    const rest = piece.subarray(Math.max(0, at - pieceAt));
    // The piece's memory is the reader's again once the next is pulled.
    held = held.length === 0 ? Uint8Array.from(rest) : Buffer.concat([held, rest]);
    pieceAt += piece.length;
  }
  planner.end(chunks);
  for (const chunk of chunks) {
    yield* upTo(chunk.end, new Uint8Array(), pieceAt);
    yield { chunk };
  }
}
