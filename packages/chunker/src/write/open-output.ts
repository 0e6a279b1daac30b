import {
  type ChunkRef,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  type RowBatch,
} from '@pipeline/core';
import { type Compressor, createCompressor } from '../compression/create-compressor.ts';
import { checkChoice, type OutputColumn, outputColumn } from './column-choice.ts';
import type { FieldDialect } from './format-field.ts';
import { formatHeader } from './format-header.ts';
import { createJsonFormatter } from './format-json-lines.ts';
import { type BatchFormatter, createRowFormatter } from './format-rows.ts';
import { checkOutputFormat, contentTypeOf, type OutputFormat, outputDialect } from './output-format.ts';

/** Writes the rows of one chunk in the format that was asked for. */
export interface RowOutput {
  /** Columns, in order. */
  readonly columns: readonly OutputColumn[];
  /** Bytes of what stands before the first row of a file. */
  readonly headBytes: number;
  /** How the output is to be read, where it is CSV. */
  readonly dialect: FieldDialect | undefined;
  /** Writes what stands before the first row of a file: byte order mark and header, or nothing. */
  begin(): Promise<void>;
  /** Writes the rows of a batch. */
  write(batch: RowBatch<unknown>): Promise<void>;
  /** Makes the object appear. */
  close(rows: number): Promise<PartRef>;
  /** Leaves nothing behind. Safe to call at any time. */
  abort(): Promise<void>;
}

/**
 * Opens an output for the rows of a chunk. Nothing is sent before there is something to send.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when the source cannot be written like this
 */
export const openOutput = (
  store: ObjectStore,
  target: ObjectRef,
  source: ChunkRef['source'],
  options: OutputFormat,
  signal: AbortSignal,
): RowOutput => {
  const format = checkOutputFormat(options);
  const chosen = (format.columns ?? source.columns).map(outputColumn);
  // Which names the stages add is not known here: only those of the output can be wrong.
  const columns = checkChoice(
    chosen,
    chosen.map(({ from }) => from),
  );
  const { head, formatBatch } = formatOf(source, columns, format);
  const writer = openWriter(store, target, { contentType: contentTypeOf(format), signal });
  const packed: Compressor | undefined =
    format.compression === undefined ? undefined : createCompressor(format.compression, (bytes) => writer.write(bytes));
  const sink = packed ?? writer;
  return {
    columns,
    headBytes: Buffer.byteLength(head),
    dialect: format.format === 'jsonl' ? undefined : outputDialect(withoutNewline(source.dialect), format),
    begin: () => sink.write(Buffer.from(head)),
    async write(batch) {
      const pieces: Uint8Array[] = [];
      formatBatch(batch, (bytes) => pieces.push(bytes));
      for (const piece of pieces) await sink.write(piece);
    },
    async close(rows) {
      await packed?.end();
      return (await writer.close(rows))!;
    },
    async abort() {
      await Promise.allSettled([packed?.abort(), writer.abort()]);
    },
  };
};

const formatOf = (
  source: ChunkRef['source'],
  output: readonly OutputColumn[],
  format: OutputFormat,
): { readonly head: string; readonly formatBatch: BatchFormatter } => {
  if (format.format === 'jsonl')
    return {
      head: '',
      formatBatch: createJsonFormatter({ ...format, source: source.columns, output, dialect: source.dialect }),
    };
  const rows = { ...format, source: source.columns, output, dialect: source.dialect };
  return {
    head: (source.bom ? '\uFEFF' : '') + formatHeader(source.headerText, rows),
    formatBatch: createRowFormatter(rows),
  };
};

const withoutNewline = ({ newline: _, ...dialect }: ChunkRef['source']['dialect']): FieldDialect => dialect;
