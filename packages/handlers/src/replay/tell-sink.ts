import type { RejectLine } from '@pipeline/chunker';
import type { ChunkResult, ObjectStore, RunContext } from '@pipeline/core';
import type { ReplayedChunk } from '@pipeline/merge';
import { rejectsOf } from '../process-handler.ts';
import type { RejectSink } from '../reject-sink.ts';

/** Brings a sink of rejects to what a chunk has after its replays: rows that are rejected still, with their new text, and no others. */
export const tellSink = async (
  sink: RejectSink,
  { chunk, before, after }: ReplayedChunk,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<void> => {
  const linesOf = ({ rejects }: ChunkResult): AsyncIterable<RejectLine> =>
    rejects === undefined ? none() : rejectsOf(store, rejects.object, run);
  if (after.rejects !== undefined) await sink.write(after, linesOf(after), run, chunk);
  await sink.remove?.(after, goneRows(linesOf(before), linesOf(after)), run, chunk);
};

async function* none(): AsyncGenerator<never> {}

/**
 * Numbers of the rows that are rejected before and not after. Both come in the order of rows.
 *
 * @example
 * goneRows(linesOf(before), linesOf(after)); // 3, where before has rows 1 and 3, after row 1
 */
export async function* goneRows(
  before: AsyncIterable<Pick<RejectLine, 'rowNumber'>>,
  after: AsyncIterable<Pick<RejectLine, 'rowNumber'>>,
): AsyncGenerator<number> {
  const left = after[Symbol.asyncIterator]();
  try {
    let next = await left.next();
    for await (const { rowNumber } of before) {
      while (next.done !== true && next.value.rowNumber < rowNumber) next = await left.next();
      if (next.done === true || next.value.rowNumber !== rowNumber) yield rowNumber;
    }
  } finally {
    await left.return?.();
  }
}
