import {
  contentTypeOf,
  createCompressor,
  decompress,
  type OutputFormatter,
  outputDialect,
  parseRows,
} from '@pipeline/chunker';
import {
  type ChunkRef,
  crc32,
  crc32Hex,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  openWriter,
  type PartRef,
  PipelineConfigError,
  type RawRecords,
  type RunContext,
} from '@pipeline/core';
import { altered, ofPiece } from '../altered-piece.ts';
import type { Insertion } from './plan-replay.ts';

/** Which output of which chunk is written anew. */
export interface SpliceOptions {
  readonly store: ObjectStore;
  readonly run: RunContext;
  readonly chunk: ChunkRef;
  /** The output as it is. */
  readonly before: PartRef;
  /** What wrote it. */
  readonly formatter: OutputFormatter;
  /** Where the new one goes. */
  readonly target: ObjectRef;
}

/** Takes insertions in order and, at the end, makes the new output appear. */
export interface OutputSplicer {
  insert(insertion: Insertion): Promise<void>;
  close(): Promise<PartRef>;
  abort(): Promise<void>;
}

const LF = 10;
const CR = 13;

/** Columns that stages add may make a row much longer than its record was. */
const longestRowBytes = 255 * 1024 * 1024;

/**
 * Opens an output that is the old one with rows inserted. All other rows are copied byte for byte: its records are found,
 * not written again.
 *
 * @throws from the calls: PipelineMergeError `MERGE_MISMATCH` when the old output is not what was committed;
 * PipelineConfigError `CONFIG_INVALID` when it was written under other settings
 */
export const openSplicer = (options: SpliceOptions): OutputSplicer => {
  const { store, run, chunk, before, formatter, target } = options;
  const { format } = formatter;
  const writer = openWriter(store, target, { contentType: contentTypeOf(format), signal: run.signal });
  const packed =
    format.compression === undefined ? undefined : createCompressor(format.compression, (bytes) => writer.write(bytes));
  const sink = packed ?? writer;
  const head = chunk.index === 0 ? Buffer.from(formatter.head) : Buffer.alloc(0);
  const loneCr = format.format !== 'jsonl' && format.newline === undefined && chunk.source.dialect.loneCr === true;
  const old = writtenRecords(options, head)[Symbol.asyncIterator]();
  /** Records of the old output that are at hand, and how many of them are written. */
  let records: RawRecords | undefined;
  let used = 0;
  let copied = 0;
  let rows = 0;
  let last: number | undefined;
  let begun = false;

  const begin = async (): Promise<void> => {
    if (!begun && head.length > 0) await sink.write(head);
    begun = true;
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length === 0) return;
    // The LF of an empty record must not become one newline with the CR that ends the record before it.
    if (loneCr && bytes[0] === LF && (last === CR || last === undefined)) {
      await sink.write(Buffer.of(CR));
      await sink.write(bytes.subarray(1));
    } else await sink.write(bytes);
    last = bytes.length === 1 && loneCr && bytes[0] === LF ? CR : bytes[bytes.length - 1];
  };
  const copyTo = async (wanted: number): Promise<void> => {
    while (copied < wanted) {
      if (records === undefined || used === records.length) {
        const { done, value } = await old.next();
        if (done === true) return;
        records = value;
        used = 0;
      }
      const to = Math.min(records.length, used + wanted - copied);
      const span = records.span(used, to);
      if (span === undefined)
        for (let position = used; position < to; position++) {
          await write(Buffer.concat([records.bytes(position), records.newline(position)]));
        }
      else await write(span);
      copied += to - used;
      used = to;
    }
  };

  return {
    async insert({ behind, bytes }) {
      await begin();
      await copyTo(behind);
      if (copied !== behind) throw altered(before, chunk.index);
      await write(bytes);
      rows++;
    },
    async close() {
      await begin();
      await copyTo(Number.POSITIVE_INFINITY);
      if (copied !== before.rows) throw altered(before, chunk.index);
      run.signal.throwIfAborted();
      await packed?.end();
      return (await writer.close(copied + rows))!;
    },
    async abort() {
      await Promise.allSettled([old.return?.(undefined), packed?.abort(), writer.abort()]);
    },
  };
};

/** The records of an output, each with its newline, read to its end and proven by length and CRC-32. */
async function* writtenRecords(
  { store, run, chunk, before, formatter }: SpliceOptions,
  head: Uint8Array,
): AsyncGenerator<RawRecords> {
  const { format, columns } = formatter;
  // A line of JSON holds no newline, so any dialect without quotes finds its end.
  const jsonl = format.format === 'jsonl';
  const dialect = jsonl ? { delimiter: '\t', quote: '' } : outputDialect(chunk.source.dialect, format);
  const bytes = provenBytes(store, before, chunk.index, run);
  const unpacked =
    format.compression === undefined
      ? bytes
      : decompress(bytes, {
          compression: format.compression,
          object: formatRef(before.object),
          signal: run.signal,
          limits: { maxRatio: Number.POSITIVE_INFINITY },
        });
  const batches = parseRows(behindHead(unpacked, head), {
    columns: jsonl ? ['line'] : columns.map(({ to }) => to),
    dialect,
    limits: {
      maxRecordBytes: longestRowBytes,
      maxFieldBytes: longestRowBytes,
      maxHeaderBytes: longestRowBytes,
      maxColumns: Number.MAX_SAFE_INTEGER,
    },
    text: { nul: 'keep' },
  });
  for await (const { records } of batches) yield records;
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
