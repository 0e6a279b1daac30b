import { type CsvRecord, createRowBatch, type RawRecords, type RowBatch, type Rows } from '../src/rows.ts';

/** Records of plain text fields, as a reader would hand them on: no quotes, comma, LF. */
export const recordsOf = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { firstRow = 1, offset = 0 } = {},
): RawRecords => {
  const lines = rows.map((row) => Buffer.from(row.join(',')));
  const starts: number[] = [];
  let at = offset;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  return {
    length: rows.length,
    columns,
    rowNumber: (position) => firstRow + position,
    byteOffset: (position) => starts[position]!,
    bytes: (position) => lines[position]!,
    newline: () => Buffer.from('\n'),
    fieldBytes: (position, column) => Buffer.from(rows[position]![column]!),
    field: (position, column) => rows[position]![column]!,
    record: (position) => Object.fromEntries(columns.map((name, column) => [name, rows[position]![column]!])),
    values: (position) => [...rows[position]!],
    span: () => undefined,
    raw: (position) => lines[position]!,
  };
};

/** A first batch of all rows. */
export const batchOf = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  options?: { firstRow?: number; offset?: number },
): RowBatch<CsvRecord> =>
  createRowBatch(
    recordsOf(columns, rows, options),
    rows.map((_, position) => position),
  );

/** A source of batches that tells whether it was opened and closed. */
export interface TrackedRows<R> {
  rows: Rows<R>;
  opened: boolean;
  closed: boolean;
}

export const trackedRows = <R>(batches: readonly RowBatch<R>[]): TrackedRows<R> => {
  const source = async function* (): Rows<R> {
    tracked.opened = true;
    try {
      yield* batches;
    } finally {
      tracked.closed = true;
    }
  };
  const tracked: TrackedRows<R> = { rows: source(), opened: false, closed: false };
  return tracked;
};

export const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
};
