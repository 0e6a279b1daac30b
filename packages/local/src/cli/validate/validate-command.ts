import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { readArguments } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { oneInput } from '../input/one-input.ts';
import { openInput, openRule } from '../input/open-input.ts';
import { sourceLines } from '../input/source-line.ts';
import { withRun } from '../input/with-run.ts';
import { styleOf } from '../progress/style.ts';
import { openOutFolder } from '../results/out-folder.ts';
import { readSource, sourceKinds } from '../run/read-format.ts';
import { checkFile } from './check-file.ts';
import { findingLines } from './finding-lines.ts';

const kinds = {
  schema: 'text',
  rejects: 'text',
  'hide-values': 'flag',
  json: 'flag',
  ...sourceKinds,
  help: 'flag',
} as const;

/** `pipeline validate`. */
export const validateCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline validate');
  const given = oneInput(positionals, 'pipeline validate <input> --schema <rule.json>');
  const { schema, rejects } = options;
  if (schema === undefined) throw new UsageError('--schema is missing: the rule that rows are held against');
  const settings = readSource(options);
  if (rejects !== undefined) await checkRejects(rejects, [given, schema]);
  return withRun(async (run) => {
    const input = await openInput(given, settings, run);
    const rule = await openRule(schema, input, run);
    const showValues = options['hide-values'] !== true;
    const work = checkFile(input, rule, { run, showValues });
    if (rejects === undefined) for await (const _ of work.rejected());
    else {
      const out = await openOutFolder(path.dirname(rejects), '--rejects');
      try {
        await out.write(path.basename(rejects), work.rejected(), run.signal);
        const none = work.findings().rowsRejected === 0;
        if (none) await out.discard();
        // One of an earlier run would be taken for the rejects of this one.
        await out.commit(none ? [path.basename(rejects)] : []);
      } finally {
        await out.discard();
      }
    }
    const findings = work.findings();
    if (options.json === true) process.stdout.write(`${JSON.stringify({ file: given, ...findings }, undefined, 2)}\n`);
    else
      process.stdout.write(
        [
          ...sourceLines(given, input.source),
          ...findingLines(findings, {
            style: styleOf(process.stdout),
            width: process.stdout.columns || 100,
            ...(rejects === undefined ? {} : { rejects }),
          }),
          '',
        ].join('\n'),
      );
    return findings.rowsRejected === 0 ? exitCodes.done : exitCodes.batchFailed;
  });
};

/** Rejects must not take the place of what they are made from. */
const checkRejects = async (rejects: string, given: readonly string[]): Promise<void> => {
  const found = await realpath(rejects).catch(() => undefined);
  for (const file of given)
    if (found !== undefined && !file.startsWith('s3://') && found === (await realpath(file).catch(() => undefined)))
      throw new UsageError(`--rejects ${rejects} would overwrite ${file}; choose another file`);
};
