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
import { type RepeatsOfChunk, rejectRepeats } from './reject-repeats.ts';
import { leastOf, openRepeatReader } from './repeats.ts';

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
 * Yields the index of each. Of one chunk at a time, 8 bytes of memory are taken for each row and rule.
 */
export async function* amendRepeats(
  manifest: ChunkManifest,
  rules: readonly RepeatsOfRule[],
  claim: AmendmentClaim,
  { store, locations, run }: Where,
): AsyncGenerator<number> {
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const readers = rules.map(({ objects, repeatBytes }) => openRepeatReader(objects, repeatBytes, { store, run }));
  const chunks = manifest.chunks[Symbol.asyncIterator]();
  const attempt = `r${claim.revision}.${run.attempt}`;
  try {
    for (;;) {
      const nexts = await Promise.all(readers.map((reader) => reader.nextChunk()));
      const index = leastOf(nexts);
      if (index === undefined) return;
      const before = await readCommitted(store, keys.result(index), run);
      if (before === undefined) throw new PipelineMergeError('MERGE_INCOMPLETE', { index });
      const repeats: RepeatsOfChunk[] = [];
      for (const [at, reader] of readers.entries()) {
        if (nexts[at] !== index) continue;
        const firsts = new Float64Array(before.rowsRead);
        await reader.takeChunk((row, first) => {
          firsts[row] = first;
        });
        repeats.push({ rule: rules[at]!.rule, firsts });
      }
      const target = keys.amendedResult(claim.revision, claim.name, index);
      if ((await readCommitted(store, target, run)) === undefined) {
        const after = await amended(await chunkAt(chunks, index), before, repeats, attempt, { store, locations, run });
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
  repeats: readonly RepeatsOfChunk[],
  attempt: string,
  { store, locations, run }: Where,
): Promise<ChunkResult> => {
  const keys = batchKeys(chunk.batchId, locations, chunk.planNumber);
  const extension = before.output.object.key.slice(keys.processed(chunk.index, before.attempt, '').key.length);
  const { part, ordinals } = await rejectRepeats(chunk, before, repeats, keys.rejectsPart(chunk.index, attempt), {
    store,
    run,
  });
  const output = await dropRows(before, ordinals, keys.processed(chunk.index, attempt, extension), { store, run });
  return {
    ...before,
    attempt,
    output,
    rejects: part,
    rowsWritten: before.rowsWritten - ordinals.length,
    rowsRejected: before.rowsRejected + ordinals.length,
    sidecars: { ...before.sidecars, issues: withIssues((before.sidecars.issues ?? {}) as IssueCounts, repeats) },
  };
};

const withIssues = (before: IssueCounts, repeats: readonly RepeatsOfChunk[]): IssueCounts => {
  const counts: Record<string, number> = { ...before };
  for (const { rule, firsts } of repeats) {
    const rows = firsts.reduce((sum, first) => (first === 0 ? sum : sum + 1), 0);
    counts[repeatKey(rule)] = (counts[repeatKey(rule)] ?? 0) + rows;
  }
  return counts;
};

/** Under which key repeated rows are counted among the issues. */
export const repeatKey = ({ name, columns }: Pick<UniqueRule, 'name' | 'columns'>): string =>
  issueKey({ code: 'ROW_DUPLICATE', rule: name, ...(columns.length === 1 ? { column: columns[0]! } : {}) });
