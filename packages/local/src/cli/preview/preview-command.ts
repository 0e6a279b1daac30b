import { previewRows } from '@pipeline/validate/profile';
import { readArguments, readWhole } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { oneInput } from '../input/one-input.ts';
import { openInput, openRule } from '../input/open-input.ts';
import { sourceLines } from '../input/source-line.ts';
import { withRun } from '../input/with-run.ts';
import { styleOf } from '../progress/style.ts';
import { readNames, readSource, sourceKinds } from '../run/read-format.ts';
import { previewTable } from './preview-table.ts';

const kinds = {
  rows: 'text',
  schema: 'text',
  columns: 'text',
  json: 'flag',
  ...sourceKinds,
  help: 'flag',
} as const;

/** `pipeline preview`. */
export const previewCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline preview');
  const given = oneInput(positionals, 'pipeline preview <input>');
  const most = readWhole('--rows', options.rows ?? '10', 1, 1000);
  const settings = readSource(options);
  const columns = options.columns === undefined ? undefined : readNames('--columns', options.columns);
  return withRun(async (run) => {
    const input = await openInput(given, settings, run);
    const unknown = columns?.find((name) => !input.source.columns.includes(name));
    if (unknown !== undefined)
      throw new UsageError(
        `--columns: ${given} has no column ${JSON.stringify(unknown)}; it has ${input.source.columns.slice(0, 12).join(', ')}`,
      );
    const rule = options.schema === undefined ? undefined : await openRule(options.schema, input, run);
    const rows = await previewRows(input.rows({ most }), { rows: most, ...(rule === undefined ? {} : { rule }) });
    if (options.json === true)
      process.stdout.write(
        `${JSON.stringify({ file: given, columns: input.source.columns, renamed: input.source.renamed, rows }, undefined, 2)}\n`,
      );
    else
      process.stdout.write(
        [
          ...sourceLines(given, input.source),
          '',
          ...previewTable(rows, {
            columns: input.source.columns,
            ...(columns === undefined ? {} : { shown: columns }),
            style: styleOf(process.stdout),
            width: process.stdout.columns || 100,
          }),
          '',
        ].join('\n'),
      );
    return exitCodes.done;
  });
};
