import { formatRejectLine, type RejectLine, readRows } from '@pipeline/chunker';
import {
  type ChunkRef,
  type ChunkResult,
  makeIssue,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineMergeError,
  type RawRecords,
  type RowIssue,
  type RunContext,
  rejectOf,
  type UniqueRule,
} from '@pipeline/core';
import { rejectLines } from '../committed-rejects.ts';

/** The rows of a chunk that repeat others under one rule. */
export interface RepeatsOfChunk {
  readonly rule: UniqueRule;
  /** For each row of the chunk, the data row that it repeats, from 1; 0 where it repeats none. */
  readonly firsts: Float64Array;
}

/** Rejects of a chunk with repeated rows among them. */
export interface RejectedRepeats {
  readonly part: PartRef;
  /** Places of the repeated rows among those that were written, from 0, ascending. */
  readonly ordinals: Uint32Array;
}

/**
 * Writes the rejects of a chunk anew: those that it had, and the repeated rows in their places among them, with the bytes that
 * they have in the source.
 *
 * @throws PipelineMergeError `MERGE_MISMATCH` when a row was rejected before, or is not in the source
 */
export const rejectRepeats = async (
  chunk: ChunkRef,
  before: ChunkResult,
  repeats: readonly RepeatsOfChunk[],
  target: ObjectRef,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<RejectedRepeats> => {
  const fail = (reason: string): never => {
    throw new PipelineMergeError('MERGE_MISMATCH', { index: chunk.index, reason });
  };
  const wanted = countRows(repeats);
  const ordinals = new Uint32Array(wanted);
  const writer = openWriter(store, target, { contentType: 'application/x-ndjson', signal: run.signal });
  const old = linesOf(before, { store, run });
  let taken = 0;
  /** Passes on the rejects that stand before a row of the source. */
  const passUpTo = async (rowNumber: number): Promise<void> => {
    for (; old.head !== undefined && old.head.rowNumber < rowNumber; await old.pull())
      await writer.write(Buffer.from(`${JSON.stringify(old.head)}\n`));
    if (old.head?.rowNumber === rowNumber) fail('a row that was rejected counts as repeated');
  };
  try {
    await old.pull();
    for await (const { records } of readRows(chunk, { store, run })) {
      for (let position = 0; position < records.length; position++) {
        const rowNumber = records.rowNumber(position);
        const row = rowNumber - chunk.firstRow;
        const issues: RowIssue[] = [];
        for (const { rule, firsts } of repeats)
          if (firsts[row]! > 0) issues.push(repeatIssue(records, position, rule, firsts[row]!));
        if (issues.length === 0) continue;
        await passUpTo(rowNumber);
        ordinals[taken++] = row - old.taken;
        await writer.write(Buffer.from(formatRejectLine(rejectOf(records, position, issues))));
      }
    }
    if (taken < wanted) fail(`${wanted} of its rows are repeated, ${taken} were found in the source`);
    await passUpTo(Number.POSITIVE_INFINITY);
    const part = await writer.close(before.rowsRejected + wanted);
    return { part: part!, ordinals };
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    await old.close();
  }
};

/** Rows that repeat others under any of the rules, each once. */
const countRows = ([one, ...others]: readonly RepeatsOfChunk[]): number =>
  one === undefined
    ? 0
    : one.firsts.reduce(
        (sum, first, row) => (first > 0 || others.some(({ firsts }) => firsts[row]! > 0) ? sum + 1 : sum),
        0,
      );

/** The rejects that a chunk has, one at a time. */
const linesOf = (
  { rejects, index }: ChunkResult,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
) => {
  const lines = rejects === undefined ? undefined : rejectLines(rejects, index, { store, run });
  const reader = {
    head: undefined as RejectLine | undefined,
    /** Rejects before the one that is next. */
    taken: 0,
    async pull(): Promise<void> {
      if (reader.head !== undefined) reader.taken++;
      if (lines === undefined) return;
      const { done, value } = await lines.next();
      reader.head = done === true ? undefined : value;
    },
    close: async (): Promise<void> => {
      await lines?.return(undefined);
    },
  };
  return reader;
};

/** What is said of a row that repeats another one. */
export const repeatIssue = (
  records: RawRecords,
  position: number,
  { name, columns }: UniqueRule,
  first: number,
): RowIssue => {
  const [column] = columns;
  const single = columns.length === 1;
  const at = single ? records.columns.indexOf(column!) : -1;
  return makeIssue({
    code: 'ROW_DUPLICATE',
    rule: name,
    ...(single ? { column } : {}),
    ...(at < 0 ? {} : { value: records.field(position, at) }),
    params: { first, ...(single ? {} : { columns: listed(columns) }) },
  });
};

/** `a`, `a and b`, `a, b and c`. */
export const listed = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
