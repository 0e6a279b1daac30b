import {
  type BatchLocations,
  batchKeys,
  type ChunkManifest,
  type ChunkResult,
  createRunContext,
  type IssueCounts,
  type ObjectRef,
  type ObjectStore,
  PipelineRejectLimitError,
  type RunContext,
  type SidecarReducer,
  writeJson,
} from '@pipeline/core';
import { committedResults } from './committed-results.ts';
import { disproofOf } from './plan-proof.ts';

export type { SidecarReducer };

/** Counts issues over all chunks, by `issueKey`. */
export const issueReducer: SidecarReducer<IssueCounts, Record<string, number>> = {
  name: 'issues',
  initial: () => ({}),
  add: (sum, counts) => {
    for (const [key, count] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + count;
    return sum;
  },
};

/** Where the batch lies, and what is reduced beside the issues. */
export interface ResolveOptions {
  /** Where the batch lies. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Beside `issueReducer`, which is always there. @default [] */
  readonly reducers?: readonly SidecarReducer<never, unknown>[];
  /** Its signal ends the work. @default createRunContext() */
  readonly run?: RunContext;
}

/** What spans chunks; or which chunk shows that the borders of a sampled plan were guessed wrong. */
export type Resolution =
  | {
      readonly replan: false;
      /** `resolved.json`. */
      readonly object: ObjectRef;
      /** Sums of all reducers, by name. */
      readonly resolved: Readonly<Record<string, unknown>>;
    }
  | {
      /** The batch has to be split again, with `planNumber` 2, and its chunks processed again. */
      readonly replan: true;
      /** Index of the first chunk that did not end with a record. */
      readonly chunk: number;
      /** What was going on there instead; for people. */
      readonly state: string;
    };

/**
 * The barrier between processing and merging: every chunk must be committed. A sampled plan is proven here, or found
 * wrong, by where its chunks ended; then what spans chunks is reduced and written to `resolved.json`.
 *
 * @throws PipelineMergeError `MERGE_INCOMPLETE`, `MERGE_MISMATCH`; PipelineRejectLimitError `REJECT_LIMIT` for a chunk of a
 * sampled plan, of which nothing could be said before the plan was proven
 * @example
 * const longest: SidecarReducer<number, number> = {
 *   name: 'longest',
 *   initial: () => 0,
 *   add: (sum, bytes) => Math.max(sum, bytes),
 * };
 * const resolution = await resolve(manifest, { store, locations, reducers: [longest] });
 * console.log(resolution.replan ? `chunk ${resolution.chunk} begins elsewhere` : resolution.resolved);
 */
export const resolve = async (
  manifest: ChunkManifest,
  { store, locations, reducers = [], run = createRunContext() }: ResolveOptions,
): Promise<Resolution> => {
  const all = [issueReducer, ...reducers] as SidecarReducer[];
  const resolved: Record<string, unknown> = Object.fromEntries(all.map((reducer) => [reducer.name, reducer.initial()]));
  let overLimit: ChunkResult | undefined;
  for await (const result of committedResults(manifest, { store, locations, run })) {
    const state = disproofOf(manifest, result);
    if (state !== undefined) {
      run.observe({ type: 'plan.disproved', batchId: manifest.batchId, chunk: result.index, state });
      return { replan: true, chunk: result.index, state };
    }
    overLimit ??= isOverLimit(result) ? result : undefined;
    for (const reducer of all) {
      const value = result.sidecars[reducer.name];
      if (value !== undefined) resolved[reducer.name] = reducer.add(resolved[reducer.name], value, result);
    }
  }
  // Not before the last chunk: a wrong border makes rejects of sound rows.
  if (overLimit !== undefined)
    throw new PipelineRejectLimitError('REJECT_LIMIT', {
      rejected: overLimit.rowsRejected,
      read: overLimit.rowsRead,
      limit: `${overLimit.maxRejectRatio! * 100} %`,
    });
  for (const { name, finish } of all) if (finish !== undefined) resolved[name] = finish(resolved[name]);
  const object = batchKeys(manifest.batchId, locations, manifest.planNumber).resolved;
  await writeJson(store, object, resolved, { signal: run.signal });
  return { replan: false, object, resolved };
};

const isOverLimit = ({ rowsRead, rowsRejected, maxRejectRatio = 1 }: ChunkResult): boolean =>
  rowsRead > 0 && rowsRejected / rowsRead > maxRejectRatio;
