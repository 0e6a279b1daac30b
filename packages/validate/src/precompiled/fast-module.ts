import type { Ajv } from 'ajv';
import { columnCode } from '../fast/column-code.ts';
import { type CodeSettings, columnParts } from '../fast/column-parts.ts';
import { mostUnrolled } from '../fast/fast-code.ts';
import { fieldNameList } from '../fast/field-names.ts';
import { fieldsCode, rowCode } from '../fast/fields-code.ts';
import { fixedPattern } from '../fast/fixed-pattern.ts';
import { createJudge } from '../fast/judge.ts';
import { type ColumnPlan, passesAll, planColumns } from '../fast/plan-columns.ts';
import { readColumn } from '../read-row.ts';
import type { JsonSchema } from '../schema-keywords.ts';
import { literal } from './literal.ts';
import { storeTable } from './stored-table.ts';

/** Code of checks on bytes as text. */
export interface FastModule {
  /** An expression that makes a `StoredFast`; it speaks of the checks below by their names. */
  readonly code: string;
  /** Names of the schemas that were added to the ajv, whose checks have to be declared. */
  readonly checks: readonly string[];
}

/**
 * Writes what a rule checks on bytes.
 *
 * @param layout - the columns of files, in their order
 * @returns `undefined` where the schema speaks of rows as a whole
 */
export const writeFast = (
  schema: JsonSchema,
  layout: readonly string[],
  ajv: Ajv,
  settings: Omit<CodeSettings, 'formats'>,
): FastModule | undefined => {
  const { shape, readings } = settings;
  const names = [...new Set([...shape.columns, ...readings.keys()])];
  const plans = planColumns(schema, shape, [...names, strangeName(names)]);
  if (plans === undefined) return undefined;
  // Columns of one schema share its check.
  const checks = new Map<string, string>();
  const checkOf = (own: ColumnPlan['schema']): string => {
    const key = JSON.stringify(own);
    const check = checks.get(key) ?? `checkValue${checks.size}`;
    if (!checks.has(key)) ajv.addSchema(own, check);
    checks.set(key, check);
    return check;
  };
  const columns = plans.map((plan) => ({
    name: plan.name,
    code: columnModule(plan, checkOf(plan.schema), ajv, settings),
  }));
  const others = columns.pop()!;
  // A file of so many columns is checked row by row.
  const unrolled = layout.length > mostUnrolled ? [] : layout;
  const checked = parameters('c', unrolled.length);
  const read = parameters('r', unrolled.length);
  return {
    checks: [...checks.values()],
    code: `{
  columns: {
${columns.map(({ name, code }) => `    ${JSON.stringify(name)}: ${code},`).join('\n')}
  },
  others: ${others.code},
  layout: ${literal(unrolled)},
  checkFields: (${checked}) => ${fieldsCode(unrolled.map(() => true))},
  readRow: (${read}) => ${rowCode(unrolled)},
}`,
  };
};

const parameters = (letter: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${letter}${i}`).join(', ');

const strangeName = (names: readonly string[]): string => {
  let name = 'other';
  while (names.includes(name)) name += '_';
  return name;
};

const columnModule = (plan: ColumnPlan, check: string, ajv: Ajv, settings: Omit<CodeSettings, 'formats'>): string => {
  const { shape, readings } = settings;
  const read = readColumn(shape.column(plan.name), readings.get(plan.name), settings, false);
  const judge = createJudge(read, ajv.getSchema(check)!, plan.required);
  const parts = passesAll(plan) ? undefined : columnParts(plan, judge, { ...settings, formats: ajv.formats });
  if (parts === undefined) return `{ checkValue: ${check} }`;
  const code = columnCode(parts.checks, parts, { quote: 'quote', escape: 'escape' });
  const used = fieldNameList.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  const tables = parts.tables.map((table) => (fixedPattern(table) === undefined ? storeTable(table) : null));
  return `{
      checkValue: ${check},
      checkField: ({ ${used.join(', ')} }) => ${code},${
        tables.some((table) => table !== null) ? `\n      tables: ${literal(tables)},` : ''
      }
    }`;
};
