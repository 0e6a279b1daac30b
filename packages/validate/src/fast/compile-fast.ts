import type { Ajv } from 'ajv';
import type { ColumnReadings } from '../columns/column-options.ts';
import { createMultipleOf } from '../multiple-of.ts';
import { compileLinear, type PatternTable } from '../patterns/linear-pattern.ts';
import { PatternRefusal } from '../patterns/program.ts';
import type { ReadText } from '../read-text.ts';
import type { IssueContext } from '../row-issues.ts';
import type { RowShape } from '../row-shape.ts';
import { isSchemaObject, type JsonSchema } from '../schema-keywords.ts';
import type { ColumnParts, Quoting } from './column-code.ts';
import { type CheckFields, type CompiledColumn, compileCheckFields, createJudge } from './compile-fields.ts';
import { compileRead, type ReadRow } from './compile-read.ts';
import { createExplain, type ExplainFields } from './explain-fields.ts';
import { type ColumnPlan, planColumns } from './plan-columns.ts';

/** What fast checks are made of: the parts of a compiled rule. */
export interface FastOptions {
  /** Without `$ref`. */
  readonly schema: JsonSchema;
  readonly shape: RowShape;
  readonly ajv: Pick<Ajv, 'compile' | 'formats'>;
  readonly nullTokens: ReadonlySet<string>;
  /** Numbers and booleans are read. */
  readonly coerce: boolean;
  /** Texts are read without white space around them. */
  readonly trim: boolean;
  /** Columns that are read otherwise than by their types; their texts are made. */
  readonly readings: ColumnReadings;
  /** How failures become issues. */
  readonly issues: IssueContext;
  /** How the text of a column is read. */
  readonly readerOf: (name: string, finished: boolean) => ReadText;
}

/** A rule on the bytes of records. */
export interface FastCheck {
  readonly check: CheckFields;
  readonly explain: ExplainFields;
  /** Makes typed rows; `undefined` where they are made column by column. */
  readonly read: ReadRow | undefined;
  /** Rows whose issues are all warnings have the values that reading gives. */
  readonly warnsOnBytes: boolean;
}

/** Makes the checks for files of some columns; `undefined` where the rule has to see whole rows. */
export type CompileFast = (columns: readonly string[], quoting: Quoting) => FastCheck | undefined;

/** Files differ in columns and quotes, but a process sees few kinds of them. */
const maxKept = 20;

export const createFast = (options: FastOptions): CompileFast => {
  const kept = new Map<string, FastCheck | undefined>();
  return (columns, quoting) => {
    const key = JSON.stringify([columns, quoting]);
    if (!kept.has(key)) {
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, compileFast(columns, quoting, options));
    }
    return kept.get(key);
  };
};

const compileFast = (columns: readonly string[], quoting: Quoting, options: FastOptions): FastCheck | undefined => {
  const { schema, shape, issues } = options;
  const plans = planColumns(schema, shape, columns);
  if (plans === undefined) return undefined;
  const compiled = plans.map((plan) => compileColumn(plan, options));
  const check = compileCheckFields(compiled, quoting);
  if (check === undefined) return undefined;
  const order = isSchemaObject(schema.properties) ? Object.keys(schema.properties) : [];
  const explain = createExplain(compiled, { ...issues, order, required: shape.required });
  return {
    check,
    explain,
    read: compileRead(columns, (name) => options.readerOf(name, true)),
    warnsOnBytes: options.readings.size === 0,
  };
};

const compileColumn = (plan: ColumnPlan, options: FastOptions): CompiledColumn => {
  const { ajv, shape, nullTokens, coerce, readings, readerOf } = options;
  const judge = createJudge(readerOf(plan.name, false), ajv.compile(plan.schema), plan.required);
  const column = { plan, judge };
  const { checks } = plan;
  const reading = readings.get(plan.name);
  const byType = reading === undefined || (reading.read === undefined && reading.nullTokens === undefined);
  if (checks === undefined || !byType || (checks.kind !== 'text' && !coerce)) return column;
  const tests = checks.kind === 'text' ? textTests(checks, ajv) : { tables: [] };
  if (tests === undefined) return column;
  const { texts } = shape.column(plan.name);
  const tokens = [...nullTokens].filter((token) => !texts.has(token));
  const isMultiple = 'multipleOf' in checks ? createMultipleOf(checks.multipleOf!) : () => true;
  const emptyPasses = tokens[0] !== undefined && judge.passes(tokens[0]);
  return {
    ...column,
    parts: { ...tests, nullTokens: tokens, emptyPasses, isMultiple, trim: reading?.trim ?? options.trim },
  };
};

/** Tables beyond this do not stay in the processor's cache. */
const maxStates = 256;

const bytesOfFormat = { date: 'isDate', time: 'isTime', 'date-time': 'isDateTime' } as const;

/** How patterns and formats are tested on bytes; `undefined` where they are not. */
const textTests = (
  { pattern, format }: { readonly pattern?: string; readonly format?: string },
  ajv: Pick<Ajv, 'formats'>,
): Pick<ColumnParts, 'tables' | 'format'> | undefined => {
  const tables: PatternTable[] = [];
  const add = (source: string, flags: string): boolean => {
    const table = tableOf(source, flags);
    if (table !== undefined) tables.push(table);
    return table !== undefined;
  };
  if (pattern !== undefined && !add(pattern, 'u')) return undefined;
  if (format === undefined) return { tables };
  if (Object.hasOwn(bytesOfFormat, format))
    return { tables, format: bytesOfFormat[format as keyof typeof bytesOfFormat] };
  const known = ajv.formats[format];
  if (known === true) return { tables };
  const test = typeof known === 'object' && !(known instanceof RegExp) ? known.validate : known;
  if (test instanceof RegExp && /^[iu]*$/.test(test.flags) && add(test.source, test.flags)) return { tables };
  return undefined;
};

const tableOf = (source: string, flags: string): PatternTable | undefined => {
  try {
    return compileLinear(source, flags).table(maxStates);
  } catch (error) {
    if (error instanceof PatternRefusal) return undefined;
    throw error;
  }
};
