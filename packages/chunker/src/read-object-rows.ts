import {
  type CsvLimits,
  type CsvRecord,
  createRunContext,
  defaultLimits,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  type Rows,
  type RunContext,
  readBytes,
  type SourceEntry,
} from '@pipeline/core';
import { checkDialect, type DialectOptions } from './dialect-options.ts';
import { parseRows } from './parse-rows.ts';
import { readHeader } from './read-header.ts';

/** Where the object is read from, and in which dialect. */
export interface OpenCsvOptions extends DialectOptions {
  /** Where the object lies. */
  readonly store: ObjectStore;
  /** Its signal ends the reading. @default createRunContext() */
  readonly run?: RunContext;
  /** Caps. @default defaultLimits */
  readonly limits?: CsvLimits;
}

/**
 * Pins an object and reads its header: everything about a source but its row count.
 *
 * @throws PipelineSourceError `SOURCE_NOT_FOUND`, `SOURCE_EMPTY`, `CSV_BAD_HEADER`, `CSV_BAD_ENCODING`
 * @example
 * const { columns, sizeBytes } = await openCsv({ bucket: 'inbox', key: 'orders.csv' }, { store, delimiter: ';' });
 */
export const openCsv = async (
  object: ObjectRef,
  { store, run = createRunContext(), limits = defaultLimits, ...dialectOptions }: OpenCsvOptions,
): Promise<Omit<SourceEntry, 'rowCount'>> => {
  const dialect = checkDialect(dialectOptions);
  const { ref, sizeBytes } = await store.head(object, { signal: run.signal });
  const headBytes = Math.min(sizeBytes, limits.maxHeaderBytes + 5);
  const first =
    headBytes === 0
      ? new Uint8Array()
      : await readBytes(store, ref, { range: { start: 0, end: headBytes }, signal: run.signal });
  const header = readHeader(first, { dialect, limits, object: formatRef(object), complete: headBytes === sizeBytes });
  return {
    object: ref,
    sizeBytes,
    dialect: { ...dialect, newline: header.newline },
    bom: header.bom,
    header: header.range,
    headerText: header.text,
    columns: header.columns,
    strippedColumns: header.strippedColumns,
  };
};

/**
 * All rows of a CSV object, by header name, without a plan: for reference files and small inputs.
 *
 * @throws PipelineSourceError as `openCsv` and `parseRows` do; PipelineConfigError `CONFIG_INVALID` for a wrong dialect
 * @example
 * for await (const batch of readObjectRows({ bucket: 'reference', key: 'countries.csv' }, { store })) console.log(batch.rows);
 */
export async function* readObjectRows(
  object: ObjectRef,
  options: OpenCsvOptions & { readonly batchRows?: number },
): Rows<CsvRecord> {
  const { store, run = createRunContext(), limits = defaultLimits, batchRows = 1000 } = options;
  const source = await openCsv(object, options);
  const range = { start: source.header.end, end: source.sizeBytes };
  if (range.start === range.end) return;
  yield* parseRows(store.read(source.object, { range, signal: run.signal }), {
    columns: source.columns,
    dialect: source.dialect,
    limits,
    sourceOffset: range.start,
    strippedColumns: source.strippedColumns,
    batchRows,
  });
}
