import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipelineConfigError } from '@pipeline/core';
import { compileRuleModule, type JsonSchema } from '@pipeline/validate';
import type { FunctionSettings } from '../function-settings.ts';
import type { FunctionName } from '../permissions.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';

/** A function of which it is known where its module lies. */
export interface DeployedFunction extends FunctionSettings {
  readonly entry: string;
  /** The module is the pipeline's own, and is told of the deployment. */
  readonly own: boolean;
}

/** The functions of a pipeline by name, the user's and its own. */
export type DeployedFunctions = Readonly<Partial<Record<FunctionName, DeployedFunction>>>;

/** Those that do something with rows by the rule, and the splitter, which looks for its columns. */
const ruled: ReadonlySet<FunctionName> = new Set(['split', 'process', 'replay', 'queue']);

/** The same work on rows: where one is the user's, the pipeline's own would do something else. */
const stages: readonly FunctionName[] = ['process', 'replay', 'queue'];

/** Those that a pipeline has unless told otherwise; a queue is there when it is asked for. */
const usual = [
  ...(['intake', 'split', 'scan', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure', 'replay'] as const),
] satisfies readonly FunctionName[];

/**
 * Says which functions a pipeline has and where their modules lie: the user's, and the pipeline's own for the others.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`; `RULE_INVALID` for a schema that cannot be a rule
 */
export const deployedFunctions = (props: CsvPipelineProps): DeployedFunctions => {
  const { functions = {}, schema, lookups } = props;
  const given = (name: FunctionName): FunctionSettings | false | undefined => functions[name];
  const users = (name: FunctionName): boolean => (given(name) || undefined)?.entry !== undefined;
  const names = [...usual, ...(functions.queue === undefined ? [] : (['queue'] as const))].filter((name) => {
    // A replay that is not spoken of does what the user's process function does, which only the user can say.
    if (name === 'replay' && given(name) === undefined && users('process')) return false;
    return given(name) !== false;
  });
  const [own, others] = [stages.filter((name) => names.includes(name) && !users(name)), stages.filter(users)];
  if (own.length > 0 && others.length > 0)
    refuse(`functions.${own[0]}.entry`, `given, since functions.${others[0]} has one: both work on rows`, 'none');
  if (own.length === 0)
    for (const [option, value] of Object.entries({ schema, lookups }))
      if (value !== undefined) refuse(option, "left out: it is for the pipeline's own process function", 'given');
  if (own.length > 0 && props.unique === true)
    refuse('unique', 'left out: it is for functions of your own that compare rows by `uniqueRows`', 'true');
  if ((!users('notify') || !users('failure')) && (props.mail.recipients ?? []).length === 0)
    refuse('mail.recipients', 'one address at least', 'none');

  const withRule = ruleEntries(schema);
  return Object.fromEntries(
    names.map((name) => {
      const settings = given(name) || {};
      const { entry } = settings;
      if (entry !== undefined) return [name, { ...settings, entry, own: false }];
      return [name, { ...settings, entry: ruled.has(name) ? withRule(name) : ownModule(name), own: true }];
    }),
  );
};

const refuse = (option: string, expected: string, got: string): never => {
  throw new PipelineConfigError('CONFIG_INVALID', { option, expected, got });
};

/** TypeScript beside these sources, JavaScript in the published package. */
const ownModule = (name: string): string => {
  const source = fileURLToPath(new URL(`../functions/${name}.ts`, import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL(`./functions/${name}.js`, import.meta.url));
};

/** Modules that give the rule to what works by it. The rule is compiled here, so that functions start without a compiler. */
const ruleEntries = (schema: CsvPipelineProps['schema']): ((name: string) => string) => {
  let folder: string | undefined;
  return (name) => {
    folder ??= writeRule(schema);
    const file = path.join(folder, `${name}.mjs`);
    const imported = `import { createHandler } from ${JSON.stringify(ownModule(name))};`;
    const code =
      schema === undefined
        ? `${imported}\nexport const handler = createHandler();\n`
        : `${imported}\nimport { rule } from './rule.mjs';\nexport const handler = createHandler(rule);\n`;
    writeFileSync(file, code);
    return file;
  };
};

const writeRule = (schema: CsvPipelineProps['schema']): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-entries-'));
  if (schema === undefined) return folder;
  const rule = typeof schema === 'string' ? (JSON.parse(readFileSync(schema, 'utf8')) as JsonSchema) : schema;
  const { code } = compileRuleModule(rule);
  // What it imports is found from here, not from a folder of temporary files.
  const runtime = JSON.stringify(ownModule('rule-runtime'));
  writeFileSync(path.join(folder, 'rule.mjs'), code.replace("'@pipeline/validate/precompiled'", runtime));
  return folder;
};
