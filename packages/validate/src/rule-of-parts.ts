import type { CsvRecord } from '@pipeline/core';
import { columnReadings, takeText } from './columns/column-options.ts';
import type { RowOutcome, RowRule } from './compile-rule.ts';
import { givenNames } from './exact/exact-names.ts';
import { exactSchema } from './exact/exact-schema.ts';
import type { CodeSettings } from './fast/column-parts.ts';
import { createFast } from './fast/compile-fast.ts';
import type { FastCode } from './fast/fast-code.ts';
import type { CheckValue } from './fast/judge.ts';
import { checkHeader } from './header.ts';
import { createLevels } from './levels.ts';
import { type ReadSettings, readColumn, rowReader } from './read-row.ts';
import { type IssueContext, isError, rowIssues } from './row-issues.ts';
import type { RowShape } from './row-shape.ts';
import type { RuleSettings } from './rule-options.ts';
import { runChecks } from './run-checks.ts';
import type { JsonSchema } from './schema-keywords.ts';

/** What a rule is made of once its schema is compiled, be it now or before. */
export interface RuleParts {
  /** As it was given. */
  readonly source: JsonSchema;
  /** Without `$ref`. */
  readonly schema: JsonSchema;
  readonly shape: RowShape;
  /** Makes what checks rows whose values are read, of the schema that says it. */
  readonly checkOf: (checked: JsonSchema) => CheckValue;
  /** Where the code of checks on bytes comes from; `undefined` where there are none, as the schema speaks of whole rows. */
  readonly codeOf: (settings: Omit<CodeSettings, 'formats'>) => FastCode | undefined;
}

/** Makes a rule without compiling anything. @throws PipelineConfigError `CONFIG_INVALID` */
export const ruleOfParts = <Out>(parts: RuleParts, settings: RuleSettings): RowRule<Out> => {
  const { source, schema, shape, checkOf, codeOf } = parts;
  const { coerce, nullTokens, trim, columns, checks, levels, maxIssuesPerRow, maxValueChars, locale } = settings;
  const readings = columnReadings(columns, shape, true);
  const checked = exactSchema(schema, shape, readings);
  const matches = checkOf(checked);
  const reading: ReadSettings = { nullTokens: new Set(nullTokens), coerce, trim };
  const readRow = rowReader(shape, reading, locale, readings, false);
  const finishes = [...readings.values()].some(({ finish }) => finish !== undefined);
  const readFinished = finishes ? rowReader(shape, reading, locale, readings, true) : readRow;

  const issues: IssueContext = {
    ...{ shape, readings, maxIssuesPerRow, maxValueChars, locale },
    levels: createLevels(levels, schema, locale),
  };
  const checkRead = runChecks<Out>(checks, issues);

  const check = (record: CsvRecord, rowNumber = 0): RowOutcome<Out> => {
    const value = readRow(record);
    const finished = (): Record<string, unknown> => (finishes ? readFinished(record) : value);
    if (matches(value)) return checkRead(finished() as Out, record, rowNumber);
    const found = rowIssues(givenNames(matches.errors ?? []), record, issues);
    const failed = isError(found[0]!);
    const made = failed ? value : finished();
    takeText(made, record, readings);
    return failed ? { ok: false, value: made, issues: found } : checkRead(made as Out, record, rowNumber, found);
  };

  return {
    schema: source,
    columns: shape.columns,
    required: shape.required,
    checkHeader: (names) => checkHeader(names, shape, locale),
    check,
    read: (record) => readFinished(record) as Out,
    ...(checks.length === 0 ? {} : { checkRead }),
    compileFast: createFast({
      ...{ schema: checked, shape, issues, readings },
      code: codeOf({ ...reading, shape, readings }),
      readerOf: (name, finished) => readColumn(shape.column(name), readings.get(name), reading, finished),
    }),
  };
};
