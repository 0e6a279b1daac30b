import {
  checkChoice,
  createOutputFormatter,
  extensionOf,
  type OutputFormat,
  type OutputFormatter,
  outputDialect,
} from '@pipeline/chunker';
import {
  type BatchKeys,
  type ChunkResult,
  type CsvRecord,
  canonicalJson,
  type ObjectStore,
  openWriter,
  PipelineConfigError,
  type Rows,
  type RunContext,
  type SourceEntry,
  type Stage,
  type UniqueRule,
} from '@pipeline/core';
import { amendChunk } from '../amend/amend-chunk.ts';
import { committedRejects } from '../committed-rejects.ts';
import { startCounts } from './count-issues.ts';
import type { MendedChunk } from './each-chunk.ts';
import { createKeyKeeper } from './keep-keys.ts';
import { matchRows } from './match-rows.ts';
import { mendedBatches } from './mended-batches.ts';
import { outcomesOf } from './outcomes.ts';
import { planReplay } from './plan-replay.ts';
import { rejectRepeated } from './reject-repeated.ts';
import type { MendedRepeats } from './repeats-of-mended.ts';
import { openSplicer } from './splice-output.ts';

/** What the replay of every chunk has in common. */
export interface ReplayWork {
  readonly store: ObjectStore;
  readonly run: RunContext;
  readonly keys: BatchKeys;
  readonly stage: Stage<CsvRecord, unknown>;
  readonly format: OutputFormat;
  readonly batchRows: number;
  /** The revision that is made. */
  readonly revision: number;
  /** Name of its amendment. */
  readonly name: string;
  /** Rules whose keys are kept for the next replay. */
  readonly unique: readonly UniqueRule[];
  /** Mended rows that repeat others. */
  readonly repeats: MendedRepeats;
  /** The mended file has the dialect of the source. */
  readonly sameDialect: boolean;
}

/**
 * Makes a chunk anew with its mended rows: reads them under their old places, runs them through the stage, and inserts those
 * that pass into the output; those that fail again are rejected with their new issues, as are those that repeat others.
 *
 * @throws as the stage does; PipelineMergeError `MERGE_MISMATCH`
 */
export const replayChunk = async (
  { chunk, result: before, mended, rowsBefore }: MendedChunk,
  work: ReplayWork,
): Promise<ChunkResult> => {
  const { store, run, keys, stage, revision } = work;
  const startedAt = run.clock.now();
  const formatter = formatterOf(chunk.source, before, work);
  const attempt = `r${revision}.${run.attempt}`;
  const output = openSplicer({
    store,
    run,
    chunk,
    before: before.output,
    formatter,
    target: keys.processed(chunk.index, attempt, extensionOf(work.format)),
  });
  const rejects = openWriter(store, keys.rejectsPart(chunk.index, attempt), {
    contentType: 'application/x-ndjson',
    signal: run.signal,
  });
  const counts = startCounts(chunk);
  let passed = 0;
  let left = 0;

  const matched = (): Rows<CsvRecord> =>
    mendedBatches(
      matchRows(committedRejects(chunk, before, work), mended, rowsBefore),
      chunk.source,
      work,
      counts.gone,
    );
  const keeper = createKeyKeeper(chunk, work, attempt);
  const staged = rejectRepeated(stage(matched(), run), work.repeats, rowsBefore);
  const outcomes = outcomesOf(staged, formatter, chunk.source, (batch) => {
    counts.add(batch);
    keeper.add(batch);
  });
  try {
    for await (const step of planReplay(committedRejects(chunk, before, work), outcomes, chunk.firstRow)) {
      if ('insert' in step) {
        await output.insert(step.insert);
        passed++;
      } else {
        await rejects.write(Buffer.from(step.reject));
        left++;
      }
    }
    // Nothing passed: the output stays as it is.
    const written = passed === 0 ? before.output : await output.close();
    if (passed === 0) await output.abort();
    const rejected = left === 0 ? undefined : (await rejects.close(left))!;
    const kept = await keeper.write();
    const { rejects: _, ...rest } = before;
    const after: ChunkResult = {
      ...rest,
      attempt,
      amendedIn: revision,
      output: written,
      ...(rejected === undefined ? {} : { rejects: rejected }),
      rowsWritten: before.rowsWritten + passed,
      rowsRejected: left,
      sidecars: { ...before.sidecars, ...kept.sidecars, ...counts.after(before) },
      ...withObjects({ ...before.sidecarObjects, ...kept.sidecarObjects }),
      startedAt: new Date(startedAt).toISOString(),
      durationMs: Math.round(run.clock.now() - startedAt),
    };
    return await amendChunk(before, after, keys.amendedResult(revision, work.name, chunk.index), { store, run });
  } catch (error) {
    await Promise.allSettled([output.abort(), rejects.abort()]);
    throw error;
  } finally {
    await outcomes.return(undefined);
  }
};

const withObjects = (
  sidecarObjects: NonNullable<ChunkResult['sidecarObjects']>,
): Pick<ChunkResult, 'sidecarObjects'> => (Object.keys(sidecarObjects).length === 0 ? {} : { sidecarObjects });

/** The formatter that wrote the chunk; its columns must be those that the chunk has. */
const formatterOf = (source: SourceEntry, before: ChunkResult, { stage, format }: ReplayWork): OutputFormatter => {
  const staged = stage.columns?.(source.columns) ?? source.columns;
  const columns = format.columns === undefined ? staged : checkChoice(format.columns, staged);
  const formatter = createOutputFormatter(source, { ...format, columns });
  const check = (option: string, expected: string, got: string): void => {
    if (expected !== got) throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got });
  };
  check('columns', before.columns.join(', '), formatter.columns.map(({ to }) => to).join(', '));
  check('format', before.format ?? 'csv', format.format ?? 'csv');
  check('compression', before.compression ?? 'none', format.compression ?? 'none');
  if (before.writtenDialect !== undefined) {
    const { newline: _, ...dialect } = outputDialect(source.dialect, format);
    check('output', canonicalJson(before.writtenDialect), canonicalJson(dialect));
  }
  return formatter;
};
