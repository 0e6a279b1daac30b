import { type CsvRecord, createRunContext, defaultLimits, type ObjectRef, type Rows } from '@pipeline/core';
import { type OpenCsvOptions, type OpenedSource, openCsv } from '../source/open-source.ts';
import { sourceBytes } from '../source/source-bytes.ts';
import { parseRows } from './parse-rows.ts';
import { rowOptions } from './row-options.ts';

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
  yield* readSourceRows(await openCsv(object, options), options);
}

/**
 * All rows of a source that `openCsv` opened, without a plan.
 *
 * @throws PipelineSourceError as `parseRows` does, `SOURCE_CHANGED`, `SOURCE_CORRUPT`, `SOURCE_BOMB`
 * @example
 * const source = await openCsv(object, { store });
 * for await (const batch of readSourceRows(source, { store })) console.log(source.columns, batch.rows);
 */
export async function* readSourceRows(
  source: OpenedSource,
  options: Pick<OpenCsvOptions, 'store' | 'run' | 'limits' | 'unpack'> & { readonly batchRows?: number },
): Rows<CsvRecord> {
  const { store, run = createRunContext(), limits = defaultLimits, batchRows = 1000 } = options;
  const range = { start: source.header.end, end: source.sizeBytes };
  if (source.compression === undefined && range.start === range.end) return;
  yield* parseRows(sourceBytes(store, source, range, { run, unpack: options.unpack }), {
    ...rowOptions(source),
    limits,
    sourceOffset: range.start,
    batchRows,
  });
}
