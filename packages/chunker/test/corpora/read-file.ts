import { type CsvDialect, type ObjectStore, PipelineError, type RowBatch } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { parse } from 'csv-parse/sync';
import { type OpenCsvOptions, type OpenedSource, openCsv, readObjectRows } from '../../src/index.ts';
import { decodeText } from '../decode-text.ts';

type FileOptions = Omit<OpenCsvOptions, 'store'>;

/** What became of a file. */
export interface FileOutcome {
  /** `undefined` where its header could not be read. */
  readonly source?: OpenedSource;
  readonly rows: number;
  readonly rejects: number;
  /** Rows and rejects whose quotes are not those of RFC 4180, which every parser reads as it likes. */
  readonly oddQuotes: number;
  /** Code of the error that ended it. */
  readonly error?: string;
  /** Row number and values of every row, if they were wanted. */
  readonly values: Map<number, readonly string[]>;
}

const object = { bucket: 'corpus', key: 'file.csv' };

export interface ReadFileOptions {
  /** Whether the values of rows are kept. @default false */
  readonly keep?: boolean;
  /** Called with every batch. @default nobody */
  readonly watch?: () => void;
}

export const readFile = async (
  bytes: Uint8Array,
  options: FileOptions,
  { keep = false, watch = () => {} }: ReadFileOptions = {},
): Promise<FileOutcome> => {
  const store: ObjectStore = memoryStore();
  await store.write(object, bytes);
  const values = new Map<number, readonly string[]>();
  let source: OpenedSource | undefined;
  let [rows, rejects, oddQuotes] = [0, 0, 0];
  const outcome = (): FileOutcome => ({
    rows,
    rejects,
    oddQuotes,
    values,
    ...(source === undefined ? {} : { source }),
  });
  const take = (batch: RowBatch<unknown>): void => {
    rows += batch.positions.length;
    rejects += batch.rejects.length;
    oddQuotes += batch.warnings['ROW_STRAY_QUOTE|quotes|'] ?? 0;
    oddQuotes += batch.rejects.filter(({ issues }) => issues.some(({ code }) => code === 'ROW_BAD_QUOTE')).length;
    for (const _ of batch.rows); // every object is made
    watch();
    if (!keep) return;
    for (const position of batch.positions)
      values.set(batch.records.rowNumber(position), batch.records.values(position));
  };
  try {
    source = await openCsv(object, { store, ...options });
    for await (const batch of readObjectRows(object, { store, ...options })) take(batch);
    return outcome();
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    return { ...outcome(), error: error.code };
  }
};

/** The records behind the header as csv-parse reads them, or `undefined` where it cannot. */
export const recordsByCsvParse = (bytes: Uint8Array, source: OpenedSource): string[][] | undefined => {
  const { encoding = 'utf-8', header, dialect } = source;
  const body = bytes.subarray(header.end);
  const text = decodeText(body, encoding);
  try {
    return parse(text, csvParseOptions(dialect)) as string[][];
  } catch {
    return undefined;
  }
};

const csvParseOptions = ({ delimiter, quote, escape: escaper = quote, comment, loneCr = false }: CsvDialect) => ({
  delimiter,
  quote: quote === '' ? null : quote,
  escape: quote === '' ? null : escaper,
  record_delimiter: loneCr ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'],
  relax_column_count: true,
  relax_quotes: true,
  ...(comment === undefined ? {} : { comment, comment_no_infix: true }),
});
