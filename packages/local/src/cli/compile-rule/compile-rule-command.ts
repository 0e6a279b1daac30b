import path from 'node:path';
import { PipelineError } from '@pipeline/core';
import { compileRuleModule, type JsonSchema, type RuleModule, type RuleModuleOptions } from '@pipeline/validate';
import { readArguments } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { formatBytes, printable } from '../progress/text.ts';
import { checkOutFile, writeOutFiles } from '../results/out-file.ts';
import { readJsonFile } from '../run/read-files.ts';
import { readNames } from '../run/read-format.ts';
import { bundleRule } from './bundle-rule.ts';

const kinds = { out: 'text', columns: 'text', options: 'text', linked: 'flag', help: 'flag' } as const;

/** `pipeline compile-rule`. */
export const compileRuleCommand = async (args: readonly string[]): Promise<number> => {
  const { positionals, options } = readArguments(args, kinds, 'pipeline compile-rule');
  const [given, ...more] = positionals;
  if (given === undefined) throw new UsageError('which schema? pipeline compile-rule <rule.json> [--out <rule.mjs>]');
  if (more.length > 0) throw new UsageError(`one schema at a time, got ${positionals.join(', ')}`);
  const { out } = options;
  const typesName = out === undefined ? undefined : typesBeside(out);
  if (out !== undefined) await checkOutFile(out, given);
  const module = compile(given, await readJsonFile(given, given), {
    ...(options.options === undefined ? {} : await readOptions(options.options)),
    ...(options.columns === undefined ? {} : { layout: readNames('--columns', options.columns) }),
  });
  const code = options.linked === true ? module.code : await bundleRule(module.code);
  if (out === undefined) {
    process.stdout.write(code);
    return exitCodes.done;
  }
  const name = path.basename(out);
  await writeOutFiles(path.dirname(out), { [name]: code, [typesName!]: module.types });
  process.stdout.write(
    [
      `${printable(out)}: the rule, ${formatBytes(Buffer.byteLength(code))}`,
      `${printable(path.join(path.dirname(out), typesName!))}: its types`,
      '',
      `  import { rule } from ${JSON.stringify(`./${printable(name)}`)};`,
      '',
    ].join('\n'),
  );
  return exitCodes.done;
};

/** TypeScript finds the types of a module by its name. */
const typesBeside = (out: string): string => {
  const { name, ext } = path.parse(out);
  if (ext === '.mjs') return `${name}.d.mts`;
  if (ext === '.js') return `${name}.d.ts`;
  throw new UsageError(`--out must be a module, .mjs or .js, got ${out}`);
};

const readOptions = async (given: string): Promise<RuleModuleOptions> => {
  const read = await readJsonFile(given, `--options ${given}`);
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new UsageError(`--options ${given} is no object of options`);
  if ('layout' in read) throw new UsageError(`--options ${given} has a layout; say it with --columns`);
  return read;
};

const compile = (given: string, schema: unknown, options: RuleModuleOptions): RuleModule => {
  try {
    return compileRuleModule(schema as JsonSchema, options);
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    throw new UsageError(`${given}: ${error.message.replace('layout must be', '--columns must be')}`);
  }
};
