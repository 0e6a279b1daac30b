import { isUtf8 } from 'node:buffer';
import type { RawRecords } from '@pipeline/core';
import { firstInvalid } from '../encoding/first-invalid.ts';
import { replaceInvalidUtf8 } from '../encoding/replace-invalid-utf8.ts';
import { replaceNul } from '../encoding/replace-nul.ts';
import { isBlank } from '../read/raw-records.ts';
import { unquote } from './unquote.ts';
import type { FallbackRecords } from './window-records.ts';

/** Which records of a window make a batch. */
export interface BatchPlace {
  /** Number of the first one in the window. */
  readonly first: number;
  readonly length: number;
  /** Data row of the first one. */
  readonly row: number;
}

/** The records of a batch, as slices of the bytes that csv-parse read. */
export const rawFallbackRecords = (all: FallbackRecords, { first, length, row }: BatchPlace): RawRecords => {
  const { window, shape } = all;
  const { bytes } = window;
  const { columns, delimiter, quotes, text } = shape;
  const plain = window.valid && (!window.nul || (text.nul ?? 'reject') !== 'replace');

  const fixed = (piece: Uint8Array): Uint8Array => {
    if (plain) return piece;
    const valid = !isUtf8(piece) && text.invalid === 'replace' ? replaceInvalidUtf8(piece) : piece;
    return text.nul === 'replace' && valid.includes(0) ? replaceNul(valid) : valid;
  };
  const width = (record: number): number => all.fieldCount(record) - all.stripped(record);
  const contentEnd = (record: number): number => all.fieldEnd(record, width(record) - 1);
  const content = (record: number): Uint8Array => fixed(bytes.subarray(all.start(record), contentEnd(record)));
  const fieldBytes = (record: number, column: number): Uint8Array =>
    column < width(record)
      ? fixed(bytes.subarray(all.fieldStart(record, column), all.fieldEnd(record, column)))
      : new Uint8Array();
  const textIn = (piece: Uint8Array): string =>
    unquote(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('utf8'), quotes);
  const field = (record: number, column: number): string => textIn(fieldBytes(record, column));
  const contiguous = (from: number, to: number): boolean => {
    for (let record = from + 1; record < to; record++) if (all.start(record) !== all.next(record - 1)) return false;
    return true;
  };

  return {
    length,
    columns,
    rowNumber: (position) => row + position,
    byteOffset: (position) => all.byteOffset(first + position),
    bytes: (position) => {
      const record = first + position;
      const short = columns.length - width(record);
      const padded = short > 0 && (isBlank(all, record) ? shape.padEmpty : shape.pad);
      return padded ? Buffer.concat([content(record), Buffer.from(delimiter.repeat(short))]) : content(record);
    },
    newline: (position) => bytes.subarray(all.end(first + position), all.next(first + position)),
    fieldBytes: (position, column) => fieldBytes(first + position, column),
    field: (position, column) => field(first + position, column),
    record: (position) => Object.fromEntries(columns.map((name, column) => [name, field(first + position, column)])),
    values: (position) => {
      const record = first + position;
      return Array.from({ length: Math.max(columns.length, width(record)) }, (_, column) => field(record, column));
    },
    span: (from, to) => {
      if (from >= to) return new Uint8Array();
      const asTheyStand = plain && shape.strippedColumns === 0 && !shape.pad && !shape.padEmpty;
      if (!asTheyStand || (all.comments && !contiguous(first + from, first + to))) return undefined;
      return bytes.subarray(all.start(first + from), all.next(first + to - 1));
    },
    raw: (position) => {
      const record = first + position;
      const came = all.sourceBytes(record);
      const { source } = window;
      if (source !== undefined && !window.valid && firstInvalid(came, source.encoding) >= 0) return came;
      return bytes.subarray(all.start(record), contentEnd(record));
    },
    everyField: (position) => {
      const record = first + position;
      return Array.from({ length: all.fieldCount(record) }, (_, column) =>
        textIn(fixed(bytes.subarray(all.fieldStart(record, column), all.fieldEnd(record, column)))),
      );
    },
  };
};
