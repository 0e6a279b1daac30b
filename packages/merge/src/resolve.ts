import {
  type BatchLocations,
  batchKeys,
  type ChunkManifest,
  type ChunkResult,
  createRunContext,
  type IssueCounts,
  type ObjectRef,
  type ObjectStore,
  type RunContext,
  writeJson,
} from '@pipeline/core';
import { committedResults } from './committed-results.ts';

/** Folds one sidecar over all chunks, in order, into a value of bounded size. */
export interface SidecarReducer<Value = unknown, Sum = unknown> {
  /** That of the collector whose values it folds. */
  readonly name: string;
  /** The sum before the first chunk. */
  initial(): Sum;
  /** The sum with one more chunk; may change `sum` in place. */
  add(sum: Sum, value: Value, result: ChunkResult): Sum;
}

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

/**
 * The barrier between processing and merging: every chunk must be committed, then what spans chunks is reduced and
 * written to `resolved.json`.
 *
 * @throws PipelineMergeError `MERGE_INCOMPLETE`, `MERGE_MISMATCH`
 * @example
 * const longest: SidecarReducer<number, number> = {
 *   name: 'longest',
 *   initial: () => 0,
 *   add: (sum, bytes) => Math.max(sum, bytes),
 * };
 * const { resolved } = await resolve(manifest, { store, locations, reducers: [longest] });
 */
export const resolve = async (
  manifest: ChunkManifest,
  { store, locations, reducers = [], run = createRunContext() }: ResolveOptions,
): Promise<{ readonly object: ObjectRef; readonly resolved: Readonly<Record<string, unknown>> }> => {
  const all = [issueReducer, ...reducers] as SidecarReducer[];
  const resolved: Record<string, unknown> = Object.fromEntries(all.map((reducer) => [reducer.name, reducer.initial()]));
  for await (const result of committedResults(manifest, { store, locations, run })) {
    for (const reducer of all) {
      const value = result.sidecars[reducer.name];
      if (value !== undefined) resolved[reducer.name] = reducer.add(resolved[reducer.name], value, result);
    }
  }
  const object = batchKeys(manifest.batchId, locations).resolved;
  await writeJson(store, object, resolved, { signal: run.signal });
  return { object, resolved };
};
