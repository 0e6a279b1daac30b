import type { RejectLine } from '@pipeline/chunker';
import type { IssueCounts } from '@pipeline/core';

/** Rows of a chunk that are to be written between those that were written before. */
export interface Insertion {
  /** Rows of the chunk that were written before and stand in front of it. */
  readonly behind: number;
  /** The row as it is to be written. */
  readonly bytes: Uint8Array;
}

/** What became of a mended row: the bytes of its output, or its new reject. */
export type Outcome = { readonly rowNumber: number } & (
  | { readonly bytes: Uint8Array; readonly reject?: never }
  | { readonly reject: string; readonly bytes?: never }
);

/** One step of making a chunk anew. */
export type ReplayStep = { readonly insert: Insertion } | { readonly reject: string };

/**
 * How many written rows stand in front of a rejected one: all rows before it that were not rejected. Rows count from 1.
 *
 * @example
 * insertionPlace({ rowNumber: 12, firstRow: 10, rejectedBefore: 1 }); // 1
 */
export const insertionPlace = ({
  rowNumber,
  firstRow,
  rejectedBefore,
}: {
  readonly rowNumber: number;
  readonly firstRow: number;
  readonly rejectedBefore: number;
}): number => rowNumber - firstRow - rejectedBefore;

/**
 * Goes through the rejects of a chunk with what became of the mended ones: those that pass are inserted at their places,
 * those that failed again are rejected anew, all others stay as they are. Both come in row order.
 */
export async function* planReplay(
  lines: AsyncIterable<RejectLine>,
  outcomes: AsyncIterator<Outcome>,
  firstRow: number,
): AsyncGenerator<ReplayStep> {
  let next = await outcomes.next();
  let rejectedBefore = 0;
  for await (const line of lines) {
    if (next.done !== true && next.value.rowNumber === line.rowNumber) {
      const { bytes, reject } = next.value;
      if (bytes === undefined) yield { reject };
      else yield { insert: { behind: insertionPlace({ rowNumber: line.rowNumber, firstRow, rejectedBefore }), bytes } };
      next = await outcomes.next();
    } else yield { reject: `${JSON.stringify(line)}\n` };
    rejectedBefore++;
  }
}

/**
 * Counts of issues with some taken away and others added.
 *
 * @example
 * countsAfter({ a: 2 }, { a: 2 }, { b: 1 }); // { b: 1 }
 */
export const countsAfter = (before: IssueCounts, less: IssueCounts, more: IssueCounts): IssueCounts => {
  const keys = new Set([...Object.keys(before), ...Object.keys(more)]);
  return Object.fromEntries(
    [...keys]
      .map((key) => [key, (before[key] ?? 0) - (less[key] ?? 0) + (more[key] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
};
