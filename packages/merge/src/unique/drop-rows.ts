import { contentTypeOf, createCompressor, type WrittenRecords, writtenRecords } from '@pipeline/chunker';
import {
  type ChunkResult,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineMergeError,
  type RunContext,
} from '@pipeline/core';
import { ofPiece } from '../altered-piece.ts';
import { committedBytes } from '../committed-bytes.ts';

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
      const bytes = committedBytes(before.output, index, {
        store,
        run,
        ...(compression === undefined ? {} : { compression }),
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
