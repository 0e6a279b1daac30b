import {
  type CsvEncoding,
  type CsvLimits,
  createRunContext,
  defaultLimits,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type RawRecords,
  type RecordPolicy,
  type RowIssue,
  type RunContext,
  type TextPolicy,
} from '@pipeline/core';
import { given } from '../given.ts';
import { parseRows } from '../read/parse-rows.ts';
import { rowOptions } from '../read/row-options.ts';
import type { DialectOptions } from '../source/dialect-options.ts';
import { type OpenedSource, openCsv } from '../source/open-source.ts';
import { rejectColumns } from '../source/reserved-columns.ts';
import { sourceBytes } from '../source/source-bytes.ts';

/** How a mended `rejects.csv` is read. */
export interface OpenMendedOptions {
  /** Where it lies. */
  readonly store: ObjectStore;
  /** Its special characters. @default `like`, and what is found out where the reserved columns do not show then */
  readonly dialect?: DialectOptions;
  /** The dialect that the file had when it was written. @default { delimiter: ',', quote: '"' } */
  readonly like?: DialectOptions;
  /** @default what the byte order mark says, UTF-8 without one */
  readonly encoding?: CsvEncoding;
  /** Caps of the batch; the reserved fields may have more beside them. @default defaultLimits */
  readonly limits?: CsvLimits;
  /** Its signal ends the reading. @default createRunContext() */
  readonly run?: RunContext;
}

/** A mended `rejects.csv`, open and pinned. */
export interface MendedFile {
  readonly source: OpenedSource;
  /** Names of its reserved columns, in file order. */
  readonly reserved: readonly string[];
  readonly limits: CsvLimits;
}

/** A record of a mended file. */
export interface MendedRecord {
  /** Holds the record, without its reserved columns, at position 0. */
  readonly records: RawRecords;
  /** What is wrong with its form; nothing where it is sound. */
  readonly issues: readonly RowIssue[];
  /** Warnings on it, by issue key. */
  readonly warnings: Readonly<Record<string, number>>;
  /** Data row of the mended file, from 1. */
  readonly fileRow: number;
  /** Its fields before the reserved ones, however many there are. */
  readonly values: readonly string[];
  /** Its reserved fields by column name; empty where the record has too few fields for them. */
  readonly reserved: Readonly<Record<string, string>>;
}

/** Rules and messages may make a record of rejects.csv longer than any of the source. */
const reservedBytes = 1024 * 1024;
const reservedHeaderBytes = 4096;

/**
 * Opens a mended `rejects.csv`; `undefined` for a file that has no reserved columns and so is none.
 *
 * @throws PipelineSourceError as `openCsv` does
 * @example
 * const mended = await openMended({ bucket: 'orders', key: 'mended/rejects.csv' }, { store });
 * console.log(mended === undefined ? 'any other file' : `mended rows of ${mended.source.columns.join(', ')}`);
 */
export const openMended = async (object: ObjectRef, options: OpenMendedOptions): Promise<MendedFile | undefined> => {
  const { store, dialect, like, run = createRunContext() } = options;
  const of = options.limits ?? defaultLimits;
  const limits: CsvLimits = {
    ...of,
    maxRecordBytes: of.maxRecordBytes + reservedBytes,
    maxHeaderBytes: of.maxHeaderBytes + reservedHeaderBytes,
    maxColumns: of.maxColumns + rejectColumns.length,
  };
  const common = { store, run, limits, ...given(options, ['encoding']) };
  const source = await openCsv(object, { ...common, ...(dialect ?? like) });
  const found = source.strippedColumns > 0 || dialect !== undefined ? source : await detected(object, common);
  if (found === undefined || found.strippedColumns === 0) return undefined;
  return { source: found, reserved: await reservedNames(found, { store, run, limits }), limits };
};

/** Spreadsheets write another delimiter than they read. */
const detected = async (
  object: ObjectRef,
  options: Parameters<typeof openCsv>[1],
): Promise<OpenedSource | undefined> => {
  try {
    return await openCsv(object, { ...options, detect: true, header: 'first' });
  } catch (error) {
    if (PipelineError.is(error) && ['CSV_UNCERTAIN', 'CSV_BAD_HEADER', 'CONFIG_INVALID'].includes(error.code))
      return undefined;
    throw error;
  }
};

const reservedNames = async (
  source: OpenedSource,
  { store, run, limits }: { readonly store: ObjectStore; readonly run: RunContext; readonly limits: CsvLimits },
): Promise<readonly string[]> => {
  const columns = Array.from({ length: source.columns.length + source.strippedColumns }, (_, i) => `column_${i}`);
  const bytes = sourceBytes(store, source, source.header, { run });
  const options = { ...rowOptions(source), columns, strippedColumns: 0, limits, sourceOffset: source.header.start };
  for await (const { records } of parseRows(bytes, options)) return records.values(0).slice(source.columns.length);
  return [];
};

/**
 * The records of a mended file, one by one, in file order.
 *
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 * @example
 * for await (const { values, reserved } of readMended(mended, { store })) console.log(reserved.__pipeline_row, values);
 */
export async function* readMended(
  { source, reserved, limits }: MendedFile,
  {
    store,
    run = createRunContext(),
    text,
    records: policy = {},
  }: {
    readonly store: ObjectStore;
    readonly run?: RunContext;
    /** As the batch has it. @default all of it rejects its row */
    readonly text?: TextPolicy | undefined;
    /** As the batch has it; what would fail a file rejects a row here. @default all of them are rejects */
    readonly records?: RecordPolicy | undefined;
  },
): AsyncGenerator<MendedRecord> {
  const range = { start: source.header.end, end: source.sizeBytes };
  if (source.compression === undefined && range.start === range.end) return;
  const batches = parseRows(sourceBytes(store, source, range, { run }), {
    ...rowOptions(source),
    ...(text === undefined ? {} : { text }),
    records: rejecting(policy),
    limits,
    sourceOffset: range.start,
    // So that warnings, which are counted by batch, are those of one record.
    batchRows: 1,
  });
  for await (const { records, rejects, warnings } of batches) {
    const fields = records.everyField?.(0) ?? records.values(0);
    const own = Math.max(0, fields.length - reserved.length);
    yield {
      records,
      issues: rejects[0]?.issues ?? [],
      warnings,
      fileRow: records.rowNumber(0),
      values: fields.slice(0, own),
      reserved: own === 0 ? {} : Object.fromEntries(reserved.map((name, i) => [name, fields[own + i]!])),
    };
  }
}

const rejecting = ({ ragged, empty }: RecordPolicy): RecordPolicy => ({
  ...(ragged === 'pad' ? { ragged } : {}),
  ...(empty === 'pad' ? { empty } : {}),
});
