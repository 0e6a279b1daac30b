import type { ColumnReadings } from '../columns/column-options.ts';
import type { ReadText } from '../read-text.ts';
import type { IssueContext } from '../row-issues.ts';
import type { RowShape } from '../row-shape.ts';
import { isSchemaObject, type JsonSchema } from '../schema-keywords.ts';
import type { CheckField, Quoting } from './column-code.ts';
import { createExplain, type ExplainFields } from './explain-fields.ts';
import { type CheckFields, type FastCode, mostUnrolled, type ReadRow } from './fast-code.ts';
import { createJudge } from './judge.ts';
import { passesAll, planColumns } from './plan-columns.ts';

/** What fast checks are made of: the parts of a rule. */
export interface FastOptions {
  /** Without `$ref`. */
  readonly schema: JsonSchema;
  readonly shape: RowShape;
  /** `undefined` where there is none. */
  readonly code: FastCode | undefined;
  /** Columns that are read otherwise than by their types. */
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
  const { schema, shape, issues, code, readings, readerOf } = options;
  const plans = columns.length > mostUnrolled ? undefined : planColumns(schema, shape, columns);
  if (plans === undefined || code === undefined) return undefined;
  const judged = plans.map((plan) => ({
    plan,
    judge: createJudge(readerOf(plan.name, false), code.checkValue(plan), plan.required),
  }));
  const checks = judged.map(({ plan, judge }, column): CheckField | undefined => {
    if (passesAll(plan)) return undefined;
    return code.checkField(plan, column, judge, quoting) ?? ((_bytes, _s, _e, field) => judge.passes(field(column)));
  });
  const order = isSchemaObject(schema.properties) ? Object.keys(schema.properties) : [];
  return {
    check: code.checkFields(checks),
    explain: createExplain(judged, { ...issues, order, required: shape.required }),
    read: code.readRow(columns, (name) => readerOf(name, true)),
    warnsOnBytes: readings.size === 0,
  };
};
