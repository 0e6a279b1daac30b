import { type CsvRecord, PipelineConfigError, type RowIssue } from '@pipeline/core';
import { checkColumns } from './check-columns.ts';
import { createAjv } from './create-ajv.ts';
import { type CompileFast, createFast } from './fast/compile-fast.ts';
import { checkHeader, checkName } from './header.ts';
import { inlineRefs } from './inline-refs.ts';
import { inspectSchema } from './inspect-schema.ts';
import { readSchema } from './read-schema.ts';
import { createReadText, type ReadText } from './read-text.ts';
import { checkOptions, type RowCheck, runCheck } from './row-check.ts';
import { rowIssues, withOverflow } from './row-issues.ts';
import { type RowShape, rowShape } from './row-shape.ts';
import { quote, type Refuse, refuse } from './rule-error.ts';
import type { JsonSchema } from './schema-keywords.ts';

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
  /** Checks in code, run in order on rows that pass the schema. @default [] */
  readonly checks?: readonly RowCheck<Row>[];
  /** Most issues kept of one row, from 1; the last one then says that there are more. @default 100 */
  readonly maxIssuesPerRow?: number;
  /** A BCP 47 tag for messages. @default 'en' */
  readonly locale?: string;
}

/** What checking a row gives. A failed row carries its values too, as far as they could be made. */
export type RowOutcome<Out> =
  | { readonly ok: true; readonly value: Out; readonly warnings: readonly RowIssue[] }
  | { readonly ok: false; readonly value: unknown; readonly issues: readonly RowIssue[] };

