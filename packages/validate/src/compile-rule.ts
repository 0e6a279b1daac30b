import type { CsvRecord, RowIssue } from '@pipeline/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ColumnOptions } from './columns/column-options.ts';
import type { CompileFast } from './fast/compile-fast.ts';
import { makeCode } from './fast/make-code.ts';
import { createLevels, type RuleLevel } from './levels.ts';
import { compileChecks, readRuleSchema } from './read-rule-schema.ts';
import type { RowCheck } from './row-check.ts';
import { ruleOfParts } from './rule-of-parts.ts';
import { ruleSettings } from './rule-options.ts';
import type { JsonSchema } from './schema-keywords.ts';
import { isStandardSchema, type StandardSchema, standardRule } from './standard/standard-rule.ts';

/** How `compileRule` reads values, and what it checks beyond the schema. */
export interface RuleOptions<Row = CsvRecord> {
  /**
   * Turns text into numbers and booleans for checking, where the schema declares them. Without it all values are text.
   * @default true
   */
  readonly coerce?: boolean;
  /**
   * Texts that count as no value. Such a column is `null` where `null` is among its types, else it is left out of the
   * row, which `required` then reports. A text that the schema names in `const` or `enum` is a value all the same.
   * @default ['']
   */
  readonly nullTokens?: readonly string[];
  /** Reads texts without white space around them; the file keeps it. @default false */
  readonly trim?: boolean;
  /** How single columns are read, where the schema's types do not say it: dates by format, booleans by token. @default {} */
  readonly columns?: Readonly<Record<string, ColumnOptions>>;
  /** Checks in code, run in order on rows that pass the schema. @default [] */
  readonly checks?: readonly RowCheck<Row>[];
  /**
   * How grave issues are, by column, by rule, or both; the first that fits decides, before what the schema says by
   * `x-level`. Checks in code have their own `severity`.
   * @default [], all are errors
   */
  readonly levels?: readonly RuleLevel[];
  /** Most issues kept of one row, from 1; the last one then says that there are more. @default 100 */
  readonly maxIssuesPerRow?: number;
  /** Most characters (UTF-16 units) of a value that an issue keeps, from 0 to 10,000. @default 200 */
  readonly maxValueChars?: number;
  /** A BCP 47 tag for messages. @default 'en' */
  readonly locale?: string;
}

/** How `compileRule` reads values for a Standard Schema, and what it checks beyond it. */
export interface StandardRuleOptions<Row> extends RuleOptions<Row> {
  /** Columns that every file must have, beside those that the schema is known to require. @default [] */
  readonly requiredColumns?: readonly string[];
}

/** What checking a row gives. A failed row carries its values too, as far as they could be made. */
export type RowOutcome<Out> =
  | { readonly ok: true; readonly value: Out; readonly warnings: readonly RowIssue[] }
  | { readonly ok: false; readonly value: unknown; readonly issues: readonly RowIssue[] };

/** A compiled rule: checks rows and says all that is wrong with each. */
export interface RowRule<Out> {
  /**
   * The schema as it was compiled; later changes to the caller's object do not reach it. Of a Standard Schema it is what
   * that says of its input, `{}` where it says nothing.
   */
  readonly schema: JsonSchema;
  /** Columns that the schema names or requires, in its order. */
  readonly columns: readonly string[];
  /** Columns that every file must have. */
  readonly required: readonly string[];
  /**
   * Checks the columns of a file before any row.
   *
   * @throws PipelineSourceError `CSV_BAD_HEADER` when a required column is missing, one is there that the schema rules
   * out, or one has a name on `Object.prototype`
   */
  readonly checkHeader: (columns: readonly string[]) => void;
  /** Checks one row; `rowNumber` is what checks in code are told. */
  readonly check: (row: CsvRecord, rowNumber?: number) => RowOutcome<Out>;
  /** The typed row, for rows that are known to pass the schema. */
  readonly read: (row: CsvRecord) => Out;
  /** The checks in code, for rows that are known to pass the schema; absent where there are none. */
  checkRead?(value: Out, row: CsvRecord, rowNumber: number): RowOutcome<Out>;
  /**
   * Makes code that checks the schema on the bytes of records, and says yes only to those that pass. `undefined` where the
   * schema speaks of rows as a whole.
   */
  readonly compileFast: CompileFast;
}

/**
 * Compiles a JSON Schema (draft-07, or 2020-12 by its `$schema`) or a Standard Schema (Zod, Valibot, ArkType) into a rule
 * for rows. `Out` is the type of the row once numbers, booleans and nulls are read. A Standard Schema has it by itself; for
 * a JSON Schema it is taken on trust, as that is data.
 *
 * A Standard Schema gets the row as it is read by the types that its own JSON Schema declares for its input
 * (`~standard.jsonSchema`); where it has none, it gets text. What it makes of the row is the typed view of later stages.
 *
 * @throws PipelineConfigError `RULE_INVALID` with the place as a JSON pointer, or when the schema answers with a promise;
 * `CONFIG_INVALID` for a wrong option
 *
 * @example
 * const rule = compileRule<{ id: string; units: number; note?: string }>({
 *   type: 'object',
 *   required: ['id', 'units'],
 *   properties: { id: { type: 'string' }, units: { type: 'integer', minimum: 1 }, note: { type: 'string' } },
 * });
 * rule.check({ id: '007', units: '3', note: '' }); // { ok: true, value: { id: '007', units: 3 }, warnings: [] }
 */
export function compileRule<S extends StandardSchema>(
  schema: S,
  options?: StandardRuleOptions<StandardSchemaV1.InferOutput<S>>,
): RowRule<StandardSchemaV1.InferOutput<S>>;
export function compileRule<Out = CsvRecord>(schema: JsonSchema, options?: RuleOptions<Out>): RowRule<Out>;
export function compileRule(
  schema: JsonSchema | StandardSchema,
  options: StandardRuleOptions<unknown> = {},
): RowRule<unknown> {
  return isStandardSchema(schema) ? compileStandard(schema, options) : compileJson(schema, options);
}

const compileStandard = (schema: StandardSchema, options: StandardRuleOptions<unknown>): RowRule<unknown> => {
  const settings = ruleSettings(options);
  const { maxIssuesPerRow, maxValueChars, locale } = settings;
  const levels = createLevels(settings.levels, {}, locale);
  return standardRule(schema, { ...settings, issues: { maxIssuesPerRow, maxValueChars, locale, levels } });
};

const compileJson = <Out>(input: JsonSchema, options: RuleOptions<Out>): RowRule<Out> => {
  const settings = ruleSettings(options);
  const { source, schema, shape, ajv } = readRuleSchema(input, settings.locale);
  return ruleOfParts<Out>(
    {
      ...{ source, schema, shape },
      checkOf: (checked) => compileChecks(ajv, checked, settings.locale),
      codeOf: (columns) => makeCode(columns, ajv),
    },
    settings,
  );
};
