import { unitBytes } from '../encoding/unit-bytes.ts';
import type { RecordShape, WindowRecords } from '../read/raw-records.ts';
import type { FedWindow } from './record-feed.ts';
import { unitsIn } from './source-text.ts';

/** Where the records of a window stand in it that csv-parse cut; delimiters may have several bytes. */
export interface FallbackRecords extends WindowRecords {
  /** Where a field begins that the record has. */
  fieldStart(record: number, field: number): number;
  fieldEnd(record: number, field: number): number;
  /** Comments stand between some of them. */
  readonly comments: boolean;
}

/** A window of csv-parse in the terms in which rows are checked. */
export const fallbackRecords = (fed: FedWindow, shape: RecordShape): FallbackRecords => {
  const { bytes, starts, nexts, ends, counts, offset, startOffsets, source, valid } = fed;
  const gap = Buffer.byteLength(shape.delimiter);
  const size = source === undefined ? 1 : unitBytes(source.encoding);
  const firstEnd = (record: number): number => (record === 0 ? 0 : counts[record - 1]!);
  const fieldCount = (record: number): number => counts[record]! - firstEnd(record);
  const start = (record: number): number => starts[record]!;
  const end = (record: number): number => ends[counts[record]! - 1]!;
  const inSource = (from: number, to: number): number =>
    source === undefined ? to - from : unitsIn(bytes, from, to) * size;
  return {
    window: {
      bytes,
      // In other windows, fields begin one byte behind these.
      ends: Uint32Array.from(ends),
      records: Uint32Array.from(counts),
      flagged: [],
      quotes: true,
      valid,
      nul: bytes.includes(0),
      offset,
      ...(source === undefined ? {} : { source }),
    },
    shape,
    comments: fed.comments.length > 0,
    firstEnd,
    fieldCount,
    stripped: (record) => (fieldCount(record) > shape.strippedColumns ? shape.strippedColumns : 0),
    whole: (record) => bytes.subarray(start(record), nexts[record]),
    start,
    end,
    next: (record) => nexts[record]!,
    fieldStart: (record, field) => (field === 0 ? start(record) : ends[firstEnd(record) + field - 1]! + gap),
    fieldEnd: (record, field) => ends[firstEnd(record) + field]!,
    byteOffset: (record) => startOffsets[record]!,
    sourceBytes: (record) => {
      if (source === undefined) return bytes.subarray(start(record), end(record));
      const from = startOffsets[record]! - offset;
      return source.bytes.subarray(from, from + inSource(start(record), end(record)));
    },
    fieldBytes: (record, field) =>
      inSource(
        field === 0 ? start(record) : ends[firstEnd(record) + field - 1]! + gap,
        ends[firstEnd(record) + field]!,
      ),
    sourceDistance: (record, at) => inSource(start(record), start(record) + at),
  };
};
