import {
  checkChoice,
  createOutputFormatter,
  extensionOf,
  formatRejectLine,
  issueCollector,
  type OutputFormat,
  type OutputFormatter,
  type RejectLine,
} from '@pipeline/chunker';
import {
  type BatchKeys,
  type ChunkRef,
  type ChunkResult,
  type CsvEncoding,
  type CsvRecord,
  createRowBatch,
  type IssueCounts,
  issueKey,
  type ObjectStore,
  openWriter,
  PipelineConfigError,
  type RowBatch,
  type RowReject,
  type Rows,
  type RunContext,
  readJsonLines,
  type SourceEntry,
  type Stage,
} from '@pipeline/core';
import { ofPiece } from '../altered-piece.ts';
import { amendChunk } from '../amend/amend-chunk.ts';
import { type MatchedRow, mendedRecords } from './mended-records.ts';
import type { MendedRow } from './mended-rows.ts';
import { countsAfter, type Outcome, planReplay } from './plan-replay.ts';
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
  /** The mended file has the dialect of the source. */
  readonly sameDialect: boolean;
}

/**
 * Makes a chunk anew with its mended rows: reads them under their old places, runs them through the stage, and inserts those
 * that pass into the output; those that fail again are rejected with their new issues.
 *
 * @param mended - mended rows of this chunk, in order; those that are no rejects of it are passed over
 * @param rowsBefore - data rows of the chunks before it, where its rejects count within it, as in a sampled plan; else 0
 * @throws as the stage does; PipelineMergeError `MERGE_MISMATCH`
 */
