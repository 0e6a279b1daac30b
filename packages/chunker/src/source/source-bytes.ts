import { type ByteRange, formatRef, type ObjectStore, type RunContext, type SourceEntry } from '@pipeline/core';
import { decompress } from '../compression/decompress.ts';
import type { UnpackLimits } from '../compression/unpack-limits.ts';

/** A source, as far as reading its bytes needs it. */
export type ReadableSource = Pick<SourceEntry, 'object' | 'compression'>;

/**
 * The bytes of a source from an offset on, unpacked where it is packed. A packed object has no ranges: what lies before
 * the offset is unpacked and left out, and its end is that of the object.
 */
export async function* sourceBytes(
  store: ObjectStore,
  { object, compression }: ReadableSource,
  range: ByteRange,
  { run, unpack }: { readonly run: RunContext; readonly unpack?: UnpackLimits | undefined },
): AsyncGenerator<Uint8Array> {
  const { signal } = run;
  if (compression === undefined) {
    yield* store.read(object, { range, signal });
    return;
  }
  const unpacked = decompress(store.read(object, { signal }), {
    compression,
    object: formatRef(object),
    signal,
    ...(unpack === undefined ? {} : { limits: unpack }),
  });
  let offset = 0;
  for await (const piece of unpacked) {
    const from = Math.max(0, range.start - offset);
    offset += piece.length;
    if (from < piece.length) yield from === 0 ? piece : piece.subarray(from);
  }
}
