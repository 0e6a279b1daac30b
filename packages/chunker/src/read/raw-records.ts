import { isUtf8 } from 'node:buffer';
import type { CsvDialect, FieldTable, RawRecords, TextPolicy } from '@pipeline/core';
import { firstInvalid } from '../encoding/first-invalid.ts';
import { replaceInvalidUtf8 } from '../encoding/replace-invalid-utf8.ts';
import { replaceNul } from '../encoding/replace-nul.ts';
import { unitBytes } from '../encoding/unit-bytes.ts';
import { type CompiledFields, compileFields, type MakeRow } from './compile-fields.ts';
import { decodeField, type QuoteRules, quoteRules } from './decode-field.ts';
import type { RecordWindow } from './record-window.ts';

const LF = 10;
const CR = 13;

/** Decoding so many bytes in one piece takes about as long as decoding one field. */
const bytesPerField = 512;

/** What all records of a source have in common. */
export interface RecordShape {
  /** Column names in file order. */
  readonly columns: readonly string[];
  /** Trailing fields that are cut off. */
  readonly strippedColumns: number;
  readonly delimiter: string;
  readonly quotes: QuoteRules | undefined;
  readonly text: TextPolicy;
  /** Fill up records that have too few fields with empty ones. */
  readonly pad: boolean;
  readonly padEmpty: boolean;
  /** For windows in which no field is quoted, and for all others. */
  readonly bare: CompiledFields;
  readonly quoted: CompiledFields;
}

export const recordShape = (options: {
  readonly columns: readonly string[];
  readonly strippedColumns: number;
  readonly dialect: Pick<CsvDialect, 'delimiter' | 'quote' | 'escape'>;
  readonly text: TextPolicy;
  readonly pad: boolean;
  readonly padEmpty: boolean;
}): RecordShape => {
  const { columns, dialect } = options;
  const quotes = quoteRules(dialect);
  return {
    ...options,
    delimiter: dialect.delimiter,
    quotes,
    bare: compileFields(columns, undefined),
    quoted: compileFields(columns, quotes),
  };
};

/** Where the records of a window stand in it, and what they are. */
export interface WindowRecords {
  readonly window: RecordWindow;
  readonly shape: RecordShape;
  /** Entry of `window.ends` of a record's first field. */
  firstEnd(record: number): number;
  /** Fields of a record, stripped ones included. */
  fieldCount(record: number): number;
  /** Trailing fields of a record that are cut off. */
  stripped(record: number): number;
  /** Bytes of a record, newline and stripped fields included. */
  whole(record: number): Uint8Array;
  /** Where they end: behind the newline. */
  next(record: number): number;
  start(record: number): number;
  /** End of the content of a record, stripped fields included. */
  end(record: number): number;
  byteOffset(record: number): number;
  /** The record as it came: a slice of the source. */
  sourceBytes(record: number): Uint8Array;
  /** How many bytes of the source lie between the record's start and its byte `at` of UTF-8. */
  sourceDistance(record: number, at: number): number;
  /** Bytes of a field as it came, quotes included. */
  fieldBytes(record: number, field: number): number;
}

export const windowRecords = (window: RecordWindow, shape: RecordShape): WindowRecords => {
  const { bytes, ends, records, source } = window;
  const places = window.units ?? ends;
  const firstEnd = (record: number): number => (record === 0 ? 0 : records[record - 1]!);
  const lastEnd = (record: number): number => records[record]! - 1;
  const fieldCount = (record: number): number => records[record]! - firstEnd(record);
  const start = (record: number): number => (record === 0 ? 0 : ends[lastEnd(record - 1)]! + 1);
  /** In the text of the source, which the units count. */
  const place = (record: number): number => (record === 0 ? 0 : places[lastEnd(record - 1)]! + 1);
  const end = (record: number): number => {
    const last = ends[lastEnd(record)]!;
    // The newline is CRLF if a CR of this very field stands before the LF.
    return bytes[last] === LF && bytes[last - 1] === CR && last > fieldStart(record, fieldCount(record) - 1)
      ? last - 1
      : last;
  };
  const fieldStart = (record: number, field: number): number =>
    field === 0 ? start(record) : ends[firstEnd(record) + field - 1]! + 1;
  const next = (record: number): number => Math.min(bytes.length, ends[lastEnd(record)]! + 1);
  const size = source === undefined ? 1 : unitBytes(source.encoding);
  return {
    window,
    shape,
    firstEnd,
    fieldCount,
    // In a record with a field too few or too many they still stand behind what was there, so they are cut off all the
    // same, unless the record has nothing beside them.
    stripped: (record) => (fieldCount(record) > shape.strippedColumns ? shape.strippedColumns : 0),
    whole: (record) => bytes.subarray(start(record), next(record)),
    next,
    start,
    end,
    byteOffset: (record) => window.offset + (source === undefined ? start(record) : place(record) * size),
    sourceBytes: (record) => {
      if (source === undefined) return bytes.subarray(start(record), end(record));
      const newlineUnits = ends[lastEnd(record)]! - end(record);
      return source.bytes.subarray(place(record) * size, (places[lastEnd(record)]! - newlineUnits) * size);
    },
    fieldBytes: (record, field) => {
      const first = firstEnd(record);
      const newline = field === fieldCount(record) - 1 ? ends[lastEnd(record)]! - end(record) : 0;
      if (source === undefined) return ends[first + field]! - newline - fieldStart(record, field);
      const from = field === 0 ? place(record) : places[first + field - 1]! + 1;
      return (places[first + field]! - newline - from) * size;
    },
    sourceDistance: (record, at) =>
      source === undefined ? at : bytes.toString('utf8', start(record), start(record) + at).length * size,
  };
};

