import type { ChunkResult, RawRecords } from '@pipeline/core';
import { parseRows } from './parse-rows.ts';

/** Some records of an output, in order. */
export interface WrittenRecords {
  readonly length: number;
  /** The bytes of records `[from, to)` with their newlines. A view, valid until the next pull. */
  span(from: number, to: number): Uint8Array;
}

/** A row can grow on its way: what was read within the caps is cut wherever it ends. */
const noLimits = {
  maxRecordBytes: 255 * 1024 * 1024,
  maxFieldBytes: Number.POSITIVE_INFINITY,
  maxHeaderBytes: Number.POSITIVE_INFINITY,
  maxColumns: Number.POSITIVE_INFINITY,
};

/**
 * Cuts an unpacked output of a chunk, without what stands before its first row, into the records that were written; laid end
 * to end they are the bytes that came.
 *
 * @param form - the chunk's result; of CSV it must have `writtenDialect`
 * @example
 * let rows = 0;
 * for await (const records of writtenRecords(store.read(output), result)) rows += records.length;
 */
export async function* writtenRecords(
  bytes: AsyncIterable<Uint8Array>,
  form: Pick<ChunkResult, 'format' | 'writtenDialect' | 'columns'>,
): AsyncGenerator<WrittenRecords> {
  const { format, writtenDialect: dialect, columns } = form;
  if (format === 'jsonl') {
    yield* lines(bytes);
    return;
  }
  const batches = parseRows(bytes, { columns, dialect: dialect!, limits: noLimits, text: { nul: 'keep' } });
  for await (const { records } of batches)
    yield { length: records.length, span: (from, to) => records.span(from, to) ?? oneByOne(records, from, to) };
}

const oneByOne = (records: RawRecords, from: number, to: number): Uint8Array => {
  const pieces: Uint8Array[] = [];
  for (let position = from; position < to; position++) pieces.push(records.bytes(position), records.newline(position));
  return Buffer.concat(pieces);
};

const LF = 10;

async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<WrittenRecords> {
  let rest: Uint8Array[] = [];
  for await (const piece of bytes) {
    const end = piece.lastIndexOf(LF) + 1;
    if (end === 0) {
      rest.push(Uint8Array.from(piece));
      continue;
    }
    yield linesOf(rest.length === 0 ? piece.subarray(0, end) : Buffer.concat([...rest, piece.subarray(0, end)]));
    rest = end === piece.length ? [] : [Uint8Array.from(piece.subarray(end))];
  }
  if (rest.length > 0) yield linesOf(Buffer.concat(rest));
}

const linesOf = (bytes: Uint8Array): WrittenRecords => {
  const starts = [0];
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) starts.push(at + 1);
  if (starts.at(-1) !== bytes.length) starts.push(bytes.length);
  return { length: starts.length - 1, span: (from, to) => bytes.subarray(starts[from], starts[to]) };
};