/** A compiled rule: checks rows and says all that is wrong with each. */
export interface RowRule<Out> {
  /** The schema as it was compiled; later changes to the caller's object do not reach it. */
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
 * Compiles a JSON Schema (draft-07, or 2020-12 by its `$schema`) into a rule for rows. `Out` is the type of the row once
 * numbers, booleans and nulls are read; it is taken on trust, as the schema is data.
 *
 * @throws PipelineConfigError `RULE_INVALID` with the place as a JSON pointer, `CONFIG_INVALID` for a wrong option
 *
 * @example
 * const rule = compileRule<{ id: string; units: number; note?: string }>({
 *   type: 'object',
 *   required: ['id', 'units'],
 *   properties: { id: { type: 'string' }, units: { type: 'integer', minimum: 1 }, note: { type: 'string' } },
 * });
 * rule.check({ id: '007', units: '3', note: '' }); // { ok: true, value: { id: '007', units: 3 }, warnings: [] }
 */
export const compileRule = <Out = CsvRecord>(schema: JsonSchema, options: RuleOptions<Out> = {}): RowRule<Out> => {
  const { coerce = true, nullTokens = [''], checks = [], maxIssuesPerRow = 100, locale } = options;
  checkRuleOptions({ nullTokens, maxIssuesPerRow, locale });
  checkOptions(checks, locale);
  const { source, inlined, shape, ajv, matches } = compileSchema(schema, locale);
  const tokens = new Set(nullTokens);
  const readRow = rowReader(shape, tokens, coerce, locale);

  const check = (record: CsvRecord, rowNumber = 0): RowOutcome<Out> => {
    const value = readRow(record);
    if (matches(value)) return checkRead(value as Out, record, rowNumber);
    const issues = rowIssues(matches.errors ?? [], record, { shape, maxIssuesPerRow, locale });
    return { ok: false, value, issues };
  };

  const checkRead = (value: Out, record: CsvRecord, rowNumber: number): RowOutcome<Out> => {
    let issues: RowIssue[] | undefined;
    for (const own of checks) {
      const found = runCheck(own, value, record, rowNumber, locale);
      if (found === undefined) continue;
      issues = [...(issues ?? []), ...found.slice(0, maxIssuesPerRow + 1)];
    }
    if (issues === undefined) return { ok: true, value, warnings: noIssues };
    // Errors first, so that the cap never leaves a failed row without one.
    issues.sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
    const severity = issues[0]?.severity;
    if (issues.length > maxIssuesPerRow)
      issues = withOverflow(issues.slice(0, maxIssuesPerRow), record, locale, severity);
    return severity === 'error' ? { ok: false, value, issues } : { ok: true, value, warnings: issues };
  };

  return {
    schema: source,
    columns: shape.columns,
    required: shape.required,
    checkHeader: (columns) => checkHeader(columns, shape, locale),
    check,
    read: (record) => readRow(record) as Out,
    ...(checks.length === 0 ? {} : { checkRead }),
    compileFast: createFast({
      schema: inlined,
      shape,
      ajv,
      issues: { shape, maxIssuesPerRow, locale },
      nullTokens: tokens,
      coerce,
      readerOf: (name) => createReadText(shape.column(name), tokens, coerce),
    }),
  };
};

const noIssues: readonly RowIssue[] = Object.freeze([]);

const checkRuleOptions = ({
  nullTokens,
  maxIssuesPerRow,
  locale,
}: {
  nullTokens: unknown;
  maxIssuesPerRow: number;
  locale: string | undefined;
}): void => {
  const fail = (option: string, expected: string, got: unknown): never => {
    throw new PipelineConfigError(
      'CONFIG_INVALID',
      { option, expected, got: quote(got) },
      locale === undefined ? {} : { locale },
    );
  };
  if (!Array.isArray(nullTokens) || nullTokens.some((token) => typeof token !== 'string'))
    fail('nullTokens', 'an array of texts', nullTokens);
  if (!Number.isSafeInteger(maxIssuesPerRow) || maxIssuesPerRow < 1)
    fail('maxIssuesPerRow', 'a whole number from 1', maxIssuesPerRow);
};

const compileSchema = (input: unknown, locale: string | undefined) => {
  const fail: Refuse = (pointer, reason, cause) => refuse(pointer, reason, locale, cause);
  const { schema: source, dialect } = readSchema(input, fail);
  const ajv = createAjv(dialect);
  const anchors = inspectSchema(source, dialect, new Set(Object.keys(ajv.formats)), fail);
  const { $schema: _, ...body } = source;
  if (ajv.validateSchema(body) !== true) {
    const [error] = ajv.errors ?? [];
    const allowed =
      error?.keyword === 'enum' ? `: ${quote((error.params as { allowedValues: unknown }).allowedValues)}` : '';
    fail(
      error?.instancePath ?? '',
      `expected what JSON Schema ${dialect} allows; it ${error?.message ?? 'is invalid'}${allowed}`,
    );
  }
  const inlined = inlineRefs(source, dialect, anchors, fail);
  const shape = rowShape(inlined.schema);
  checkColumns(inlined, shape, fail);
  try {
    const matches = ajv.compile<Record<string, unknown>>(inlined.schema);
    return { source, inlined: inlined.schema, shape, ajv, matches };
  } catch (cause) {
    return fail('', `expected a schema that compiles, got: ${(cause as Error).message}`, cause);
  }
};

const rowReader = (
  shape: RowShape,
  nullTokens: ReadonlySet<string>,
  coerce: boolean,
  locale: string | undefined,
): ((record: CsvRecord) => Record<string, unknown>) => {
  // Rows of a file have the same columns in the same order, so readers are found by place; the map serves the others.
  const names: string[] = [];
  const readers: ReadText[] = [];
  const known = new Map<string, ReadText>();

  const find = (name: string, place: number): ReadText => {
    let reader = known.get(name);
    if (reader === undefined) {
      checkName(name, locale);
      reader = createReadText(shape.column(name), nullTokens, coerce);
      if (known.size >= maxKnownColumns) known.clear();
      known.set(name, reader);
    }
    names[place] = name;
    readers[place] = reader;
    return reader;
  };

  return (record) => {
    const row: Record<string, unknown> = {};
    let place = 0;
    for (const name in record) {
      const reader = names[place] === name ? readers[place]! : find(name, place);
      const value = reader(record[name]);
      if (value !== undefined) row[name] = value;
      place++;
    }
    return row;
  };
};

/** A worker that lives long sees many files; columns beyond this many are looked up anew. */
const maxKnownColumns = 10_000;
