import { contentTypeOf, createCompressor, type WrittenRecords } from '@pipeline/chunker';
import { type ObjectRef, openWriter, type PartRef } from '@pipeline/core';
import { altered } from '../altered-piece.ts';
import { recordsOf, type WrittenOutput } from './output-records.ts';
import type { Insertion } from './plan-replay.ts';

/** Which output of which chunk is written anew, and where the new one goes. */
export interface SpliceOptions extends WrittenOutput {
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
  const old = recordsOf(options, head)[Symbol.asyncIterator]();
  /** Records of the old output that are at hand, and how many of them are written. */
  let records: WrittenRecords | undefined;
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
      await write(records.span(used, to));
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
