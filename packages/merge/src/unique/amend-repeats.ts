import { readCommitted } from '@pipeline/chunker';
import {
  type BatchLocations,
  batchKeys,
  type ChunkManifest,
  type ChunkRef,
  type ChunkResult,
  type IssueCounts,
  issueKey,
  type ObjectStore,
  PipelineMergeError,
  type RunContext,
  type UniqueRule,
} from '@pipeline/core';
import { amendChunk } from '../amend/amend-chunk.ts';
import type { AmendmentClaim } from '../amend/amendment.ts';
import { dropRows } from './drop-rows.ts';
import type { FoundRepeats } from './find-repeats.ts';
import { type RepeatedRowOfChunk, rejectRepeats } from './reject-repeats.ts';
import { openRepeatReader, type Repeat } from './repeats.ts';

/** The repeats of a rule, and how much of them is read at once. */
export interface RepeatsOfRule extends Pick<FoundRepeats, 'objects'> {
  readonly rule: UniqueRule;
  readonly repeatBytes: number;
}

interface Where {
  readonly store: ObjectStore;
  readonly locations: BatchLocations;
  readonly run: RunContext;
}

/**
 * Writes amended results of the chunks that have repeated rows, one after the other; those that an earlier try wrote stay.
 * Yields the index of each.
 */
export async function* amendRepeats(
  manifest: ChunkManifest,
  rules: readonly RepeatsOfRule[],
  claim: AmendmentClaim,
  { store, locations, run }: Where,
): AsyncGenerator<number> {
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const repeated = repeatedRows(rules, { store, run });
  const chunks = manifest.chunks[Symbol.asyncIterator]();
  const attempt = `r${claim.revision}.${run.attempt}`;
  try {
    for await (const { chunk: index, rows } of repeated) {
      const target = keys.amendedResult(claim.revision, claim.name, index);
      if ((await readCommitted(store, target, run)) === undefined) {
        const chunk = await chunkAt(chunks, index);
        const before = await readCommitted(store, keys.result(index), run);
        if (before === undefined) throw new PipelineMergeError('MERGE_INCOMPLETE', { index });
        const after = await amended(chunk, before, rows, attempt, { store, locations, run });
        await amendChunk(before, { ...after, amendedIn: claim.revision }, target, { store, run });
      }
      yield index;
    }
  } finally {
    await chunks.return?.();
  }
}

const chunkAt = async (chunks: AsyncIterator<ChunkRef>, index: number): Promise<ChunkRef> => {
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true) throw new PipelineMergeError('MERGE_MISMATCH', { index, reason: 'the plan does not have it' });
    if (value.index === index) return value;
  }
};

const amended = async (
  chunk: ChunkRef,
  before: ChunkResult,
  rows: readonly RepeatedRowOfChunk[],
  attempt: string,
  { store, locations, run }: Where,
): Promise<ChunkResult> => {
  const keys = batchKeys(chunk.batchId, locations, chunk.planNumber);
  const extension = before.output.object.key.slice(keys.processed(chunk.index, before.attempt, '').key.length);
  const { part, ordinals } = await rejectRepeats(chunk, before, rows, keys.rejectsPart(chunk.index, attempt), {
    store,
    run,
  });
  const output = await dropRows(before, ordinals, keys.processed(chunk.index, attempt, extension), { store, run });
  return {
    ...before,
    attempt,
    output,
    rejects: part,
    rowsWritten: before.rowsWritten - rows.length,
    rowsRejected: before.rowsRejected + rows.length,
    sidecars: { ...before.sidecars, issues: withIssues((before.sidecars.issues ?? {}) as IssueCounts, rows) },
  };
};

const withIssues = (before: IssueCounts, rows: readonly RepeatedRowOfChunk[]): IssueCounts => {
  const counts: Record<string, number> = { ...before };
  for (const { repeats } of rows)
    for (const { rule } of repeats) counts[repeatKey(rule)] = (counts[repeatKey(rule)] ?? 0) + 1;
  return counts;
};

/** Under which key repeated rows are counted among the issues. */
export const repeatKey = ({ name, columns }: UniqueRule): string =>
  issueKey({ code: 'ROW_DUPLICATE', rule: name, ...(columns.length === 1 ? { column: columns[0]! } : {}) });

/** Chunk after chunk, the rows that any of the rules names, each once. */
async function* repeatedRows(
  rules: readonly RepeatsOfRule[],
  where: Pick<Where, 'store' | 'run'>,
): AsyncGenerator<{ readonly chunk: number; readonly rows: readonly RepeatedRowOfChunk[] }> {
  const readers = rules.map(({ objects, repeatBytes }) => openRepeatReader(objects, repeatBytes, where));
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    const chunk = heads.reduce((least, head) => Math.min(least, head?.chunk ?? Infinity), Infinity);
    if (chunk === Infinity) return;
    const found: [UniqueRule, readonly Repeat[]][] = [];
    for (const [at, reader] of readers.entries()) {
      if (heads[at]?.chunk !== chunk) continue;
      found.push([rules[at]!.rule, heads[at]!.repeats]);
      heads[at] = await reader.next();
    }
    yield { chunk, rows: joined(found) };
  }
}

const joined = (found: readonly (readonly [UniqueRule, readonly Repeat[]])[]): RepeatedRowOfChunk[] => {
  const rows = new Map<number, { rule: UniqueRule; first: number }[]>();
  for (const [rule, repeats] of found) {
    for (const { row, first } of repeats) {
      const of = rows.get(row);
      if (of === undefined) rows.set(row, [{ rule, first }]);
      else of.push({ rule, first });
    }
  }
  return [...rows].map(([row, repeats]) => ({ row, repeats })).sort((a, b) => a.row - b.row);
};
