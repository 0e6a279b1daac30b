import { type OutputFormatter, outputDialect, type WrittenRecords, writtenRecords } from '@pipeline/chunker';
import { type ChunkRef, type ObjectStore, type PartRef, PipelineConfigError, type RunContext } from '@pipeline/core';
import { committedBytes } from '../committed-bytes.ts';

/** An output that was written, and what wrote it. */
export interface WrittenOutput {
  readonly store: ObjectStore;
  readonly run: RunContext;
  readonly chunk: ChunkRef;
  /** The output as it is. */
  readonly before: PartRef;
  readonly formatter: OutputFormatter;
}

/** The records of an output, each with its newline, read to its end and proven by length and CRC-32. */
export async function* recordsOf(
  { store, run, chunk, before, formatter }: WrittenOutput,
  head: Uint8Array,
): AsyncGenerator<WrittenRecords> {
  const { format, columns } = formatter;
  const { compression } = format;
  const bytes = committedBytes(before, chunk.index, {
    store,
    run,
    ...(compression === undefined ? {} : { compression }),
  });
  yield* writtenRecords(behindHead(bytes, head), {
    format: format.format ?? 'csv',
    writtenDialect: outputDialect(chunk.source.dialect, format),
    columns: columns.map(({ to }) => to),
  });
}

/** Bytes behind the head of a file, which must be as it would be written now. */
async function* behindHead(bytes: AsyncIterable<Uint8Array>, head: Uint8Array): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const piece of bytes) {
    const shared = Math.min(piece.length, head.length - seen);
    if (shared > 0 && Buffer.compare(piece.subarray(0, shared), head.subarray(seen, seen + shared)) !== 0)
      throw settings();
    seen += shared;
    if (shared < piece.length) yield shared === 0 ? piece : piece.subarray(shared);
  }
  if (seen < head.length) throw settings();
}

const settings = (): PipelineConfigError =>
  new PipelineConfigError('CONFIG_INVALID', {
    option: 'output format',
    expected: 'the settings under which the batch was written',
    got: 'others: the header would be another one',
  });
