import { decompress } from '@pipeline/chunker';
import {
  type ChunkResult,
  crc32,
  crc32Hex,
  formatRef,
  type ObjectStore,
  type PartRef,
  type RunContext,
} from '@pipeline/core';
import { altered, ofPiece } from './altered-piece.ts';

/** What was packed here may unpack to anything: rows that all repeat each other pack thousands of times. */
const trusted = { maxRatio: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

/**
 * The bytes of a committed part, unpacked, which must be those that were committed: proven by length and CRC-32 at their end.
 *
 * @param index - of the chunk that it belongs to, where that is known
 * @throws PipelineMergeError `MERGE_MISMATCH`
 */
export const committedBytes = (
  part: PartRef,
  index: number | undefined,
  {
    store,
    run,
    compression,
  }: { readonly store: ObjectStore; readonly run: RunContext } & Pick<ChunkResult, 'compression'>,
): AsyncIterable<Uint8Array> => {
  const bytes = provenBytes(part, index, store, run);
  if (compression === undefined) return bytes;
  return decompress(bytes, { compression, object: formatRef(part.object), limits: trusted, signal: run.signal });
};

async function* provenBytes(
  part: PartRef,
  index: number | undefined,
  store: ObjectStore,
  run: RunContext,
): AsyncGenerator<Uint8Array> {
  const pieces = store.read(part.object, { signal: run.signal })[Symbol.asyncIterator]();
  let length = 0;
  let sum = 0;
  try {
    for (;;) {
      const { done, value } = await ofPiece(part, index, () => pieces.next());
      if (done === true) break;
      length += value.length;
      sum = crc32(value, sum);
      yield value;
    }
  } finally {
    await pieces.return?.();
  }
  if (length !== part.bytes || crc32Hex(sum) !== part.crc32) throw altered(part, index);
}