export const replayChunk = async (
  chunk: ChunkRef,
  before: ChunkResult,
  mended: AsyncIterable<MendedRow>,
  rowsBefore: number,
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
  const gather = issueCollector.start(chunk);
  const gone: Record<string, number> = {};
  let passed = 0;
  let kept = 0;

  const matched = (): Rows<CsvRecord> =>
    mendedBatches(matchRows(rejectLines(chunk, before, work), mended, rowsBefore), chunk.source, work, (line) => {
      for (const key of new Set(line.issues.map(issueKey))) gone[key] = (gone[key] ?? 0) + 1;
    });
  const outcomes = outcomesOf(stage(matched(), run), formatter, chunk.source, (batch) => gather.add(batch));
  try {
    for await (const step of planReplay(rejectLines(chunk, before, work), outcomes, chunk.firstRow)) {
      if ('insert' in step) {
        await output.insert(step.insert);
        passed++;
      } else {
        await rejects.write(Buffer.from(step.reject));
        kept++;
      }
    }
    // Nothing passed: the output stays as it is.
    const written = passed === 0 ? before.output : await output.close();
    if (passed === 0) await output.abort();
    const rejected = kept === 0 ? undefined : (await rejects.close(kept))!;
    const { rejects: _, ...rest } = before;
    const issues = countsAfter((before.sidecars.issues ?? {}) as IssueCounts, gone, gather.finish() as IssueCounts);
    const after: ChunkResult = {
      ...rest,
      attempt,
      amendedIn: revision,
      output: written,
      ...(rejected === undefined ? {} : { rejects: rejected }),
      rowsWritten: before.rowsWritten + passed,
      rowsRejected: kept,
      sidecars: { ...before.sidecars, issues },
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
  return formatter;
};

/** The rejects of a chunk, in row order. */
export async function* rejectLines(
  chunk: Pick<ChunkRef, 'index'>,
  { rejects }: ChunkResult,
  { store, run }: Pick<ReplayWork, 'store' | 'run'>,
): AsyncGenerator<RejectLine> {
  if (rejects === undefined) return;
  const lines = readJsonLines<RejectLine>(store, rejects.object, { signal: run.signal });
  try {
    for (;;) {
      const { done, value } = await ofPiece(rejects, chunk.index, () => lines.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await lines.return(undefined);
  }
}

/** Joins rejects and mended rows, both in row order. */
export async function* matchRows(
  lines: AsyncIterable<RejectLine>,
  mended: AsyncIterable<MendedRow>,
  rowsBefore: number,
): AsyncGenerator<MatchedRow> {
  const rows = mended[Symbol.asyncIterator]();
  let next = await rows.next();
  for await (const line of lines) {
    const row = line.rowNumber + rowsBefore;
    while (next.done !== true && next.value.row < row) next = await rows.next();
    if (next.done === true) return;
    if (next.value.row !== row) continue;
    yield { mended: next.value.mended, line };
    next = await rows.next();
  }
}

/** Mended rows in batches, as the reader makes them of the source. */
async function* mendedBatches(
  rows: AsyncIterable<MatchedRow>,
  source: SourceEntry,
  { batchRows, sameDialect }: Pick<ReplayWork, 'batchRows' | 'sameDialect'>,
  onRow: (line: RejectLine) => void,
): Rows<CsvRecord> {
  let group: MatchedRow[] = [];
  const flush = (): RowBatch<CsvRecord> => {
    const batch = batchOf(group, source, sameDialect);
    group = [];
    return batch;
  };
  for await (const row of rows) {
    onRow(row.line);
    group.push(row);
    if (group.length >= batchRows) yield flush();
  }
  if (group.length > 0) yield flush();
}

const batchOf = (rows: readonly MatchedRow[], source: SourceEntry, sameDialect: boolean): RowBatch<CsvRecord> => {
  const records = mendedRecords(rows, source, { sameDialect });
  const positions: number[] = [];
  const rejects: RowReject[] = [];
  const warnings: Record<string, number> = {};
  for (const [position, { mended, line }] of rows.entries()) {
    for (const [key, count] of Object.entries(mended.warnings)) warnings[key] = (warnings[key] ?? 0) + count;
    if (mended.issues.length === 0) positions.push(position);
    else
      rejects.push({
        rowNumber: line.rowNumber,
        byteOffset: line.byteOffset,
        raw: records.raw(position),
        newline: records.newline(position),
        issues: mended.issues,
      });
  }
  return createRowBatch(records, positions, rejects, warnings);
};

/** What became of the rows of each batch, in row order. */
async function* outcomesOf(
  rows: Rows<unknown>,
  { formatBatch }: OutputFormatter,
  { encoding = 'utf-8' }: SourceEntry,
  onBatch: (batch: RowBatch<unknown>) => void,
): AsyncGenerator<Outcome> {
  for await (const batch of rows) {
    onBatch(batch);
    const rejects = [...batch.rejects].sort((a, b) => a.rowNumber - b.rowNumber);
    let at = 0;
    for (let index = 0; index < batch.positions.length; index++) {
      const rowNumber = batch.records.rowNumber(batch.positions[index]!);
      for (; at < rejects.length && rejects[at]!.rowNumber < rowNumber; at++)
        yield rejectedAgain(rejects[at]!, encoding);
      yield { rowNumber, bytes: formatRow(batch, index, formatBatch) };
    }
    for (; at < rejects.length; at++) yield rejectedAgain(rejects[at]!, encoding);
  }
}

/**
 * Rejects of a source in another encoding are text in UTF-8, those that are no text bytes of that encoding: a mended record
 * that is no text has U+FFFD in it, and its text in UTF-16 where it would be taken for that.
 */
const rejectedAgain = (reject: RowReject, encoding: CsvEncoding): Outcome => {
  const { rowNumber, raw, issues } = reject;
  if (encoding === 'utf-8') return { rowNumber, reject: formatRejectLine(reject) };
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString();
  const wide = encoding.startsWith('utf-16') && issues.some(({ code }) => code === 'ROW_ENCODING');
  const little = Buffer.from(text, wide ? 'utf16le' : 'utf8');
  return {
    rowNumber,
    reject: formatRejectLine({ ...reject, raw: encoding === 'utf-16be' && wide ? little.swap16() : little }),
  };
};

const formatRow = (
  batch: RowBatch<unknown>,
  index: number,
  formatBatch: OutputFormatter['formatBatch'],
): Uint8Array => {
  const { records, rejects, warnings } = batch;
  const one: RowBatch<unknown> = {
    records,
    rejects,
    warnings,
    positions: [batch.positions[index]!],
    get rows() {
      return [batch.rows[index]];
    },
    assigned: batch.assigned.length === 0 ? [] : [batch.assigned[index]],
  };
  const pieces: Uint8Array[] = [];
  formatBatch(one, (bytes) => pieces.push(Uint8Array.from(bytes)));
  return Buffer.concat(pieces);
};
