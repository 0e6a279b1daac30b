import {
  decompress,
  type OutputFormatter,
  outputDialect,
  type WrittenRecords,
  writtenRecords,
} from '@pipeline/chunker';
import {
  type ChunkRef,
  crc32,
  crc32Hex,
  formatRef,
  type ObjectStore,
  type PartRef,
  PipelineConfigError,
  type RunContext,
} from '@pipeline/core';
import { altered, ofPiece } from '../altered-piece.ts';

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
  const bytes = provenBytes(store, before, chunk.index, run);
  const unpacked =
    format.compression === undefined
      ? bytes
      : decompress(bytes, {
          compression: format.compression,
          object: formatRef(before.object),
          signal: run.signal,
          limits: { maxRatio: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY },
        });
  yield* writtenRecords(behindHead(unpacked, head), {
    format: format.format ?? 'csv',
    writtenDialect: outputDialect(chunk.source.dialect, format),
    columns: columns.map(({ to }) => to),
  });
}

async function* provenBytes(
  store: ObjectStore,
  part: PartRef,
  index: number,
  run: RunContext,
): AsyncGenerator<Uint8Array> {
  const pieces = store.read(part.object, { signal: run.signal })[Symbol.asyncIterator]();
  let length = 0;
  let sum = 0;
  try {
    for (;;) {
      const { done, value } = await ofPiece(part, index, () => pieces.next());
      if (done === true) break;
      length += value.length;
      sum = crc32(value, sum);
      yield value;
    }
  } finally {
    await pieces.return?.();
  }
  if (length !== part.bytes || crc32Hex(sum) !== part.crc32) throw altered(part, index);
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
