import {
  type BatchReport,
  type ChunkManifest,
  type ChunkResult,
  checkFormat,
  type ObjectStore,
  openWriter,
  type RunContext,
} from '@pipeline/core';

/** `report.json`: the report and, behind it, the result of every chunk. */
export interface ReportFile extends BatchReport {
  /** In input order. */
  readonly chunks: readonly ReportedChunk[];
}

/** The result of a chunk, as it was committed; of its sidecars only the counts of issues and warnings, since `resolved` has the rest. */
export interface ReportedChunk extends ChunkResult {
  /** Data row of its first record, from 1; of a sampled plan, which does not say it. */
  readonly firstRow?: number;
}

/**
 * The data row that each chunk of a sampled plan begins with, from how many the chunks before it had. Results of other plans
 * pass as they are.
 */
export async function* withFirstRows(
  { planMode }: Pick<ChunkManifest, 'planMode'>,
  results: AsyncIterable<ChunkResult>,
): AsyncGenerator<ReportedChunk> {
  let firstRow = 1;
  for await (const result of results) {
    yield planMode === 'sampled' ? { ...result, firstRow } : result;
    firstRow += result.rowsRead;
  }
}

/**
 * Writes the report, which is the batch's own commit: the first one written counts. Answers the one that counts.
 *
 * @throws what `results` throws; PipelineStorageError as the store does
 * @example
 * const counted = await writeReport(report, committedResults(manifest, { store, locations, run }), { store, run });
 */
export const writeReport = async (
  report: BatchReport,
  results: AsyncIterable<ReportedChunk>,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<BatchReport> => {
  const writer = openWriter(store, report.report, {
    contentType: 'application/json',
    ifAbsent: true,
    signal: run.signal,
  });
  try {
    await writer.write(Buffer.from(`${JSON.stringify(report, undefined, 2).slice(0, -2)}${chunksBegin}`));
    let first = true;
    for await (const result of results) {
      const { issues, warnings } = result.sidecars;
      const sidecars = { ...(issues === undefined ? {} : { issues }), ...(warnings === undefined ? {} : { warnings }) };
      const told = { ...result, sidecars };
      await writer.write(Buffer.from(`${first ? '' : ','}\n    ${JSON.stringify(told)}`));
      first = false;
    }
    await writer.write(Buffer.from('\n  ]\n}\n'));
    if ((await writer.close(0)) !== undefined) return report;
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return readReport(store, report, run);
};

/** What stands between the report and its chunks. No text in the report holds it, since JSON escapes newlines. */
const chunksBegin = Buffer.from(',\n  "chunks": [');

/**
 * The report at `report.report`, without its chunks: of a large batch only the beginning is read.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`; PipelineConfigError when its format is of another major version
 * @example
 * const report = await readReport(store, { report: batchKeys(batchId, locations).report(1) }, run);
 */
export const readReport = async (
  store: ObjectStore,
  { report }: Pick<BatchReport, 'report'>,
  run: RunContext,
): Promise<BatchReport> => {
  let text = Buffer.alloc(0);
  for await (const piece of store.read(report, { signal: run.signal })) {
    const from = Math.max(0, text.length - chunksBegin.length);
    text = Buffer.concat([text, piece]);
    const at = text.indexOf(chunksBegin, from);
    if (at >= 0) return checkFormat('report', JSON.parse(`${text.toString('utf8', 0, at)}}`) as BatchReport);
  }
  const { chunks: _, ...rest } = JSON.parse(text.toString('utf8')) as ReportFile;
  return checkFormat('report', rest);
};
