import { openCsv, parseRows } from '@pipeline/chunker';
import { type CsvDialect, defaultLimits, PipelineConfigError, type RawRecords, type RunContext } from '@pipeline/core';
import { type ByteIndex, createByteIndex, type Piece } from './byte-index.ts';
import { requireOption } from './check-options.ts';
import { compositeKey } from './composite-key.ts';
import type { Lookup } from './lookup.ts';
import { type ReferenceFile, type ReferenceFileOptions, referenceLookup } from './reference-file.ts';

/** Which file `csvLookup` reads, and how its rows become values. */
export interface CsvLookupOptions<Column extends string> extends ReferenceFileOptions {
  /** The column that holds the key; several make a composite key, in this order. */
  readonly keyColumn: string | readonly string[];
  /** The columns of a value. @default all but the key */
  readonly columns?: readonly Column[];
  /** How the file is written. @default comma and double quote */
  readonly dialect?: Partial<Pick<CsvDialect, 'delimiter' | 'quote'>>;
}

/** One row of the reference file: the text of the chosen columns. */
export type CsvValue<Column extends string> = Readonly<Record<Column, string>>;

/**
 * A look-up in a CSV object that is read once and held in memory, compactly. A file that cannot be trusted (malformed
 * rows, doubled keys) refuses the look-up, naming the row.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`, on first use also for a column that the file does not have
 *
 * @example
 * const countries = csvLookup({
 *   name: 'countries',
 *   store,
 *   source: { bucket: 'reference', key: 'countries.csv' },
 *   keyColumn: 'code',
 *   columns: ['region', 'currency'],
 * });
 */
export const csvLookup = <Column extends string = string>(
  options: CsvLookupOptions<Column>,
): Lookup<string, CsvValue<Column>> => {
  const keyColumns = typeof options.keyColumn === 'string' ? [options.keyColumn] : options.keyColumn;
  const named = Array.isArray(keyColumns) && keyColumns.length > 0 && keyColumns.every((each) => each !== '');
  requireOption(named, 'keyColumn', 'the name of a column, or of several', options.keyColumn);
  let columns = options.columns ?? [];
  return referenceLookup<CsvValue<Column>>(options, {
    fill: async (file, run) => {
      const filled = await fillIndex(options, keyColumns, file, run);
      columns = filled.columns;
      return filled.index;
    },
    valueOf: (fields) => {
      const value = {} as Record<Column, string>;
      for (let index = 0; index < columns.length; index++) value[columns[index]!] = fields[index]!;
      return value;
    },
  });
};

const fillIndex = async <Column extends string>(
  options: CsvLookupOptions<Column>,
  keyColumns: readonly string[],
  { info, replace, refuse, added }: ReferenceFile,
  run: RunContext,
): Promise<{ readonly index: ByteIndex; readonly columns: readonly Column[] }> => {
  const { store } = options;
  const file = await openCsv(info.ref, { store, run, ...options.dialect });
  if (file.compression !== undefined) refuse(`is packed with ${file.compression}; reference files are read unpacked`);
  const positionOf = (column: string, option: string): number => {
    const position = file.columns.indexOf(column);
    if (position >= 0) return position;
    const expected = `among the columns of s3://${info.ref.bucket}/${info.ref.key} (${file.columns.join(', ')})`;
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(column) });
  };
  const keyPositions = keyColumns.map((column) => positionOf(column, 'keyColumn'));
  const columns = options.columns ?? (file.columns.filter((column) => !keyColumns.includes(column)) as Column[]);
  const positions = columns.map((column) => positionOf(column, 'columns'));

  let index: ByteIndex | undefined;
  const make = (expectedEntries: number): ByteIndex =>
    createByteIndex({ fieldCount: columns.length, expectedEntries, seed: Math.floor(run.random() * 2 ** 32) });
  const range = { start: file.header.end, end: file.sizeBytes };
  const rows = parseRows(store.read(info.ref, { range, signal: run.signal }), {
    columns: file.columns,
    dialect: file.dialect,
    ...(file.encoding === undefined ? {} : { encoding: file.encoding }),
    limits: defaultLimits,
    sourceOffset: range.start,
    strippedColumns: file.strippedColumns,
  });
  if (range.start === range.end) return { index: make(0), columns };
  for await (const { records, positions: sound, rejects } of rows) {
    const [bad] = rejects;
    if (bad !== undefined) refuse(`is malformed: data row ${bad.rowNumber} ${bad.issues[0]?.message ?? ''}`);
    index ??= make(expectedRows(records, range));
    const fieldAt = fieldReader(records, file.dialect.quote);
    for (const row of sound) {
      const fields = positions.map((position) => fieldAt(row, position));
      added(
        index.add(keyAt(records, fieldAt, row, keyPositions), fields, replace),
        `data row ${records.rowNumber(row)}`,
      );
    }
  }
  return { index: index ?? make(0), columns };
};

/** As many as the first batch lets one expect, so that the table need not grow. */
const expectedRows = (
  records: RawRecords,
  { start, end }: { readonly start: number; readonly end: number },
): number => {
  const seen = records.byteOffset(records.length - 1) + records.bytes(records.length - 1).length + 1 - start;
  return Math.ceil((records.length * (end - start)) / Math.max(1, seen));
};

/** Fields as the bytes of their value: those of the file, unless there are quotes to take off. */
const fieldReader = (records: RawRecords, quote: string): ((row: number, column: number) => Piece) => {
  const places = new Uint32Array(records.columns.length + 3);
  /** A field that does not begin with it is the same bytes, quoted or not. */
  const quoteByte = Buffer.from(quote)[0];
  let located = -1;
  let source: Uint8Array | undefined;
  return (row, column) => {
    if (row !== located) {
      source = records.locate?.(row, places);
      located = row;
    }
    if (source !== undefined) {
      const start = column === 0 ? places[0]! : places[column]! + 1;
      const end = places[column + 1]!;
      if (start === end || source[start] !== quoteByte) return { bytes: source, start, end };
    }
    return pieceOf(records.field(row, column));
  };
};

const keyAt = (
  records: RawRecords,
  fieldAt: (row: number, column: number) => Piece,
  row: number,
  positions: readonly number[],
): Piece =>
  positions.length === 1
    ? fieldAt(row, positions[0]!)
    : pieceOf(compositeKey(...positions.map((position) => records.field(row, position))));

const pieceOf = (text: string): Piece => {
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length };
};
