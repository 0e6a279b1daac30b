import {
  type ChunkRef,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  type RowBatch,
} from '@pipeline/core';
import { type Compressor, createCompressor } from '../compression/create-compressor.ts';
import type { OutputColumn } from './column-choice.ts';
import type { FieldDialect } from './format-field.ts';
import { contentTypeOf, type OutputFormat, outputDialect } from './output-format.ts';
import { createOutputFormatter } from './output-formatter.ts';

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
  const { format, columns, head, formatBatch } = createOutputFormatter(source, options);
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

const withoutNewline = ({ newline: _, ...dialect }: ChunkRef['source']['dialect']): FieldDialect => dialect;
