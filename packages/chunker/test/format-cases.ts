import { type CsvDialect, PipelineError, type RawRecords, type RowBatch } from '@pipeline/core';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { parseRows } from '../src/index.ts';
import type { BatchFormatter } from '../src/write/format-rows.ts';
import { slicesOf } from './helpers.ts';

export type SourceDialect = Omit<CsvDialect, 'newline'>;

/** Dialects with everything that a source may have. */
export const sourceDialects: fc.Arbitrary<SourceDialect> = fc.constantFrom<SourceDialect>(
  { delimiter: ',', quote: '"' },
  { delimiter: ';', quote: "'" },
  { delimiter: '|', quote: '' },
  { delimiter: ',', quote: '"', comment: '#' },
  { delimiter: '\t', quote: '"', escape: '\\' },
  { delimiter: ',', quote: "'", escape: '\\', comment: '#', loneCr: true },
);

/** Bytes in which every character of every dialect turns up. */
export const sourceText: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      'a',
      '',
      ',',
      ';',
      '|',
      '\t',
      '"',
      '"',
      "'",
      '\\',
      '#',
      '\r',
      '\n',
      '\n',
      '\r\n',
      'é',
      '=',
      '-1',
      '""',
    ),
    { maxLength: 60, size: 'max' },
  )
  .map((pieces) => pieces.join(''));

/** A row as the reader has it. */
export interface SourceRow {
  readonly values: readonly string[];
  /** Its fields as they stand. */
  readonly fields: readonly string[];
  /** The record as it stands, newline included. */
  readonly record: string;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** All rows of a text that are well-formed. */
export const readText = async (
  text: string,
  columns: readonly string[],
  dialect: SourceDialect,
  see: (batch: RowBatch<unknown>, rows: readonly SourceRow[]) => void = () => {},
): Promise<SourceRow[]> => {
  const all: SourceRow[] = [];
  for await (const batch of parseRows(slicesOf(Buffer.from(text), [7]), { columns, dialect, batchRows: 5 })) {
    const { records, positions } = batch;
    const rows = positions.map((position) => ({
      values: columns.map((_, column) => records.field(position, column)),
      fields: columns.map((_, column) => textOf(records.fieldBytes(position, column))),
      record: textOf(records.bytes(position)) + textOf(records.newline(position)),
    }));
    all.push(...rows);
    see(batch, rows);
  }
  return all;
};

/** Writes what there is to read in a text, up to a quote that is never closed. */
export const rewrite = async (
  text: string,
  { source, dialect }: { readonly source: readonly string[]; readonly dialect: SourceDialect },
  write: BatchFormatter,
  change: (batch: RowBatch<unknown>) => RowBatch<unknown> = (batch) => batch,
): Promise<{ written: string; rows: SourceRow[] }> => {
  const done = { written: '', rows: [] as SourceRow[] };
  try {
    await readText(text, source, dialect, (batch, rows) => {
      write(change(batch), (bytes) => {
        done.written += textOf(bytes);
      });
      done.rows.push(...rows);
    });
  } catch (error) {
    if (!PipelineError.is(error) || error.code !== 'CSV_UNCLOSED_QUOTE') throw error;
  }
  return done;
};

/** The same batch over records that cannot tell where their fields stand, nor hand over several at once. */
export const withoutPlaces = (batch: RowBatch<unknown>): RowBatch<unknown> => {
  const { records } = batch;
  const bare: RawRecords = { ...records, span: () => undefined };
  return { ...batch, rows: [], records: Object.assign(bare, { locate: undefined }) };
};

/** What csv-parse reads. */
export const oracle = (text: string, dialect: SourceDialect): string[][] =>
  parse(text, {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape ?? dialect.quote,
    comment: dialect.comment ?? null,
    comment_no_infix: true,
    record_delimiter: dialect.loneCr === true ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'],
  }) as string[][];
