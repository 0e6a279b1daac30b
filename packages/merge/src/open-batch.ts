import { openManifest } from '@pipeline/chunker';
import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  type ChunkManifest,
  createRunContext,
  formatRef,
  type ObjectStore,
  PipelineError,
  PipelineSourceError,
  type RunContext,
} from '@pipeline/core';
import { readReport } from './write-report.ts';

/** A batch that is done: its plan, and the report of its first output. */
export interface DoneBatch {
  /** The plan that its output was made of. */
  readonly manifest: ChunkManifest;
  /** `report.json` of revision 1, without its chunks. */
  readonly report: BatchReport;
}

/**
 * Opens a batch whose first output is merged, by its id.
 *
 * @throws PipelineSourceError `BATCH_NOT_FOUND`; PipelineConfigError when its format is of another major version
 * @example
 * const { manifest } = await openBatch('4f1c…', { store, locations });
 * console.log(await traceRow(manifest, { sourceRow: 7 }, { store, locations }));
 */
export const openBatch = async (
  batchId: string,
  {
    store,
    locations,
    run = createRunContext(),
  }: { readonly store: ObjectStore; readonly locations: BatchLocations; readonly run?: RunContext },
): Promise<DoneBatch> => {
  const object = batchKeys(batchId, locations).report(1);
  try {
    const report = await readReport(store, { report: object }, run);
    const { manifest } = batchKeys(batchId, locations, report.plan?.number ?? 1);
    return { manifest: await openManifest(store, manifest, run), report };
  } catch (cause) {
    if (!PipelineError.is(cause) || cause.code !== 'SOURCE_NOT_FOUND') throw cause;
    throw new PipelineSourceError('BATCH_NOT_FOUND', { batchId, object: formatRef(object) }, { cause });
  }
};

/**
 * The newest revision of a batch that has a merged output, from 1.
 *
 * @example
 * const revision = await latestRevision(manifest, { store, locations });
 */
export const latestRevision = async (
  { batchId, revision }: Pick<ChunkManifest, 'batchId' | 'revision'>,
  {
    store,
    locations,
    run = createRunContext(),
  }: { readonly store: ObjectStore; readonly locations: BatchLocations; readonly run?: RunContext },
): Promise<number> => {
  const keys = batchKeys(batchId, locations);
  for (let latest = revision; ; latest++) {
    try {
      await store.head(keys.report(latest + 1), { signal: run.signal });
    } catch (error) {
      if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return latest;
      throw error;
    }
  }
};
