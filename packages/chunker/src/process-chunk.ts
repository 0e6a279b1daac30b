import {
  type BatchLocations,
  batchKeys,
  type ChunkRef,
  type ChunkResult,
  type CsvRecord,
  createRunContext,
  formatVersion,
  type ObjectRef,
  type ObjectStore,
  type PlanProof,
  type RunContext,
  type SidecarCollector,
  type Stage,
} from '@pipeline/core';
import { commitChunk, readCommitted } from './commit/commit-chunk.ts';
import { provenOrNot } from './commit/proven-or-not.ts';
import { readRows } from './read/read-rows.ts';
import { checkChoice } from './write/column-choice.ts';
import { extensionOf, type OutputFormat } from './write/output-format.ts';
import { type WrittenRows, writeRows } from './write/write-rows.ts';

/** Where the batch lies, what is written and how, and when a chunk fails. */
export interface ProcessChunkOptions extends OutputFormat {
  /** Where the batch lies. */
  readonly store: ObjectStore;
  /** Where the batch keeps its things. */
  readonly locations: BatchLocations;
  /** Most rows in a batch, from 1. @default 1000 */
  readonly batchRows?: number;
  /** Fails the chunk when more than this share of its rows is rejected, `[0, 1]`. @default 1 */
  readonly maxRejectRatio?: number;
  /** Gather what spans chunks, for reducers at the resolve barrier. @default [] */
  readonly sidecars?: readonly SidecarCollector[];
  /** `run.attempt` becomes part of the keys that are written. @default createRunContext() */
  readonly run?: RunContext;
}

/**
 * readRows → stage → writeRows, then the commit. A chunk that is already committed is not done again; when two attempts
 * race, the first commit counts and the loser's objects are removed.
 *
 * @throws PipelineSourceError `SOURCE_CHANGED`, `CHUNK_MISMATCH`; PipelineRejectLimitError `REJECT_LIMIT`;
 * PipelineConfigError `CONFIG_INVALID`; what the stage throws
 * @example
 * const result = await processChunk(chunk, validate(rule), { store, locations: { work: { bucket: 'work', prefix: 'batches/' } } });
 */
export const processChunk = async (
  chunk: ChunkRef,
  stage: Stage<CsvRecord, unknown>,
  options: ProcessChunkOptions,
): Promise<ChunkResult> => {
  const {
    store,
    locations,
    batchRows = 1000,
    maxRejectRatio = 1,
    sidecars = [],
    run = createRunContext(),
    columns: chosen,
    ...format
  } = options;
  const keys = batchKeys(chunk.batchId, locations, chunk.planNumber);
  const committed = await readCommitted(store, keys.result(chunk.index), run);
  if (committed !== undefined) return committed;

  const startedAt = run.clock.now();
  run.observe({ type: 'chunk.started', batchId: chunk.batchId, chunk: chunk.index, attempt: run.attempt });
  const staged = stage.columns?.(chunk.source.columns) ?? chunk.source.columns;
  const columns = chosen === undefined ? staged : checkChoice(chosen, staged);
  const extension = extensionOf(format);
  const output = keys.processed(chunk.index, run.attempt, extension);
  const write = (proof: (proof: PlanProof) => void): Promise<WrittenRows> =>
    writeRows(stage(readRows(chunk, { store, batchRows, run, onProof: proof }), run), chunk, {
      ...format,
      store,
      output,
      rejects: keys.rejectsPart(chunk.index, run.attempt),
      columns,
      // Rows of a chunk that begins in the middle of one must not fail the batch before the plan is known to be true.
      maxRejectRatio: chunk.planMode === 'sampled' ? 1 : maxRejectRatio,
      sidecars,
      sidecarObject: (name) => keys.sidecarPart(chunk.index, run.attempt, name),
      run,
    });
  const written =
    chunk.planMode === 'sampled'
      ? { ...(await provenOrNot(write, { store, output, run })), maxRejectRatio }
      : { ...(await write(() => {})), ...(maxRejectRatio === 1 ? {} : { maxRejectRatio }) };
  const mine: ChunkResult = {
    formatVersion,
    batchId: chunk.batchId,
    index: chunk.index,
    attempt: run.attempt,
    ...(format.format === undefined ? {} : { format: format.format }),
    ...(format.compression === undefined ? {} : { compression: format.compression }),
    ...written,
    bytesRead: chunk.range.end - chunk.range.start,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(run.clock.now() - startedAt),
  };
  const result = await commitChunk(store, keys.result(chunk.index), mine, run);
  if (result.attempt !== run.attempt) await store.deleteMany(objectsOf(mine));
  run.observe({
    type: 'chunk.committed',
    batchId: chunk.batchId,
    chunk: chunk.index,
    attempt: result.attempt,
    rowsRead: result.rowsRead,
    rowsRejected: result.rowsRejected,
    bytesRead: result.bytesRead,
    durationMs: result.durationMs,
  });
  return result;
};

const objectsOf = ({ output, rejects, sidecarObjects = {} }: ChunkResult): readonly ObjectRef[] => [
  output.object,
  ...(rejects === undefined ? [] : [rejects.object]),
  ...Object.values(sidecarObjects).map(({ object }) => object),
];
