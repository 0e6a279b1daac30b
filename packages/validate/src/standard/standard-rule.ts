import { type CsvRecord, PipelineConfigError } from '@pipeline/core';
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { columnReadings, takeText } from '../columns/column-options.ts';
import type { RowOutcome, RowRule, StandardRuleOptions } from '../compile-rule.ts';
import { checkHeader } from '../header.ts';
import { rowReader } from '../read-row.ts';
import { errorName } from '../row-check.ts';
import { type IssueSettings, isError, issueOf, withOverflow } from '../row-issues.ts';
import { refuse } from '../rule-error.ts';
import { runChecks } from '../run-checks.ts';
import { inputShape } from './input-shape.ts';
import { standardIssues } from './standard-issues.ts';

/** A schema of Zod, Valibot, ArkType or any other library that follows the Standard Schema specification. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': StandardSchemaV1.Props<unknown, Output> & {
    readonly jsonSchema?: StandardJSONSchemaV1.Converter;
  };
}

/** Whether something is a Standard Schema. Those of ArkType are functions. */
export const isStandardSchema = (schema: unknown): schema is StandardSchema =>
  ((typeof schema === 'object' && schema !== null) || typeof schema === 'function') && '~standard' in schema;

type Settings = Required<
  Pick<StandardRuleOptions<unknown>, 'coerce' | 'nullTokens' | 'trim' | 'columns' | 'checks' | 'requiredColumns'>
> & { readonly issues: IssueSettings };

/** Makes a rule of a Standard Schema; `compileRule` has checked the options. */
export const standardRule = (standard: StandardSchema, settings: Settings): RowRule<unknown> => {
  const { coerce, nullTokens, trim, columns: options, checks, requiredColumns, issues: issueSettings } = settings;
  const { maxIssuesPerRow, locale, levels } = issueSettings;
  const { vendor, validate } = checkStandard(standard, locale);
  const { schema, shape } = inputShape(standard);
  const required = [...new Set([...shape.required, ...requiredColumns])];
  const columns = [...new Set([...shape.columns, ...required])];
  const readings = columnReadings(options, shape, false);
  const readRow = rowReader(shape, { nullTokens: new Set(nullTokens), coerce, trim }, locale, readings, true);
  const checkRead = runChecks(checks, issueSettings);

  const check = (record: CsvRecord, rowNumber = 0): RowOutcome<unknown> => {
    const value = readRow(record);
    const refused = takeText(value, record, readings);
    let answer: ReturnType<typeof validate>;
    try {
      answer = validate(value);
      if (answer instanceof Promise) throwAgain(standard, value, answer);
    } catch (error) {
      const params = { rule: vendor, reason: errorName(error) };
      return {
        ok: false,
        value,
        issues: [issueOf({ code: 'RULE_THREW', rule: vendor, params }, record, issueSettings)],
      };
    }
    const result = atOnce(answer, locale);
    if (result.issues === undefined && refused.length === 0) return checkRead(result.value, record, rowNumber);
    const unread = refused.map((column) => {
      const params = { expected: readings.get(column)?.expected };
      const severity = levels.of('type', column, '');
      return issueOf({ code: 'RULE_TYPE', rule: 'type', column, params, severity }, record, issueSettings);
    });
    const context = { vendor, record, value, settings: issueSettings };
    // What the schema says of a text that its column's reading refused is beside the point.
    const others = standardIssues(result.issues ?? [], context).filter(({ column }) => !refused.includes(column ?? ''));
    const all = [...unread, ...others];
    const sorted = levels.mixed ? [...all.filter(isError), ...all.filter((issue) => !isError(issue))] : all;
    const issues =
      sorted.length > maxIssuesPerRow
        ? withOverflow(sorted.slice(0, maxIssuesPerRow), sorted.length, record, issueSettings)
        : sorted;
    return issues.some(isError) ? { ok: false, value, issues } : checkRead(value, record, rowNumber, issues);
  };

  return {
    schema,
    columns,
    required,
    checkHeader: (names) => checkHeader(names, { ...shape, columns, required }, locale),
    check,
    read: (record) => (atOnce(validate(readRow(record)), locale) as StandardSchemaV1.SuccessResult<unknown>).value,
    ...(checks.length === 0 ? {} : { checkRead }),
    compileFast: () => undefined,
  };
};

/** A schema that answers with a promise is refused now, where it does so for an empty row, else at the first row. */
const checkStandard = (standard: StandardSchema, locale: string | undefined): StandardSchema['~standard'] => {
  const props = standard['~standard'];
  if (props?.version !== 1 || typeof props.validate !== 'function' || typeof props.vendor !== 'string')
    refuse('', 'expected a Standard Schema of version 1, with vendor and validate', locale);
  try {
    void atOnce(props.validate({}), locale);
  } catch (error) {
    // A schema that throws at an empty row may still be right for others.
    if (PipelineConfigError.is(error)) throw error;
  }
  return props;
};

/**
 * Zod answers with a promise when a schema throws, too. Its `safeParse` tells: it throws what the schema threw, and an
 * error of that name where the schema is really asynchronous.
 */
const throwAgain = (standard: StandardSchema & { safeParse?: unknown }, value: unknown, answer: Promise<unknown>) => {
  answer.catch(() => {});
  if (typeof standard.safeParse !== 'function') return;
  try {
    standard.safeParse(value);
  } catch (error) {
    if ((error as { constructor?: { name?: string } })?.constructor?.name !== '$ZodAsyncError') throw error;
  }
};

const atOnce = (
  answer: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>,
  locale: string | undefined,
): StandardSchemaV1.Result<unknown> => {
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => {});
  return refuse(
    '',
    'expected a schema that answers at once, got one that answers with a promise; take its async checks to a look-up',
    locale,
  );
};
