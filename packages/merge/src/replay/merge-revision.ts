import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  type ChunkManifest,
  formatRef,
  type IssueCounts,
  type ObjectStore,
  PipelineSourceError,
  type ReplaySummary,
  type RunContext,
  readJson,
} from '@pipeline/core';
import { readAmendment } from '../amend/amendment.ts';
import { committedResults } from '../committed-results.ts';
import { merge } from '../merge.ts';
import { orUndefined } from '../or-undefined.ts';
import { countReducers, type SidecarReducer } from '../resolve.ts';
import { repeatKey } from '../unique/amend-repeats.ts';
import type { UniqueSummary } from '../unique/resolve-unique.ts';
import { readReport } from '../write-report.ts';

/** The merged output of a revision; of a replay, made now if whoever committed it did not get there. */
export const mergeRevision = async (
  manifest: ChunkManifest,
  revision: number,
  {
    store,
    locations,
    run,
    reducers = [],
  }: {
    readonly store: ObjectStore;
    readonly locations: BatchLocations;
    readonly reducers?: readonly SidecarReducer<never, unknown>[] | undefined;
    readonly run: RunContext;
  },
): Promise<BatchReport> => {
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const report = keys.report(revision);
  const there = await orUndefined(readReport(store, { report }, run));
  if (there !== undefined) return there;
  const amendment = await readAmendment(manifest, revision, { store, locations, run });
  if (amendment?.reason !== 'replay' || revision <= manifest.revision)
    throw new PipelineSourceError('BATCH_NOT_FOUND', { batchId: manifest.batchId, object: formatRef(report) });
  const signal = { signal: run.signal };
  const summary = await readJson<ReplaySummary>(store, keys.replayed(revision, amendment.name), signal);
  const before = await readReport(store, { report: keys.report(revision - 1) }, run);
  const all = [...countReducers, ...reducers] as SidecarReducer[];
  const sums: Record<string, unknown> = Object.fromEntries(all.map((reducer) => [reducer.name, reducer.initial()]));
  const amended = { ...manifest, revision };
  for await (const result of committedResults(amended, { store, locations, run }))
    for (const { name, add } of all)
      if (result.sidecars[name] !== undefined) sums[name] = add(sums[name], result.sidecars[name], result);
  return merge(amended, {
    store,
    locations,
    run,
    startedAt: Date.parse(amendment.createdAt),
    fileName: before.output.object.key.slice(before.output.object.key.lastIndexOf('/') + 1),
    resolved: { ...before.resolved, ...sums, warnings: withRepeats(sums.warnings as IssueCounts, before) },
    replay: summary,
  });
};

/** Rows that repeat others and stay were counted at the barrier, by no chunk. */
const withRepeats = (warnings: IssueCounts, { resolved }: Pick<BatchReport, 'resolved'>): IssueCounts => {
  const all = Object.entries((resolved.unique ?? {}) as Readonly<Record<string, UniqueSummary>>);
  const warned = all.filter(([, { onDuplicate, repeats }]) => onDuplicate === 'warn' && repeats > 0);
  return {
    ...warnings,
    ...Object.fromEntries(warned.map(([name, { columns, repeats }]) => [repeatKey({ name, columns }), repeats])),
  };
};
