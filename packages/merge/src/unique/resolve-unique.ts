import { createHash } from 'node:crypto';
import {
  type BatchLocations,
  batchKeys,
  type ChunkManifest,
  type ChunkResult,
  canonicalJson,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineRejectLimitError,
  type RunContext,
  type UniqueRule,
} from '@pipeline/core';
import { commitAmendment } from '../amend/amendment.ts';
import { amendRepeats } from './amend-repeats.ts';
import { type FoundRepeats, findRepeats, type RepeatedRow } from './find-repeats.ts';
import { gatherKeys, type KeysOfRule } from './gather-keys.ts';
import { minMemoryBytes, planPartitions } from './plan-partitions.ts';
import { listed } from './reject-repeats.ts';

/** How the keys of all chunks are compared. */
export interface UniqueOptions {
  /** Which rows repeat others; the workers gathered keys by the same rules. */
  readonly unique: readonly UniqueRule[];
  /** Bytes that comparing keys may take, from 64 KiB, whatever the number of rows. @default 256 MiB */
  readonly uniqueMemoryBytes?: number;
}

/** What came out for one rule. */
export interface UniqueSummary {
  readonly columns: readonly string[];
  readonly onDuplicate: UniqueRule['onDuplicate'];
  /** Rows that were compared. */
  readonly keys: number;
  /** Rows that were left out, since their key columns are empty. */
  readonly skipped: number;
  /** Rows that repeat an earlier one. */
  readonly repeats: number;
  /** The first of them, ten at most: data rows of the source, from 1. */
  readonly examples: readonly RepeatedRow[];
}

/**
 * Compares the keys of all chunks and takes the rows that repeat earlier ones out of them, by an amendment of revision 1. What
 * follows from the committed results is the same whoever does it, so it can be done again, by several at once, and from the
 * middle.
 *
 * @returns a summary of each rule, by its name
 * @throws PipelineRejectLimitError `ROWS_REPEATED`; PipelineConfigError `CONFIG_INVALID` when the workers gathered no such
 * keys; PipelineMergeError `MERGE_MISMATCH`
 */
export const resolveUnique = async (
  manifest: ChunkManifest,
  results: AsyncIterable<ChunkResult>,
  options: UniqueOptions & {
    readonly store: ObjectStore;
    readonly locations: BatchLocations;
    readonly run: RunContext;
  },
): Promise<Readonly<Record<string, UniqueSummary>>> => {
  const { unique, store, locations, run, uniqueMemoryBytes = 256 * 1024 * 1024 } = options;
  if (!(uniqueMemoryBytes >= minMemoryBytes))
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'uniqueMemoryBytes',
      expected: `a number of at least ${minMemoryBytes}`,
      got: uniqueMemoryBytes,
    });
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const gathered = await gatherKeys(results, unique);
  const kept: ObjectRef[] = [];
  const found: FoundOfRule[] = [];
  try {
    for (const [place, of] of gathered.entries()) {
      const plan = planPartitions(of.keys, uniqueMemoryBytes);
      const target = (partition: number): ObjectRef => keys.repeats(`${place}.${partition}.${run.attempt}`);
      const repeats = await findRepeats(of.chunks, plan, target, { store, run });
      kept.push(...repeats.objects);
      found.push({ ...of, ...repeats, repeatBytes: plan.repeatBytes });
    }
    for (const { rule, count, examples } of found)
      if (rule.onDuplicate === 'fail' && count > 0) throw repeatedError(rule, count, examples[0]!);
    const rejecting = found.filter(({ rule, count }) => rule.onDuplicate === 'reject' && count > 0);
    if (rejecting.length > 0) {
      const claim = { revision: 1, name: nameOf(manifest, unique), reason: 'unique' };
      const indexes = amendRepeats(manifest, rejecting, claim, { store, locations, run });
      const counts = await commitAmendment(manifest, claim, indexes, { store, locations, run });
      run.observe({ type: 'unique.amended', batchId: manifest.batchId, chunks: counts.chunkCount });
    }
  } finally {
    // What it was kept for is done or has failed, which is what is to be told; a lifecycle rule ends the rest.
    if (kept.length > 0) await store.deleteMany(kept).catch(() => {});
  }
  return Object.fromEntries(found.map((of) => [of.rule.name, summaryOf(of)]));
};

/** What was gathered and found of one rule. */
export type FoundOfRule = KeysOfRule & FoundRepeats & { readonly repeatBytes: number };

const summaryOf = ({ rule, keys, skipped, count, examples }: FoundOfRule): UniqueSummary => ({
  columns: rule.columns,
  onDuplicate: rule.onDuplicate,
  keys,
  skipped,
  repeats: count,
  examples,
});

/** The rules alone: all else is the batch's, whose committed results never change. */
const nameOf = ({ batchId, planNumber = 1 }: ChunkManifest, unique: readonly UniqueRule[]): string => {
  const rules = unique.map(({ name, means, onDuplicate }) => [name, means, onDuplicate]);
  return `unique-${createHash('sha256')
    .update(canonicalJson([batchId, planNumber, rules]))
    .digest('hex')
    .slice(0, 16)}`;
};

/** The end of a batch in which a row repeats another one. */
export const repeatedError = (
  { columns }: UniqueRule,
  repeats: number,
  { row, first }: RepeatedRow,
): PipelineRejectLimitError =>
  new PipelineRejectLimitError('ROWS_REPEATED', { repeat: row, first, columns: listed(columns), repeats });
