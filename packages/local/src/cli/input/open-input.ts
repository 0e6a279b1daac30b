import path from 'node:path';
import { type OpenCsvOptions, type OpenedSource, openCsv, readSourceRows } from '@pipeline/chunker';
import {
  type CsvRecord,
  createRowBatch,
  formatRef,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  type Rows,
  type RunContext,
  readBytes,
} from '@pipeline/core';
import { compileRule, type JsonSchema, type RowRule } from '@pipeline/validate';
import { UsageError } from '../exit-codes.ts';
import { otherDelimiter } from '../run/check-reference.ts';
import { fileStore, findFile } from '../run/read-files.ts';

/** Something that can be read: a file, or an object in S3. */
interface Place {
  readonly object: ObjectRef;
  readonly store: ObjectStore;
}

/** An input whose header was read. */
export interface Input extends Place {
  /** As it was given. */
  readonly name: string;
  readonly source: OpenedSource;
  /** Rows from the first one on; `most` of them, where not all are wanted. */
  rows(options?: { readonly most?: number }): Rows<CsvRecord>;
}

const findPlace = async (given: string): Promise<Place> => {
  if (!given.startsWith('s3://')) {
    const file = await findFile(given);
    return { object: { bucket: 'file', key: path.basename(given) }, store: fileStore(file) };
  }
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(given) ?? [];
  if (bucket === undefined || key === undefined)
    throw new UsageError(`an object in S3 is named s3://bucket/key, got ${given}`);
  // Loaded when it is wanted: most inputs are files.
  const [{ S3Client }, { s3Store }] = await Promise.all([import('@aws-sdk/client-s3'), import('@pipeline/core/s3')]);
  // Endpoints beside AWS's own seldom have a host name for each bucket.
  const forcePathStyle = Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL);
  return { object: { bucket, key }, store: s3Store(new S3Client({ forcePathStyle })) };
};

/** What a store or the SDK says, with the name that the user knows. */
const told = (error: unknown, given: string, { object }: Place): Error => {
  if (PipelineError.is(error)) return new UsageError(error.message.replaceAll(formatRef(object), given));
  const { name, message } = error as Error;
  if (given.startsWith('s3://') && name !== 'InterruptError')
    return new UsageError(`${given} cannot be read: ${message === '' ? name : message}`);
  return error as Error;
};

/**
 * Opens an input as the pipeline will read it.
 *
 * @throws UsageError when it is not there, or its header is none
 */
export const openInput = async (
  given: string,
  options: Omit<OpenCsvOptions, 'store' | 'run'>,
  run: RunContext,
): Promise<Input> => {
  const place = await findPlace(given);
  const { object, store } = place;
  try {
    const source = await openCsv(object, { ...options, store, run });
    return {
      ...place,
      name: given,
      source,
      async *rows({ most = Number.POSITIVE_INFINITY } = {}) {
        const batchRows = Math.min(1000, most);
        try {
          yield* firstRows(readSourceRows(source, { store, run, batchRows }), most);
        } catch (error) {
          if (!PipelineError.is(error)) throw error;
          throw new Error(error.message.replaceAll(formatRef(object), given), { cause: error });
        }
      },
    };
  } catch (error) {
    run.signal.throwIfAborted();
    throw told(error, given, place);
  }
};

/** Stops behind so many rows, rejects included. */
async function* firstRows(rows: Rows<CsvRecord>, most: number): Rows<CsvRecord> {
  let left = most;
  for await (const batch of rows) {
    const { records, positions, rejects, warnings } = batch;
    if (records.length <= left) yield batch;
    else {
      const end = records.rowNumber(0) + left;
      yield createRowBatch(
        records,
        positions.filter((position) => position < left),
        rejects.filter(({ rowNumber }) => rowNumber < end),
        warnings,
      );
    }
    left -= records.length;
    if (left <= 0) return;
  }
}

/**
 * Reads a rule that fits an input.
 *
 * @throws UsageError when it is none, or the columns of the input do not fit it
 */
export const openRule = async (given: string, input: Input, run: RunContext): Promise<RowRule<unknown>> => {
  const place = await findPlace(given);
  let text: string;
  try {
    text = Buffer.from(await readBytes(place.store, place.object, { signal: run.signal }))
      .toString()
      .replace(/^\uFEFF/, '');
  } catch (error) {
    run.signal.throwIfAborted();
    throw told(error, given, place);
  }
  let schema: JsonSchema;
  try {
    schema = JSON.parse(text) as JsonSchema;
  } catch (error) {
    throw new UsageError(`--schema ${given} is not JSON: ${(error as Error).message}`);
  }
  try {
    const rule = compileRule<unknown>(schema);
    rule.checkHeader(input.source.columns);
    return rule;
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    const hint = otherDelimiter(input.source.columns, input.source.dialect.delimiter);
    const about =
      error.code === 'CSV_BAD_HEADER' ? `${input.name} does not fit --schema ${given}` : `--schema ${given}`;
    const tail = hint === undefined ? '' : `; the delimiter of the file may be ${JSON.stringify(hint)}`;
    throw new UsageError(`${about}: ${error.message}${tail}`);
  }
};
