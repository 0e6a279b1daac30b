import type { ChunkRef } from '@pipeline/core';
import { checkChoice, type OutputColumn, outputColumn } from './column-choice.ts';
import { formatHeader } from './format-header.ts';
import { createJsonFormatter } from './format-json-lines.ts';
import { type BatchFormatter, createRowFormatter } from './format-rows.ts';
import { checkOutputFormat, type OutputFormat } from './output-format.ts';

/** Writes the rows of one source in the format that was asked for. */
export interface OutputFormatter {
  /** The format, checked. */
  readonly format: OutputFormat;
  /** Columns of the output, in order. */
  readonly columns: readonly OutputColumn[];
  /** What stands before the first row of a file: byte order mark and header of CSV, or nothing. */
  readonly head: string;
  /** Writes the rows of a batch, not yet packed. */
  readonly formatBatch: BatchFormatter;
}

/**
 * Makes what writes the rows of a source as CSV or JSON Lines. Packing is left to whoever writes the object.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when the source cannot be written like this
 * @example
 * const { head, formatBatch } = createOutputFormatter(chunk.source, { format: 'jsonl' });
 */
export const createOutputFormatter = (source: ChunkRef['source'], options: OutputFormat): OutputFormatter => {
  const format = checkOutputFormat(options);
  const chosen = (format.columns ?? source.columns).map(outputColumn);
  // Which names the stages add is not known here: only those of the output can be wrong.
  const columns = checkChoice(
    chosen,
    chosen.map(({ from }) => from),
  );
  const rows = { ...format, source: source.columns, output: columns, dialect: source.dialect };
  if (format.format === 'jsonl') return { format, columns, head: '', formatBatch: createJsonFormatter(rows) };
  const head =
    (source.bom ? '\uFEFF' : '') + formatHeader(source.headerText, { ...rows, renamed: source.renamed !== undefined });
  return { format, columns, head, formatBatch: createRowFormatter(rows) };
};
