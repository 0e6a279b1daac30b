import { PipelineConfigError } from '@pipeline/core';
import { columnReadings } from '../columns/column-options.ts';
import type { RuleOptions } from '../compile-rule.ts';
import { createLevels } from '../levels.ts';
import { createLinearEngine } from '../patterns/linear-engine.ts';
import type { PatternTree } from '../patterns/pattern-tree.ts';
import { compileChecks, readRuleSchema } from '../read-rule-schema.ts';
import { isReservedName } from '../reserved-name.ts';
import { type RowShape, rowShape } from '../row-shape.ts';
import { quote, refuse } from '../rule-error.ts';
import { ruleSettings } from '../rule-options.ts';
import type { JsonSchema } from '../schema-keywords.ts';
import { isStandardSchema } from '../standard/standard-rule.ts';
import { writeFast } from './fast-module.ts';
import { literal } from './literal.ts';
import { rowType } from './row-type.ts';
import { storedFormat, unnamed } from './stored-rule.ts';
import { createWritingAjv } from './value-checks.ts';

/** What a module of a rule is made for. */
export interface RuleModuleOptions extends Omit<RuleOptions<never>, 'checks'> {
  /**
   * Columns of the files, in their order, header names as the schema has them. Other files work as well; their typed rows are made
   * more slowly.
   * @default those that the schema names, in its order
   */
  readonly layout?: readonly string[];
}

/** A rule as text. */
export interface RuleModule {
  /**
   * An ES module that exports `rule`, the same rule as its default, and `createRule`, which takes checks in code, `levels`,
   * `maxIssuesPerRow`, `maxValueChars` and `locale`. It imports `@pipeline/validate/precompiled` and nothing else.
   */
  readonly code: string;
  /** Its declarations, with the type of rows that pass as `Row`. */
  readonly types: string;
}

/**
 * Compiles a JSON Schema into the text of a module that holds the rule: the same as `compileRule` makes, ready when it is
 * loaded. Nothing is compiled then, so that a process starts faster and may forbid code that is made of strings.
 *
 * @throws PipelineConfigError `RULE_INVALID` as `compileRule`, and for a Standard Schema, which is code; `CONFIG_INVALID` for a
 * wrong option, and for `checks`, which are given to `createRule`
 *
 * @example
 * const { code, types } = compileRuleModule(orderSchema, { trim: true });
 * await writeFile('order.rule.mjs', code);
 * await writeFile('order.rule.d.mts', types);
 */
export const compileRuleModule = (input: JsonSchema, options: RuleModuleOptions = {}): RuleModule => {
  const { layout, ...held } = options;
  checkModuleOptions(input, options);
  const settings = ruleSettings(held);
  const { locale, coerce, trim } = settings;
  const { source, schema, shape, dialect } = readRuleSchema(input, locale);
  const columns = layout ?? shape.columns;
  if (layout !== undefined) checkLayout(layout, shape, locale);
  const { ajv, write } = createWritingAjv(dialect);
  ajv.addSchema(schema, 'checkRow');
  compileChecks(ajv, schema, locale);
  const readings = columnReadings(settings.columns, shape, true);
  const levels = createLevels(settings.levels, schema, locale);
  const reading = { nullTokens: new Set(settings.nullTokens), coerce, trim };
  const fast = writeFast(schema, columns, ajv, { ...reading, shape, readings });
  const checks = write(['checkRow', ...(fast?.checks ?? [])]);
  const patterns = new Map([...checks.patterns, ...namePatterns(schema)]);
  const stored = [
    `format: ${storedFormat}`,
    `source: ${literal(source)}`,
    ...(JSON.stringify(unnamed(source)) === JSON.stringify(schema) ? [] : [`schema: ${literal(schema)}`]),
    `options: ${literal(held)}`,
    'checkRow',
    ...(fast === undefined ? [] : [`fast: ${fast.code}`]),
    'linear',
  ];
  const code = `// Made by \`pipeline compile-rule\`; make it anew rather than edit it.
${importLine(checks.code)}

const linear = linearPatterns(${literal(Object.fromEntries(patterns))});
${checks.code}
const stored = {
${stored.map((member) => `  ${member},`).join('\n')}
};

export const createRule = (options) => storedRule(stored, options);
export const rule = /* @__PURE__ */ createRule();
export default rule;
`;
  return { code, types: declarations(rowType(schema, shape, { readings, levels, options: held })) };
};

const checkModuleOptions = (input: unknown, options: object): void => {
  const { locale } = options as RuleModuleOptions;
  if (isStandardSchema(input))
    refuse('', 'expected a JSON Schema; a Standard Schema is code, which compileRule takes as it is', locale);
  if ('checks' in options)
    failOption('checks', 'given to createRule of the module, which holds no code of yours', options.checks, locale);
  const strange = Object.keys(options).find((name) => !known.has(name));
  if (strange !== undefined) failOption('options', `out of ${[...known].join(', ')}`, strange, locale);
};

const checkLayout = (layout: unknown, { required, accepts }: RowShape, locale: string | undefined): void => {
  if (!Array.isArray(layout) || layout.some((name) => typeof name !== 'string') || new Set(layout).size < layout.length)
    failOption('layout', 'an array of column names, each once', layout, locale);
  const names = layout as readonly string[];
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined)
    failOption('layout', `columns with ${quote(missing)} among them, which the rule requires`, layout, locale);
  const strange = names.find((name) => isReservedName(name) || !accepts(name));
  if (strange !== undefined) failOption('layout', 'columns that the rule allows', strange, locale);
};

const failOption = (option: string, expected: string, got: unknown, locale: string | undefined): never => {
  throw new PipelineConfigError(
    'CONFIG_INVALID',
    { option, expected, got: quote(got) },
    locale === undefined ? {} : { locale },
  );
};

const known: ReadonlySet<string> = new Set<keyof RuleModuleOptions>([
  ...(['coerce', 'nullTokens', 'trim', 'columns', 'levels'] as const),
  ...(['maxIssuesPerRow', 'maxValueChars', 'locale', 'layout'] as const),
]);

/** Those of column names, which the shape of rows is told by; ajv leaves out what it need not check. */
const namePatterns = (schema: JsonSchema): ReadonlyMap<string, PatternTree> => {
  const found = new Map<string, PatternTree>();
  const engine = createLinearEngine((name, tree) => found.set(name, tree));
  rowShape(schema, (pattern) => engine(pattern, 'u'));
  return found;
};

const helpers = ['equal', 'formats', 'multipleOf', 'ucs2length'];

const importLine = (code: string): string => {
  const used = helpers.filter((name) => new RegExp(`^const \\w+ = ${name}\\b`, 'm').test(code));
  return `import { ${['linearPatterns', 'storedRule', ...used].sort().join(', ')} } from '@pipeline/validate/precompiled';`;
};

const declarations = (row: string): string => `// Made by \`pipeline compile-rule\`; make it anew rather than edit it.
import type { LoadOptions, RowRule } from '@pipeline/validate/precompiled';

/** A row that passes, as later stages get it. */
export ${row.startsWith('{') ? `interface Row ${row}` : `type Row = ${row};`}

/** Makes the rule with checks in code, or with other levels and limits of issues. */
export declare const createRule: <Out = Row>(options?: LoadOptions<Out>) => RowRule<Out>;
export declare const rule: RowRule<Row>;
export default rule;
`;
