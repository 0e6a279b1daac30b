import type { Ajv } from 'ajv';
import { type CheckField, columnCode } from './column-code.ts';
import { type CodeSettings, columnParts } from './column-parts.ts';
import { type CheckFields, type FastCode, mostUnrolled, type ReadRow } from './fast-code.ts';
import { fieldNames } from './field-names.ts';
import { fieldsCode, rowCode } from './fields-code.ts';

/** Makes code when it is asked for. Only numbers, keywords and texts as JSON stand in it. */
export const makeCode = (settings: Omit<CodeSettings, 'formats'>, ajv: Pick<Ajv, 'compile' | 'formats'>): FastCode => ({
  checkValue: ({ schema }) => ajv.compile(schema),
  checkField: (plan, column, judge, quoting) => {
    const parts = columnParts(plan, judge, { ...settings, formats: ajv.formats });
    if (parts === undefined) return undefined;
    const names = fieldNames(plan, column, judge, parts.tables, quoting);
    return evaluate(columnCode(parts.checks, parts, quoting), names) as CheckField;
  },
  checkFields: (checks) => {
    const names = Object.fromEntries(checks.map((check, i) => [`c${i}`, check]));
    return evaluate(fieldsCode(checks.map((check) => check !== undefined)), names) as CheckFields;
  },
  readRow: (columns, readerOf) => {
    if (columns.length > mostUnrolled || columns.includes('__proto__')) return undefined;
    const names = Object.fromEntries(columns.map((name, i) => [`r${i}`, readerOf(name)]));
    return evaluate(rowCode(columns), names) as ReadRow;
  },
});

const evaluate = (code: string, names: object): unknown =>
  new Function(...Object.keys(names), `return ${code};`)(...Object.values(names));
