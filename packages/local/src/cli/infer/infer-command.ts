import { inferSchema, profileRows } from '@pipeline/validate/profile';
import { readArguments, readWhole } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { oneInput } from '../input/one-input.ts';
import { openInput } from '../input/open-input.ts';
import { sourceLines } from '../input/source-line.ts';
import { withRun } from '../input/with-run.ts';
import { styleOf } from '../progress/style.ts';
import { printable } from '../progress/text.ts';
import { checkOutFile, writeOutFile } from '../results/out-file.ts';
import { readSource, sourceKinds } from '../run/read-format.ts';
import { evidenceLines } from './evidence-lines.ts';

const kinds = {
  rows: 'text',
  all: 'flag',
  out: 'text',
  ranges: 'flag',
  patterns: 'flag',
  'max-enum': 'text',
  json: 'flag',
  ...sourceKinds,
  help: 'flag',
} as const;

/** `pipeline infer`. */
export const inferCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline infer');
  const given = oneInput(positionals, 'pipeline infer <input>');
  if (options.rows !== undefined && options.all === true) throw new UsageError('--rows and --all exclude each other');
  const most = options.all === true ? Number.POSITIVE_INFINITY : readWhole('--rows', options.rows ?? '10000');
  const maxEnum = readWhole('--max-enum', options['max-enum'] ?? '10', 0, 10);
  const settings = readSource(options);
  const { out } = options;
  if (out !== undefined) await checkOutFile(out, given);
  return withRun(async (run) => {
    const input = await openInput(given, settings, run);
    let rejected = 0;
    let last = 0;
    const rows = async function* () {
      for await (const batch of input.rows({ most })) {
        rejected += batch.rejects.length;
        last += batch.positions.length + batch.rejects.length;
        yield batch;
      }
    };
    const profiles = await profileRows(rows(), { columns: input.source.columns });
    const inferred = inferSchema(profiles, {
      basis: last < most ? 'whole' : 'sample',
      maxEnum,
      ranges: options.ranges === true,
      patterns: options.patterns === true,
    });
    const schema = `${JSON.stringify(inferred.schema, undefined, 2)}\n`;
    if (out !== undefined) await writeOutFile(out, schema, run.signal);
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ file: given, rejected, ...inferred }, undefined, 2)}\n`);
      return exitCodes.done;
    }
    // The schema may go into a pipe; what speaks for it is for people.
    const beside = out === undefined ? process.stderr : process.stdout;
    beside.write(
      [
        ...sourceLines(given, input.source),
        '',
        ...evidenceLines(inferred, rejected, { style: styleOf(beside), width: beside.columns || 100 }),
        ...(out === undefined ? [] : ['', `The schema: ${printable(out)}`]),
        '',
        '',
      ].join('\n'),
    );
    if (out === undefined) process.stdout.write(schema);
    return exitCodes.done;
  });
};
