import { contentTypeOf, createCompressor, decompress, type WrittenRecords, writtenRecords } from '@pipeline/chunker';
import {
  type ChunkResult,
  crc32,
  crc32Hex,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineMergeError,
  type RunContext,
} from '@pipeline/core';
import { altered, ofPiece } from '../altered-piece.ts';

/**
 * Writes the output of a chunk anew without some of its rows. What stands before the first row and the rows that stay leave
 * byte for byte, packed as they were.
 *
 * @param ordinals - of the rows that leave, among those that were written, from 0, ascending
 * @throws PipelineMergeError `MERGE_MISMATCH` when the output is not what was committed, or its result does not say how to
 * read it
 */
export const dropRows = async (
  before: ChunkResult,
  ordinals: Uint32Array,
  target: ObjectRef,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<PartRef> => {
  const { compression, headBytes, index } = before;
  const fail = (reason: string): never => {
    throw new PipelineMergeError('MERGE_MISMATCH', { index, reason });
  };
  if (headBytes === undefined || (before.format !== 'jsonl' && before.writtenDialect === undefined))
    return fail('its result was written by an older version, which does not say how its output is read');
  const writer = openWriter(store, target, { contentType: contentTypeOf(before), signal: run.signal });
  const packed = compression === undefined ? undefined : createCompressor(compression, (bytes) => writer.write(bytes));
  const write = (bytes: Uint8Array): Promise<void> => (packed ?? writer).write(bytes);
  let row = 0;
  let dropped = 0;

  /** Runs of rows that stay, in one piece each. */
  const writeKept = async (records: WrittenRecords): Promise<void> => {
    let from = 0;
    for (; dropped < ordinals.length && ordinals[dropped]! < row + records.length; dropped++) {
      const drop = ordinals[dropped]! - row;
      if (drop > from) await write(records.span(from, drop));
      from = drop + 1;
    }
    if (from < records.length) await write(records.span(from, records.length));
    row += records.length;
  };
  try {
    await ofPiece(before.output, index, async () => {
      const came = proven(before.output, index, store, run);
      const bytes =
        compression === undefined
          ? came
          : decompress(came, {
              compression,
              object: formatRef(before.output.object),
              limits: trusted,
              signal: run.signal,
            });
      const rows = behindHead(bytes, headBytes, write);
      for await (const records of writtenRecords(rows, before)) await writeKept(records);
    });
    if (row !== before.rowsWritten) fail(`its output has ${row} rows, ${before.rowsWritten} were committed`);
    if (dropped !== ordinals.length) fail('a row that is to be dropped is not in its output');
    await packed?.end();
    return (await writer.close(row - dropped))!;
  } catch (error) {
    await Promise.allSettled([packed?.abort(), writer.abort()]);
    throw error;
  }
};

/** What was packed here may unpack to anything: rows that all repeat each other pack thousands of times. */
const trusted = { maxRatio: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

/** The bytes of a part, which must be those that were committed. */
async function* proven(part: PartRef, index: number, store: ObjectStore, run: RunContext): AsyncGenerator<Uint8Array> {
  let crc = 0;
  for await (const piece of store.read(part.object, { signal: run.signal })) {
    crc = crc32(piece, crc);
    yield piece;
  }
  if (crc32Hex(crc) !== part.crc32) throw altered(part, index);
}

/** Passes the first bytes on to `write`, and yields the rest. */
async function* behindHead(
  bytes: AsyncIterable<Uint8Array>,
  headBytes: number,
  write: (bytes: Uint8Array) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let left = headBytes;
  for await (const piece of bytes) {
    const head = Math.min(left, piece.length);
    if (head > 0) await write(piece.subarray(0, head));
    left -= head;
    if (head < piece.length) yield piece.subarray(head);
  }
}