/**
 * The records of a batch over a window. `at` tells which record of the window stands at a position.
 */
export const rawRecords = (
  all: WindowRecords,
  { length, at, row }: { readonly length: number; readonly at: (position: number) => number; readonly row: number },
): RawRecords => {
  const { window, shape } = all;
  const { bytes, ends, units } = window;
  const { columns, delimiter, quotes } = shape;
  const fields = window.quotes ? shape.quoted : shape.bare;
  // Text with something to replace, and records of another width, take the long way.
  const plain = window.valid && (!window.nul || (shape.text.nul ?? 'reject') !== 'replace');
  const places = units ?? ends;
  let decoded: string | undefined;
  let asked = 0;
  /** The whole window as one string, of which fields are substrings: making one long string costs a fraction of many. */
  const text = (): string => {
    decoded ??= bytes.toString(units === undefined ? 'latin1' : 'utf8');
    return decoded;
  };

  const fixed = (piece: Uint8Array): Uint8Array => {
    if (plain) return piece;
    const valid = isUtf8(piece) ? piece : shape.text.invalid === 'replace' ? replaceInvalidUtf8(piece) : piece;
    return shape.text.nul === 'replace' && valid.includes(0) ? replaceNul(valid) : valid;
  };
  const contentEnd = (record: number): number => {
    const stripped = all.stripped(record);
    return stripped === 0 ? all.end(record) : ends[all.firstEnd(record) + all.fieldCount(record) - stripped - 1]!;
  };
  const width = (record: number): number => all.fieldCount(record) - all.stripped(record);
  const fieldStart = (record: number, column: number): number =>
    column === 0 ? all.start(record) : ends[all.firstEnd(record) + column - 1]! + 1;
  const fieldEnd = (record: number, column: number): number =>
    column === width(record) - 1 ? contentEnd(record) : ends[all.firstEnd(record) + column]!;
  const fieldBytes = (record: number, column: number): Uint8Array =>
    column >= width(record)
      ? new Uint8Array()
      : fixed(bytes.subarray(fieldStart(record, column), fieldEnd(record, column)));
  const unquoted = (value: string): string =>
    quotes === undefined ? value : decodeField(value, 0, value.length, quotes);
  const textIn = (piece: Uint8Array): string =>
    unquoted(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('utf8'));
  const field = (record: number, column: number): string => {
    if (column >= width(record)) return '';
    if (!plain) return textIn(fieldBytes(record, column));
    // A few fields are decoded one by one; of many, the window pays off.
    if (asked * bytesPerField < bytes.length) {
      asked++;
      return unquoted(bytes.toString('utf8', fieldStart(record, column), fieldEnd(record, column)));
    }
    const last = all.firstEnd(record) + column;
    const cr = ends[last]! - fieldEnd(record, column);
    return unquoted(text().slice(last === 0 ? 0 : places[last - 1]! + 1, places[last]! - cr));
  };
  const newline = (record: number): Uint8Array => bytes.subarray(all.end(record), all.next(record));
  const missing = (record: number): number => Math.max(0, columns.length - width(record));

  /** Whether a record can be made by the compiled code. */
  const regular = (record: number): boolean => plain && width(record) === columns.length;
  const wanted = columns.length;
  const stripping = shape.strippedColumns > 0;
  /**
   * A row by the compiled code; `undefined` where the record is not regular. Written out, since a row costs less than the
   * calls that tell its places one by one.
   */
  const compiled = <Row>(make: MakeRow<Row>, record: number): Row | undefined => {
    const { records } = window;
    const first = record === 0 ? 0 : records[record - 1]!;
    const last = stripping ? first + wanted - 1 : records[record]! - 1;
    if (stripping ? !regular(record) : !plain || last - first !== wanted - 1) return undefined;
    const start = first === 0 ? 0 : places[first - 1]! + 1;
    const end = ends[last]!;
    const cutsCr = !(stripping && all.stripped(record) > 0) && bytes[end] === LF && bytes[end - 1] === CR;
    const fieldStart = last === 0 ? 0 : ends[last - 1]! + 1;
    return make(text(), places, first, start, places[last]! - (cutsCr && end > fieldStart ? 1 : 0));
  };

  return {
    length,
    columns,
    rowNumber: (position) => row + position,
    byteOffset: (position) => all.byteOffset(at(position)),
    bytes: (position) => {
      const record = at(position);
      const content = fixed(bytes.subarray(all.start(record), contentEnd(record)));
      const short = missing(record);
      const padded = short > 0 && (isBlank(all, record) ? shape.padEmpty : shape.pad);
      return padded ? Buffer.concat([content, Buffer.from(delimiter.repeat(short))]) : content;
    },
    newline: (position) => newline(at(position)),
    fieldBytes: (position, column) => fieldBytes(at(position), column),
    field: (position, column) => field(at(position), column),
    record: (position) => {
      const record = at(position);
      return (
        compiled(fields.record, record) ??
        Object.fromEntries(columns.map((name, column) => [name, field(record, column)]))
      );
    },
    values: (position) => {
      const record = at(position);
      return (
        compiled(fields.values, record) ??
        Array.from({ length: Math.max(wanted, width(record)) }, (_, column) => field(record, column))
      );
    },
    span: (from, to) => {
      if (from >= to) return new Uint8Array();
      const [first, last] = [at(from), at(to - 1)];
      if (!plain || shape.strippedColumns > 0 || shape.pad || shape.padEmpty || last - first !== to - 1 - from)
        return undefined;
      return bytes.subarray(all.start(first), all.start(last) + all.whole(last).length);
    },
    locate: (position, places) => {
      const record = at(position);
      if (!regular(record)) return undefined;
      const first = all.firstEnd(record);
      const last = first + all.fieldCount(record) - 1;
      places[0] = all.start(record);
      for (let i = 1; i < columns.length; i++) places[i] = ends[first + i - 1]!;
      places[columns.length] = contentEnd(record);
      places[columns.length + 1] = all.end(record);
      places[columns.length + 2] = Math.min(bytes.length, ends[last]! + 1);
      return bytes;
    },
    table: () => (plain ? fieldTable(all, at) : undefined),
    raw: (position) => {
      const record = at(position);
      if (window.source !== undefined && !window.valid) {
        const came = all.sourceBytes(record);
        if (firstInvalid(came, window.source.encoding) >= 0) return came;
      }
      return bytes.subarray(all.start(record), contentEnd(record));
    },
    everyField: (position) => {
      const record = at(position);
      const [first, count] = [all.firstEnd(record), all.fieldCount(record)];
      return Array.from({ length: count }, (_, column) => {
        const start = column === 0 ? all.start(record) : ends[first + column - 1]! + 1;
        return textIn(fixed(bytes.subarray(start, column === count - 1 ? all.end(record) : ends[first + column]!)));
      });
    },
  };
};

const fieldTable = (all: WindowRecords, at: (position: number) => number): FieldTable => {
  const { window, shape } = all;
  const { bytes, ends, records } = window;
  const { columns, strippedColumns, quotes } = shape;
  return {
    bytes,
    ends,
    quote: quotes === undefined ? -1 : quotes.quote.charCodeAt(0),
    escape: quotes === undefined ? -1 : quotes.escape.charCodeAt(0),
    first: (position) => {
      const record = at(position);
      const first = record === 0 ? 0 : records[record - 1]!;
      const fields = records[record]! - first;
      const kept = strippedColumns === 0 ? fields : fields - all.stripped(record);
      return kept === columns.length ? first : -1;
    },
  };
};

/** A record of one empty field. */
export const isBlank = (all: WindowRecords, record: number): boolean =>
  all.fieldCount(record) === 1 && all.start(record) === all.end(record);
