import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { readHeader } from '@pipeline/chunker';
import { defaultLimits, PipelineError } from '@pipeline/core';
import type { BatchSettings } from '@pipeline/handlers';
import { compileRule, type JsonSchema } from '@pipeline/validate';
import { readArguments, readWhole } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import { checkReference, noColumn, otherDelimiter, type Reference } from './check-reference.ts';
import { type CsvFile, findFile, readCsvHeader, readSchemaFile } from './read-files.ts';

/** Everything that a run needs, checked. */
export interface RunPlan {
  readonly input: CsvFile;
  readonly out: string;
  readonly schema: JsonSchema | undefined;
  readonly reference: Reference | undefined;
  readonly batch: BatchSettings;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  /** What is worth a look, though it is no fault. */
  readonly notes: readonly string[];
}

const kinds = {
  out: 'text',
  schema: 'text',
  lookup: 'text',
  key: 'text',
  columns: 'text',
  delimiter: 'text',
  'chunk-rows': 'text',
  'chunk-bytes': 'text',
  'dry-run': 'flag',
  json: 'flag',
  verbose: 'flag',
  help: 'flag',
} as const;

/** Files that a run writes. */
const resultNames = ['output.csv', 'rejects.csv', 'report.json'];

/**
 * Reads and checks the call, with the files that it names, before anything is started.
 *
 * @throws UsageError
 */
export const checkRun = async (args: readonly string[]): Promise<RunPlan> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline run');
  const [given, ...more] = positionals;
  if (given === undefined) throw new UsageError('which file? pipeline run <input.csv> --out <folder>');
  if (more.length > 0) throw new UsageError(`one file at a time, got ${positionals.join(', ')}`);
  const { out } = options;
  if (out === undefined) throw new UsageError('--out is missing: the folder for the results');
  if (options['chunk-rows'] !== undefined && options['chunk-bytes'] !== undefined)
    throw new UsageError('--chunk-rows and --chunk-bytes exclude each other');
  if (options.lookup !== undefined && options.key === undefined)
    throw new UsageError('--lookup needs --key, the column that both files have');
  if (options.lookup === undefined && options.key !== undefined)
    throw new UsageError('--key needs --lookup, the reference file');
  const delimiter = readDelimiter(options.delimiter);
  const chunks = readChunks(options);

  const input = await readCsvHeader(await findFile(given), delimiter);
  const schema = options.schema === undefined ? undefined : await readSchemaFile(options.schema);
  if (schema !== undefined) checkSchema(schema, options.schema!, input);
  const reference =
    options.lookup === undefined ? undefined : await checkReference(options.lookup, options.key!, input);
  const columns =
    options.columns === undefined ? undefined : checkColumns(options.columns, input, reference?.columns ?? []);
  await checkOut(out, [given, options.schema, options.lookup]);

  const dryRun = options['dry-run'] === true;
  const hint = otherDelimiter(input.columns, delimiter);
  return {
    input,
    out,
    schema,
    reference,
    batch: {
      delimiter,
      ...(chunks ?? { chunkBytes: defaultChunkBytes(input.sizeBytes) }),
      // A dry run keeps no output, and has no columns of the reference file.
      ...(columns === undefined || dryRun ? {} : { columns }),
    },
    dryRun,
    json: options.json === true,
    verbose: options.verbose === true,
    notes: [
      ...(hint === undefined
        ? []
        : [`${given} has one column; if its delimiter is ${JSON.stringify(hint)}, say so with --delimiter`]),
      ...(input.strippedColumns === 0
        ? []
        : [`${given} is a mended rejects file: its __pipeline_* columns are taken off`]),
    ],
  };
};

const MIB = 1024 * 1024;

/** Sixteen chunks, each of whole rows and so a little below its limit: enough for every core, and few enough that starting them does not count. */
const defaultChunkBytes = (sizeBytes: number): number =>
  Math.min(64 * MIB, Math.max(256 * 1024, Math.ceil(sizeBytes / 15.9)));

const readChunks = (options: {
  readonly 'chunk-rows'?: string;
  readonly 'chunk-bytes'?: string;
}): Pick<BatchSettings, 'chunkRows' | 'chunkBytes'> | undefined => {
  if (options['chunk-rows'] !== undefined) return { chunkRows: readWhole('--chunk-rows', options['chunk-rows']) };
  if (options['chunk-bytes'] !== undefined) return { chunkBytes: readWhole('--chunk-bytes', options['chunk-bytes']) };
  return undefined;
};

const readDelimiter = (text = ','): string => {
  const delimiter = text === '\\t' ? '\t' : text;
  // A delimiter is one byte of the file; a quote or a newline cannot be told from their other meaning.
  if (/^[\t\u0020-\u007e]$/.test(delimiter) && delimiter !== '"') return delimiter;
  throw new UsageError(
    `--delimiter must be one ASCII character other than a quote or newline, got ${JSON.stringify(text)}`,
  );
};

const checkSchema = (schema: JsonSchema, given: string, input: CsvFile): void => {
  try {
    compileRule(schema).checkHeader(input.columns);
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    const hint = otherDelimiter(input.columns, input.delimiter);
    const about =
      error.code === 'CSV_BAD_HEADER' ? `${input.path} does not fit --schema ${given}` : `--schema ${given}`;
    const tail = hint === undefined ? '' : `; the delimiter of the file may be ${JSON.stringify(hint)}`;
    throw new UsageError(`${about}: ${error.message}${tail}`);
  }
};

/** Names are written as in a header, so that one with a comma can be quoted. */
const checkColumns = (text: string, input: CsvFile, added: readonly string[]): readonly string[] => {
  const available = { ...input, columns: [...input.columns, ...added] };
  let chosen: readonly string[];
  try {
    chosen = readHeader(Buffer.from(text), {
      dialect: { delimiter: ',', quote: '"' },
      limits: defaultLimits,
      object: '--columns',
      complete: true,
    }).columns.map((name) => (available.columns.includes(name) ? name : name.trim()));
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    throw new UsageError(
      `--columns must be names of columns, each once, separated by commas, got ${JSON.stringify(text)}`,
    );
  }
  const unknown = chosen.find((name) => !available.columns.includes(name));
  if (unknown !== undefined) throw new UsageError(noColumn('--columns', unknown, available));
  const twice = chosen.find((name, index) => chosen.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`--columns names ${JSON.stringify(twice)} twice`);
  return chosen;
};

/** The results must not take the place of what they are made from. */
const checkOut = async (out: string, given: readonly (string | undefined)[]): Promise<void> => {
  const found = await stat(out).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) throw new UsageError(`--out ${out} is not a folder`);
  if (found === undefined) return;
  const folder = await realpath(out);
  for (const file of given) {
    if (file === undefined) continue;
    const { dir, base } = path.parse(await realpath(file));
    if (dir === folder && resultNames.includes(base))
      throw new UsageError(`--out ${out} would overwrite ${file}; choose another folder`);
  }
};
