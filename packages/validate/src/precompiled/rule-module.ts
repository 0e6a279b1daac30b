import { columnReadings } from '../columns/column-options.ts';
import { exactSchema } from '../exact/exact-schema.ts';
import { createLevels } from '../levels.ts';
import { createLinearEngine } from '../patterns/linear-engine.ts';
import type { PatternTree } from '../patterns/pattern-tree.ts';
import { compileChecks, readRuleSchema } from '../read-rule-schema.ts';
import { rowShape } from '../row-shape.ts';
import { ruleSettings } from '../rule-options.ts';
import type { JsonSchema } from '../schema-keywords.ts';
import { writeFast } from './fast-module.ts';
import { literal } from './literal.ts';
import { checkLayout, checkModuleOptions, type RuleModuleOptions } from './module-options.ts';
import { rowType } from './row-type.ts';
import { storedFormat, unnamed } from './stored-rule.ts';
import { createWritingAjv } from './value-checks.ts';

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
  const readings = columnReadings(settings.columns, shape, true);
  const checked = exactSchema(schema, shape, readings);
  const { ajv, write } = createWritingAjv(dialect);
  ajv.addSchema(checked, 'checkRow');
  compileChecks(ajv, checked, locale);
  const levels = createLevels(settings.levels, schema, locale);
  const reading = { nullTokens: new Set(settings.nullTokens), coerce, trim };
  const fast = writeFast(checked, columns, ajv, { ...reading, shape, readings });
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

/** Those of column names, which the shape of rows is told by; ajv leaves out what it need not check. */
const namePatterns = (schema: JsonSchema): ReadonlyMap<string, PatternTree> => {
  const found = new Map<string, PatternTree>();
  const engine = createLinearEngine((name, tree) => found.set(name, tree));
  rowShape(schema, (pattern) => engine(pattern, 'u'));
  return found;
};

const helpers = ['equal', 'exactNumber', 'formats', 'multipleOf', 'ucs2length'];

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
