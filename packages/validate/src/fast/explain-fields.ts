import { cutValue, type RowIssue } from '@pipeline/core';
import type { ErrorObject } from 'ajv';
import { givenNames } from '../exact/exact-names.ts';
import { type IssueContext, isError, rowIssues, tooLong } from '../row-issues.ts';
import { pointerStep } from '../schema-keywords.ts';
import type { ColumnJudge } from './judge.ts';
import type { ColumnPlan } from './plan-columns.ts';

/**
 * Says all that is wrong with the record that was checked last, by the columns that failed alone: the first `count` of
 * `failed`. `undefined` where it takes the whole row.
 */
export type ExplainFields = (failed: Uint16Array, count: number) => readonly RowIssue[] | undefined;

/** Keywords whose message is told by the schema, whatever the value. */
const plainKeywords = new Set([
  ...['type', 'const', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'multipleOf'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

/** What the schema says about a column is worked out once for each of its keywords. */
type Known = Map<string, RowIssue>;

interface JudgedColumn {
  readonly plan: ColumnPlan;
  readonly judge: ColumnJudge;
}

export const createExplain = (
  columns: readonly JudgedColumn[],
  context: IssueContext & { readonly order: readonly string[]; readonly required: readonly string[] },
): ExplainFields => {
  const { maxIssuesPerRow, maxValueChars, levels, order, required } = context;
  const known = columns.map((): Known => new Map());
  // As ajv goes about a row: what is missing, then columns that are not named one by one, then those that are.
  const named = new Map(order.map((name, place) => [name, columns.length + place]));
  const rank = columns.map(({ plan }, column) => named.get(plan.name) ?? column);
  const missingRank = columns.map(({ plan }) => required.indexOf(plan.name) - required.length);

  const ofColumn = (column: number): { rank: number; issues: readonly RowIssue[] } => {
    const { plan, judge } = columns[column]!;
    const { text, errors } = judge.failure;
    if (errors !== 'missing') return { rank: rank[column]!, issues: issuesOf(column, givenNames(errors), text) };
    const error = {
      keyword: 'required',
      instancePath: '',
      schemaPath: '#/required',
      params: { missingProperty: plan.name },
    };
    return { rank: missingRank[column]!, issues: [issueOf(column, error, '', text)] };
  };

  const issueOf = (column: number, error: ErrorObject, instancePath: string, text: string): RowIssue => {
    const keep = known[column]!;
    const before = keep.get(error.schemaPath);
    if (before !== undefined) {
      const { code, rule, column: name, message, hint, severity } = before;
      const value = cutValue(text, maxValueChars);
      // Two literals rather than a spread, which takes longer than all else here.
      return hint === undefined
        ? { code, rule, column: name!, value, message, severity }
        : { code, rule, column: name!, value, message, hint, severity };
    }
    const schemaPath = error.keyword === 'required' ? error.schemaPath : pathOf(column, error);
    const [issue] = rowIssues(
      [{ ...error, instancePath, schemaPath }],
      { [columns[column]!.plan.name]: text },
      context,
    );
    keep.set(error.schemaPath, issue!);
    return issue!;
  };

  /** Where a keyword of a column's schema stands in that of the row. */
  const pathOf = (column: number, { schemaPath }: ErrorObject): string => {
    const { name } = columns[column]!.plan;
    const above = named.has(name)
      ? `properties/${encodeURIComponent(pointerStep(name).slice(1))}`
      : 'additionalProperties';
    return `#/${above}${schemaPath.slice(1)}`;
  };

  const places = columns.map(({ plan }) => pointerStep(plan.name));
  const issuesOf = (column: number, errors: readonly ErrorObject[], text: string): readonly RowIssue[] => {
    const [only] = errors;
    const place = places[column]!;
    const plain = errors.length === 1 && plainKeywords.has(only!.keyword) && only!.instancePath === '';
    if (plain && !(only!.keyword === 'type' && tooLong.test(text))) return [issueOf(column, only!, place, text)];
    const placed = errors.map((error) => ({
      ...error,
      instancePath: place + error.instancePath,
      schemaPath: pathOf(column, error),
    }));
    return rowIssues(placed, { [columns[column]!.plan.name]: text }, context);
  };

  return (failed, count) => {
    let issues: readonly RowIssue[];
    if (count === 1) issues = ofColumn(failed[0]!).issues;
    else {
      const all = Array.from(failed.subarray(0, count), ofColumn);
      issues = all.toSorted((a, b) => a.rank - b.rank).flatMap((one) => one.issues);
      if (levels.mixed) issues = [...issues.filter(isError), ...issues.filter((issue) => !isError(issue))];
    }
    return issues.length === 0 || issues.length > maxIssuesPerRow ? undefined : issues;
  };
};
