import { formatField, type MendedRecord, type RejectLine } from '@pipeline/chunker';
import type { RawRecords, SourceEntry } from '@pipeline/core';

/** A mended record, with the rejected row whose place it takes. */
export interface MatchedRow {
  readonly mended: MendedRecord;
  readonly line: RejectLine;
}

const newlines = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** What ended the rejected row in the source, as far as it is known. */
const newlineOf = ({ newline }: RejectLine, { dialect }: SourceEntry): Uint8Array =>
  Buffer.from(newline ?? newlines[dialect.newline], 'latin1');

/**
 * Mended records as records of the source: under the row numbers, byte offsets and newlines of the rejected ones in whose
 * place they come. Their bytes are those of the mended file; only where that has another dialect than the source, they are
 * written anew in the source's.
 */
export const mendedRecords = (
  rows: readonly MatchedRow[],
  source: SourceEntry,
  { sameDialect }: { readonly sameDialect: boolean },
): RawRecords => {
  const { dialect, columns } = source;
  const of = (position: number): RawRecords => rows[position]!.mended.records;
  const format = (value: string, column: number): string => formatField(value, dialect, { first: column === 0 });
  const written = (values: readonly string[]): Uint8Array => Buffer.from(values.map(format).join(dialect.delimiter));
  return {
    length: rows.length,
    columns,
    rowNumber: (position) => rows[position]!.line.rowNumber,
    byteOffset: (position) => rows[position]!.line.byteOffset,
    newline: (position) => newlineOf(rows[position]!.line, source),
    field: (position, column) => of(position).field(0, column),
    record: (position) => of(position).record(0),
    values: (position) => of(position).values(0),
    // They do not stand side by side.
    span: (from, to) => (from >= to ? new Uint8Array() : undefined),
    bytes: (position) => (sameDialect ? of(position).bytes(0) : written(of(position).values(0))),
    fieldBytes: (position, column) =>
      sameDialect ? of(position).fieldBytes(0, column) : Buffer.from(format(of(position).field(0, column), column)),
    raw: (position) => (sameDialect ? of(position).raw(0) : written(rows[position]!.mended.values)),
  };
};

/** Whether records of two files mean the same. */
export const isSameDialect = (a: SourceEntry['dialect'], b: SourceEntry['dialect']): boolean =>
  a.delimiter === b.delimiter &&
  a.quote === b.quote &&
  (a.escape ?? a.quote) === (b.escape ?? b.quote) &&
  (a.comment ?? '') === (b.comment ?? '') &&
  (a.loneCr ?? false) === (b.loneCr ?? false);
