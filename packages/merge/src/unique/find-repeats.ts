import { keyEntryBytes, type ObjectRef, type ObjectStore, type RunContext } from '@pipeline/core';
import { createFirstRows } from './first-rows.ts';
import { type ChunkKeys, keySlices } from './key-slices.ts';
import type { PartitionPlan } from './plan-partitions.ts';
import { openRepeats } from './repeats.ts';

/** What was found of one rule. */
export interface FoundRepeats {
  /** Rows that repeat an earlier one. */
  readonly count: number;
  /** The first of them in the order of the file, ten at most: data rows of the source, from 1. */
  readonly examples: readonly RepeatedRow[];
  /** Where they lie, by partition; for `openRepeatReader`. */
  readonly objects: readonly ObjectRef[];
}

/** A row and the one that it repeats, as data rows of the source, from 1. */
export interface RepeatedRow {
  readonly row: number;
  readonly first: number;
}

const mostExamples = 10;

/**
 * Finds the rows whose key an earlier row has, partition by partition, so that memory holds the keys of one.
 *
 * @param target - where the repeats of a partition go
 */
export const findRepeats = async (
  chunks: readonly ChunkKeys[],
  plan: PartitionPlan,
  target: (partition: number) => ObjectRef,
  where: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<FoundRepeats> => {
  const objects: ObjectRef[] = [];
  let examples: RepeatedRow[] = [];
  let count = 0;
  const note = (found: RepeatedRow): void => {
    count++;
    if (examples.length === mostExamples && found.row > examples.at(-1)!.row) return;
    examples = [...examples, found].sort((a, b) => a.row - b.row).slice(0, mostExamples);
  };
  const firstRows = createFirstRows();
  for (let partition = 0; partition < 2 ** plan.bits; partition++) {
    firstRows.clear();
    const repeats = openRepeats(where.store, target(partition), where.run);
    try {
      for await (const { chunk, bytes } of keySlices(chunks, partition, plan, where)) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (let at = 0; at < bytes.length; at += keyEntryBytes) {
          const a = view.getUint32(at, true);
          if (plan.bits > 0 && a >>> (32 - plan.bits) !== partition) continue;
          const b = view.getUint32(at + 4, true);
          const c = view.getUint32(at + 8, true);
          const d = view.getUint32(at + 12, true);
          const row = view.getUint32(at + 16, true);
          const first = firstRows.firstOf(a, b, c, d, chunk.firstRow + row);
          if (first === undefined) continue;
          note({ row: chunk.firstRow + row, first });
          await repeats.add({ chunk: chunk.index, row, first });
        }
      }
      const object = await repeats.close();
      if (object !== undefined) objects.push(object);
    } catch (error) {
      await repeats.abort();
      throw error;
    }
  }
  return { count, examples, objects };
};
