import { type OpenCsvOptions, openCsv, parseRows } from '@pipeline/chunker';
import {
  type CsvDialect,
  defaultLimits,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  PipelineLookupRefusedError,
  type RunContext,
} from '@pipeline/core';
import { isCount, isPositive, requireOption } from './check-options.ts';
import type { Lookup } from './lookup.ts';
import { joinAll, type SharedTask, shareTask } from './shared-task.ts';

/** Which file `csvLookup` reads, and how its rows become values. */
export interface CsvLookupOptions<Column extends string> {
  /** Names the look-up in issues, errors and events. */
  readonly name: string;
  /** Where the file lies. */
  readonly store: ObjectStore;
  /** The reference file. Pin it with `versionId` or `etag` where every batch is to see the same. */
  readonly source: ObjectRef;
  /** The column that holds the key. */
  readonly keyColumn: string;
  /** The columns of a value. @default all but the key */
  readonly columns?: readonly Column[];
  /** How the file is written. @default comma and double quote */
  readonly dialect?: Partial<Pick<CsvDialect, 'delimiter' | 'quote'>>;
  /** What a key means that stands on several rows. @default 'fail' */
  readonly onDuplicateKey?: 'fail' | 'first' | 'last';
  /** Largest file, in bytes: all of it is held in memory, at several times its size. @default 64 MiB */
  readonly maxBytes?: number;
  /** After how long the file is read again, in milliseconds. @default Infinity: once per process */
  readonly ttlMs?: number;
}

/** One row of the reference file: the text of the chosen columns. */
export type CsvValue<Column extends string> = Readonly<Record<Column, string>>;

type Table<Column extends string> = ReadonlyMap<string, CsvValue<Column>>;

/**
 * A look-up in a CSV object that is read once and held in memory. A file that cannot be trusted (malformed rows,
 * doubled keys) refuses the look-up, naming the row.
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
  const {
    name,
    keyColumn,
    onDuplicateKey = 'fail',
    maxBytes = 64 * 1024 * 1024,
    ttlMs = Number.POSITIVE_INFINITY,
  } = options;
  requireOption(typeof name === 'string' && name !== '', 'name', 'a name', name);
  requireOption(typeof keyColumn === 'string' && keyColumn !== '', 'keyColumn', 'the name of a column', keyColumn);
  requireOption(
    ['fail', 'first', 'last'].includes(onDuplicateKey),
    'onDuplicateKey',
    "'fail', 'first' or 'last'",
    onDuplicateKey,
  );
  requireOption(isCount(maxBytes, 1), 'maxBytes', 'a whole number from 1', maxBytes);
  requireOption(isPositive(ttlMs), 'ttlMs', 'a positive number', ttlMs);

  let table: { readonly rows: Table<Column>; readonly expiresAtMs: number } | undefined;
  let loading: SharedTask<Table<Column>> | undefined;

  const load = (run: RunContext): SharedTask<Table<Column>> =>
    shareTask(
      async (signal) => {
        const startedMs = run.clock.now();
        const rows = await readTable({ ...options, onDuplicateKey, maxBytes }, { ...run, signal });
        const nowMs = run.clock.now();
        table = { rows, expiresAtMs: nowMs + ttlMs };
        run.observe({
          type: 'lookup.loaded',
          batchId: run.batchId,
          lookup: name,
          loaded: rows.size,
          calls: 1,
          durationMs: nowMs - startedMs,
        });
        return rows;
      },
      () => {
        loading = undefined;
      },
    );

  const current = async (run: RunContext): Promise<Table<Column>> => {
    if (table !== undefined && run.clock.now() < table.expiresAtMs) return table.rows;
    loading ??= load(run);
    return (await joinAll([loading], run.signal))[0]!;
  };

  return {
    name,
    loadMany: async (keys, run) => {
      run.signal.throwIfAborted();
      const rows = await current(run);
      const answers = new Map<string, CsvValue<Column>>();
      for (const key of keys) {
        const value = rows.get(key);
        if (value !== undefined) answers.set(key, value);
      }
      return answers;
    },
  };
};

const readTable = async <Column extends string>(
  options: CsvLookupOptions<Column> & Required<Pick<CsvLookupOptions<Column>, 'onDuplicateKey' | 'maxBytes'>>,
  run: RunContext,
): Promise<Table<Column>> => {
  const { name, store, source, dialect } = options;
  const open: OpenCsvOptions = { store, run, ...dialect };
  try {
    return await fillTable(options, await openCsv(source, open), run);
  } catch (error) {
    // An error of the source means the batch's own input to whoever reads it; this is another file.
    if (!PipelineError.is(error) || error.name !== 'PipelineSourceError') throw error;
    throw new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: name, reason: error.message }, { cause: error });
  }
};

const fillTable = async <Column extends string>(
  options: CsvLookupOptions<Column> & Required<Pick<CsvLookupOptions<Column>, 'onDuplicateKey' | 'maxBytes'>>,
  file: Awaited<ReturnType<typeof openCsv>>,
  run: RunContext,
): Promise<Table<Column>> => {
  const { name, store, keyColumn, onDuplicateKey, maxBytes } = options;
  const object = formatRef(file.object);
  const refuse = (reason: string): never => {
    throw new PipelineLookupRefusedError('LOOKUP_REFUSED', { lookup: name, reason: `${object} ${reason}` });
  };
  const positionOf = (column: string, option: string): number => {
    const position = file.columns.indexOf(column);
    if (position >= 0) return position;
    const expected = `among the columns of ${object} (${file.columns.join(', ')})`;
    throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got: JSON.stringify(column) });
  };

  if (file.sizeBytes > maxBytes) refuse(`has ${file.sizeBytes} bytes, more than maxBytes (${maxBytes})`);
  const keyPosition = positionOf(keyColumn, 'keyColumn');
  const columns = options.columns ?? (file.columns.filter((column) => column !== keyColumn) as Column[]);
  const positions = columns.map((column) => positionOf(column, 'columns'));

  const table = new Map<string, CsvValue<Column>>();
  const range = { start: file.header.end, end: file.sizeBytes };
  if (range.start === range.end) return table;
  const bytes = store.read(file.object, { range, signal: run.signal });
  const { dialect, strippedColumns } = file;
  for await (const batch of parseRows(bytes, {
    columns: file.columns,
    dialect,
    limits: defaultLimits,
    sourceOffset: range.start,
    strippedColumns,
  })) {
    const [bad] = batch.rejects;
    if (bad !== undefined) refuse(`is malformed: data row ${bad.rowNumber} ${bad.issues[0]?.message ?? ''}`);
    for (const position of batch.positions) {
      const key = batch.records.field(position, keyPosition);
      if (table.has(key)) {
        if (onDuplicateKey === 'fail')
          refuse(`has the key of data row ${batch.records.rowNumber(position)} on an earlier row too`);
        if (onDuplicateKey === 'first') continue;
      }
      const value = {} as Record<Column, string>;
      for (let index = 0; index < columns.length; index++)
        value[columns[index]!] = batch.records.field(position, positions[index]!);
      table.set(key, value);
    }
  }
  return table;
};
