import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '@pipeline/core';
import type { BatchSettings } from '@pipeline/handlers';
import { compileRule, type JsonSchema, type UniqueRowsOptions } from '@pipeline/validate';
import { readArguments } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import { outputNames } from '../results/save-results.ts';
import { checkReference, noColumn, otherDelimiter, type Reference } from './check-reference.ts';
import { readOnDuplicate } from './read-duplicate.ts';
import { type CsvFile, findFile, readCsvHeader, readSchemaFile } from './read-files.ts';
import { formatKinds, readChunks, readNames, readOutput, readSource, sized } from './read-format.ts';

/** Everything that a run needs, checked. */
export interface RunPlan {
  readonly input: CsvFile;
  readonly out: string;
  readonly schema: JsonSchema | undefined;
  readonly reference: Reference | undefined;
  readonly unique: UniqueRowsOptions | undefined;
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
  unique: 'text',
  'on-duplicate': 'text',
  ...formatKinds,
  'dry-run': 'flag',
  json: 'flag',
  verbose: 'flag',
  help: 'flag',
} as const;

/** Files that a run writes. */
const resultNames = [...outputNames, 'rejects.csv', 'report.html', 'report.json'];

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
  if (options.lookup !== undefined && options.key === undefined)
    throw new UsageError('--lookup needs --key, the column that both files have');
  if (options.lookup === undefined && options.key !== undefined)
    throw new UsageError('--key needs --lookup, the reference file');
  const onDuplicate = readOnDuplicate(options['on-duplicate'], options.unique);
  const source = readSource(options);
  const output = readOutput(options);
  const chunks = readChunks(options);

  const input = await readCsvHeader(await findFile(given), source);
  if (input.compression !== undefined && chunks.plan !== undefined && chunks.plan !== 'sequential')
    throw new UsageError(
      `--plan ${chunks.plan} reads ranges, which ${given} has not: it is packed with ${input.compression}`,
    );
  const schema = options.schema === undefined ? undefined : await readSchemaFile(options.schema);
  if (schema !== undefined) checkSchema(schema, options.schema!, input);
  const reference =
    options.lookup === undefined ? undefined : await checkReference(options.lookup, options.key!, input);
  const added = reference?.columns ?? [];
  const columns = options.columns === undefined ? undefined : checkColumns('--columns', options.columns, input, added);
  const dryRun = options['dry-run'] === true;
  // A dry run looks nothing up.
  const unique =
    options.unique === undefined
      ? undefined
      : { columns: checkColumns('--unique', options.unique, input, dryRun ? [] : added), ...onDuplicate };
  await checkOut(out, [given, options.schema, options.lookup]);

  const hint = source.detect === true ? undefined : otherDelimiter(input.columns, input.delimiter);
  return {
    input,
    out,
    schema,
    reference,
    unique,
    batch: {
      ...source,
      ...sized(chunks, input.sizeBytes),
      ...(output === undefined ? {} : { output }),
      // A dry run keeps no output, and has no columns of the reference file.
      ...(columns === undefined || dryRun ? {} : { columns }),
    },
    dryRun,
    json: options.json === true,
    verbose: options.verbose === true,
    notes: [
      ...(hint === undefined
        ? []
        : [
            `${given} has one column; if its delimiter is ${JSON.stringify(hint)}, say so with --delimiter or ask for --detect`,
          ]),
      ...(input.strippedColumns === 0
        ? []
        : [`${given} is a mended rejects file: its __pipeline_* columns are taken off`]),
    ],
  };
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

const checkColumns = (option: string, text: string, input: CsvFile, added: readonly string[]): readonly string[] => {
  const available = { ...input, columns: [...input.columns, ...added] };
  const chosen = readNames(option, text).map((name) => (available.columns.includes(name) ? name : name.trim()));
  const unknown = chosen.find((name) => !available.columns.includes(name));
  if (unknown !== undefined) throw new UsageError(noColumn(option, unknown, available));
  const twice = chosen.find((name, index) => chosen.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`${option} names ${JSON.stringify(twice)} twice`);
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
