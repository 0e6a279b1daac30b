import { contentTypeOf, outputName } from '@pipeline/chunker';
import {
  type BatchLocations,
  type BatchReport,
  batchKeys,
  type ChunkManifest,
  createRunContext,
  fileNameOf,
  formatVersion,
  type ObjectStore,
  PipelineMergeError,
  PipelineRejectLimitError,
  type ReplaySummary,
  type RunContext,
  readJson,
  type SourceEntry,
  type StageTimes,
} from '@pipeline/core';
import { committedResults } from './committed-results.ts';
import { mergeParts } from './merge-parts.ts';
import { mergeRejects } from './merge-rejects.ts';
import { orUndefined } from './or-undefined.ts';
import { sumResults, type Totals } from './sum-results.ts';
import { readReport, withFirstRows, writeReport } from './write-report.ts';

/** Where the batch lies, what the output is called, and how many rejects it may have. */
export interface MergeOptions {
  /** Where the batch lies. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Name of the merged object. @default the source's file name, its endings those of what the output is */
  readonly fileName?: string;
  /** When the batch began, milliseconds since the epoch. @default when its manifest was made */
  readonly startedAt?: number;
  /** Fails the batch when more than this share of its rows is rejected, `[0, 1]`. @default 1 */
  readonly maxRejectRatio?: number;
  /** Fails the batch when more rows than this are rejected, from 0. @default Infinity */
  readonly maxRejects?: number;
  /** What spans chunks, for the report. @default what the resolve barrier wrote */
  readonly resolved?: Readonly<Record<string, unknown>>;
  /** What the replay that made this revision changed. @default it was made by no replay */
  readonly replay?: ReplaySummary;
  /** Its signal ends the merge; `run.clock` dates the report. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * Merges the committed results of a batch in input order, reconciles rows, bytes and checksums with the plan, and writes
 * output, rejects and report. Done once: a repeated merge answers the report that is there, and one that follows a crash or
 * the end of its time goes on with the parts of the output that are there.
 *
 * @throws PipelineMergeError `MERGE_INCOMPLETE`, `MERGE_MISMATCH`, `MERGE_TOO_LARGE`; PipelineRejectLimitError `REJECT_LIMIT`
 * @example
 * const report = await merge(manifest, { store, locations });
 */
export const merge = async (manifest: ChunkManifest, options: MergeOptions): Promise<BatchReport> => {
  const { store, locations, run = createRunContext() } = options;
  const source = manifest.sources[0]!;
  const keys = batchKeys(manifest.batchId, locations, manifest.planNumber);
  const reportRef = keys.report(manifest.revision);
  const done = await orUndefined(readReport(store, { report: reportRef }, run));
  if (done !== undefined) return done;
  const mergingAt = run.clock.now();

  const summed = await sumResults(manifest, committedResults(manifest, { store, locations, run }));
  checkTotals(manifest, summed);
  checkRejects(summed, options);
  const { writtenAs } = summed;
  const fileName = options.fileName ?? outputName(fileNameOf(source.object.key), writtenAs, source.compression);
  const output = await mergeParts(summed.outputs, keys.output(manifest.revision, fileName), {
    store,
    run,
    contentType: contentTypeOf(writtenAs),
    note: keys.mergeUpload(manifest.revision),
  });
  const rejects =
    summed.rowsRejected === 0
      ? undefined
      : await mergeRejects(manifest, summed.rejects, keys.rejects(manifest.revision), { store, run });
  const resolved =
    options.resolved ??
    (await orUndefined(readJson<Record<string, unknown>>(store, keys.resolved, { signal: run.signal }))) ??
    {};
  const startedAt = options.startedAt ?? Date.parse(manifest.createdAt);
  const finishedAt = run.clock.now();
  const report: BatchReport = {
    formatVersion,
    batchId: manifest.batchId,
    revision: manifest.revision,
    source: source.object,
    sourceBytes: source.sizeBytes,
    readAs: readAsOf(source),
    plan: { mode: manifest.planMode ?? 'sequential', number: manifest.planNumber ?? 1 },
    writtenAs,
    output,
    ...(rejects === undefined ? {} : { rejects }),
    report: reportRef,
    columns: summed.columns,
    rowsRead: summed.rowsRead,
    rowsWritten: summed.rowsWritten,
    rowsRejected: summed.rowsRejected,
    chunkCount: manifest.chunkCount,
    ...(options.replay === undefined ? {} : { replay: options.replay }),
    resolved,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    durationMs: Math.round(finishedAt - startedAt),
    processMs: summed.processMs,
    stageMs: stageTimes(startedAt, Date.parse(manifest.createdAt), summed.processed, mergingAt, finishedAt),
  };
  const chunks = withFirstRows(manifest, committedResults(manifest, { store, locations, run }));
  const written = await writeReport(report, chunks, { store, run });
  run.observe({
    type: 'merge.done',
    batchId: manifest.batchId,
    rowsRead: report.rowsRead,
    rowsWritten: report.rowsWritten,
    rowsRejected: report.rowsRejected,
  });
  return written;
};

/** Clocks of other machines may be ahead: no stage takes less than no time. */
const stageTimes = (
  startedAt: number,
  plannedAt: number,
  processed: Totals['processed'],
  mergingAt: number,
  finishedAt: number,
): StageTimes => {
  const between = (from: number, to: number): number => Math.max(0, Math.round(to - from));
  return {
    split: between(startedAt, plannedAt),
    process: between(processed.from, processed.to),
    resolve: between(processed.to, mergingAt),
    merge: between(mergingAt, finishedAt),
  };
};

const readAsOf = (source: SourceEntry): NonNullable<BatchReport['readAs']> => {
  const { dialect, encoding, compression, detected, reader, bom, skippedLines, renamed } = source;
  return {
    dialect,
    ...(encoding === undefined ? {} : { encoding }),
    ...(compression === undefined ? {} : { compression }),
    ...(detected === undefined ? {} : { detected }),
    ...(reader === undefined ? {} : { reader }),
    bom,
    ...(skippedLines === undefined ? {} : { skippedLines }),
    ...(renamed === undefined ? {} : { renamed }),
  };
};

/** Rows and bytes of all chunks must be those of the source, header aside. */
const checkTotals = (manifest: ChunkManifest, totals: Totals): void => {
  const fail = (reason: string): never => {
    throw new PipelineMergeError('MERGE_MISMATCH', { reason });
  };
  const expectedBytes = manifest.sources.reduce((bytes, source) => bytes + source.sizeBytes - source.header.end, 0);
  if (totals.chunks !== manifest.chunkCount)
    fail(`${totals.chunks} chunks have results, the plan has ${manifest.chunkCount}`);
  if (manifest.rowCount !== null && totals.rowsRead !== manifest.rowCount)
    fail(`${totals.rowsRead} rows were read, the source has ${manifest.rowCount}`);
  if (totals.bytesRead !== expectedBytes)
    fail(`${totals.bytesRead} bytes were read, the source has ${expectedBytes} behind its header`);
};

const checkRejects = (
  totals: Totals,
  { maxRejectRatio = 1, maxRejects = Number.POSITIVE_INFINITY }: MergeOptions,
): void => {
  const { rowsRead: read, rowsRejected: rejected } = totals;
  if (rejected > maxRejects)
    throw new PipelineRejectLimitError('REJECT_LIMIT', { rejected, read, limit: `${maxRejects} rows` });
  if (read > 0 && rejected / read > maxRejectRatio)
    throw new PipelineRejectLimitError('REJECT_LIMIT', { rejected, read, limit: `${maxRejectRatio * 100} %` });
};
