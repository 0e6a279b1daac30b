import {
  type BatchLocations,
  batchKeys,
  type ChunkManifest,
  type ChunkRef,
  type ChunkResult,
  createRunContext,
  type IssueCounts,
  type ObjectRef,
  type ObjectStore,
  PipelineRejectLimitError,
  type RunContext,
  type SidecarReducer,
  type UniqueRule,
  writeJson,
} from '@pipeline/core';
import { committedResults } from './committed-results.ts';
import { disproofOf } from './plan-proof.ts';
import { repeatKey } from './unique/amend-repeats.ts';
import { resolveUnique, type UniqueSummary } from './unique/resolve-unique.ts';

export type { SidecarReducer };

const sumOf = (name: string): SidecarReducer<IssueCounts, Record<string, number>> => ({
  name,
  initial: () => ({}),
  add: (sum, counts) => {
    for (const [key, count] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + count;
    return sum;
  },
});

/** Counts what rejected rows, over all chunks, by `issueKey`. */
export const issueReducer: SidecarReducer<IssueCounts, Record<string, number>> = sumOf('issues');

/** Counts what rejects no row by itself, over all chunks, by `issueKey`. */
export const warningReducer: SidecarReducer<IssueCounts, Record<string, number>> = sumOf('warnings');

/** What is reduced in every batch. */
export const countReducers: readonly SidecarReducer<IssueCounts, Record<string, number>>[] = [
  issueReducer,
  warningReducer,
];

/** Where the batch lies, and what is reduced beside the issues. */
export interface ResolveOptions {
  /** Where the batch lies. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Beside `issueReducer` and `warningReducer`, which are always there. @default [] */
  readonly reducers?: readonly SidecarReducer<never, unknown>[];
  /** Which rows repeat others, over all chunks; the workers gathered keys by the same rules. @default [] */
  readonly unique?: readonly UniqueRule[];
  /** Bytes that comparing keys may take, from 64 KiB, whatever the number of rows. @default 256 MiB */
  readonly uniqueMemoryBytes?: number;
  /** Told of every chunk that lost rows, once that counts; again when the barrier is tried again. @default nobody */
  readonly onAmended?: (result: ChunkResult, chunk: ChunkRef) => Promise<void>;
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
 * wrong, by where its chunks ended; rows that repeat others are taken out of their chunks; then what spans chunks is reduced
 * and written to `resolved.json`.
 *
 * @throws PipelineMergeError `MERGE_INCOMPLETE`, `MERGE_MISMATCH`; PipelineRejectLimitError `REJECT_LIMIT` for a chunk of a
 * sampled plan, or one that lost repeated rows, of which nothing could be said before; `ROWS_REPEATED`;
 * PipelineConfigError `CONFIG_INVALID` for wrong options of `unique`
 * @example
 * const longest: SidecarReducer<number, number> = {
 *   name: 'longest',
 *   initial: () => 0,
 *   add: (sum, bytes) => Math.max(sum, bytes),
 * };
 * const resolution = await resolve(manifest, { store, locations, reducers: [longest] });
 * console.log(resolution.replan ? `chunk ${resolution.chunk} begins elsewhere` : resolution.resolved);
 */
export const resolve = async (manifest: ChunkManifest, options: ResolveOptions): Promise<Resolution> => {
  const { store, locations, reducers = [], unique = [], run = createRunContext() } = options;
  const where = { store, locations, run };
  const all = [...countReducers, ...reducers] as SidecarReducer[];
  const resolved: Record<string, unknown> = Object.fromEntries(all.map((reducer) => [reducer.name, reducer.initial()]));
  if (unique.length > 0) {
    // Keys are compared as the workers committed them, so that it comes out the same after a try that amended chunks.
    const disproof = await disproved(manifest, committedResults(manifest, { ...where, revision: 0 }), run);
    if (disproof !== undefined) return disproof;
    const results = committedResults(manifest, { ...where, revision: 0 });
    resolved.unique = await resolveUnique(manifest, results, { ...options, ...where, unique });
    if (options.onAmended !== undefined) await tellAmended(manifest, options.onAmended, where);
  }
  let overLimit: ChunkResult | undefined;
  for await (const result of committedResults(manifest, where)) {
    const disproof = disproofBy(manifest, result, run);
    if (disproof !== undefined) return disproof;
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
  addWarnings(resolved, unique);
  for (const { name, finish } of all) if (finish !== undefined) resolved[name] = finish(resolved[name]);
  const object = batchKeys(manifest.batchId, locations, manifest.planNumber).resolved;
  await writeJson(store, object, resolved, { signal: run.signal });
  return { replan: false, object, resolved };
};

type Disproof = Extract<Resolution, { replan: true }>;

const disproofBy = (manifest: ChunkManifest, result: ChunkResult, run: RunContext): Disproof | undefined => {
  const state = disproofOf(manifest, result);
  if (state === undefined) return undefined;
  run.observe({ type: 'plan.disproved', batchId: manifest.batchId, chunk: result.index, state });
  return { replan: true, chunk: result.index, state };
};

const disproved = async (
  manifest: ChunkManifest,
  results: AsyncIterable<ChunkResult>,
  run: RunContext,
): Promise<Disproof | undefined> => {
  if (manifest.planMode !== 'sampled') return undefined;
  for await (const result of results) {
    const disproof = disproofBy(manifest, result, run);
    if (disproof !== undefined) return disproof;
  }
  return undefined;
};

const tellAmended = async (
  manifest: ChunkManifest,
  tell: NonNullable<ResolveOptions['onAmended']>,
  where: Pick<ResolveOptions, 'store' | 'locations'> & { readonly run: RunContext },
): Promise<void> => {
  const results = committedResults(manifest, where);
  try {
    for await (const chunk of manifest.chunks) {
      const { value } = await results.next();
      if (value?.amendedIn !== undefined) await tell(value, chunk);
    }
  } finally {
    await results.return(undefined);
  }
};

/** Rows that repeat others and stay: no chunk could count them. */
const addWarnings = (resolved: Record<string, unknown>, unique: readonly UniqueRule[]): void => {
  const warnings = resolved.warnings as Record<string, number>;
  const summaries = (resolved.unique ?? {}) as Readonly<Record<string, UniqueSummary>>;
  for (const rule of unique) {
    const { repeats } = summaries[rule.name]!;
    if (rule.onDuplicate === 'warn' && repeats > 0)
      warnings[repeatKey(rule)] = (warnings[repeatKey(rule)] ?? 0) + repeats;
  }
};

const isOverLimit = ({ rowsRead, rowsRejected, maxRejectRatio = 1 }: ChunkResult): boolean =>
  rowsRead > 0 && rowsRejected / rowsRead > maxRejectRatio;
