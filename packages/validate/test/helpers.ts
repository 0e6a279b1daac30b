import {
  type CsvRecord,
  createRowBatch,
  createRunContext,
  type RawRecords,
  type RowBatch,
  type Rows,
  type RunContext,
  type Stage,
} from '@pipeline/core';

const delimited = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** Records as a reader would hand them on, made from fields; `firstRow` is the number of the first one. */
export const rawRecords = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { firstRow = 1 }: { readonly firstRow?: number } = {},
): RawRecords => {
  const newline = Buffer.from('\n');
  const lines = rows.map((fields) => Buffer.from(fields.map(delimited).join(',')));
  const offsets: number[] = [];
  let offset = Buffer.byteLength(`${columns.map(delimited).join(',')}\n`);
  for (const line of lines) {
    offsets.push(offset);
    offset += line.length + 1;
  }
  return {
    length: rows.length,
    columns,
    rowNumber: (position) => firstRow + position,
    byteOffset: (position) => offsets[position]!,
    bytes: (position) => lines[position]!,
    newline: () => newline,
    fieldBytes: (position, column) => Buffer.from(delimited(rows[position]![column]!)),
    field: (position, column) => rows[position]![column]!,
    record: (position) => Object.fromEntries(columns.map((name, column) => [name, rows[position]![column]!])),
    values: (position) => [...rows[position]!],
    span: () => undefined,
    raw: (position) => lines[position]!,
  };
};

/** A batch of rows in which every record is well formed. */
export const batchOf = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly firstRow?: number } = {},
): RowBatch<CsvRecord> => {
  const records = rawRecords(columns, rows, options);
  return createRowBatch(
    records,
    rows.map((_, position) => position),
  );
};

export async function* rowsOf<R>(...batches: readonly RowBatch<R>[]): Rows<R> {
  yield* batches;
}

/** Runs batches through a stage. */
export const runStage = async <In, Out>(
  stage: Stage<In, Out>,
  batches: readonly RowBatch<In>[],
  run: RunContext = createRunContext(),
): Promise<RowBatch<Out>[]> => {
  const out: RowBatch<Out>[] = [];
  for await (const batch of stage(rowsOf(...batches), run)) out.push(batch);
  return out;
};

/** The error that a function throws; a test that expects one fails if there is none. */
export const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('expected a throw');
};
