import type { RowIssue } from '@pipeline/core';
import type { ErrorObject } from 'ajv';
import { cutText, type IssueContext, rowIssues, tooLong } from '../row-issues.ts';
import { pointerStep } from '../schema-keywords.ts';
import type { CheckFields, CompiledColumn, FailingFields } from './compile-fields.ts';

/**
 * Says all that is wrong with a record, by the columns that failed alone; `undefined` where that takes the whole row.
 */
export type ExplainFields = (...record: Parameters<CheckFields>) => readonly RowIssue[] | undefined;

/** Keywords whose message is told by the schema, whatever the value. */
const plainKeywords = new Set([
  ...['type', 'const', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'multipleOf'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

/** What the schema says about a column is worked out once for each of its keywords. */
type Known = Map<string, RowIssue>;

export const createExplain = (
  columns: readonly CompiledColumn[],
  failing: FailingFields,
  context: IssueContext & { readonly order: readonly string[]; readonly required: readonly string[] },
): ExplainFields => {
  const { maxIssuesPerRow, order, required } = context;
  const failed = new Uint16Array(columns.length);
  const known = columns.map((): Known => new Map());
  // As ajv goes about a row: what is missing, then columns that are not named one by one, then those that are.
  const named = new Map(order.map((name, place) => [name, columns.length + place]));
  const rank = columns.map(({ plan }, column) => named.get(plan.name) ?? column);
  const missingRank = columns.map(({ plan }) => required.indexOf(plan.name) - required.length);

  const ofColumn = (column: number, text: string): { rank: number; issues: readonly RowIssue[] } => {
    const { plan, read, validate } = columns[column]!;
    const value = read(text);
    if (value === undefined) {
      const error = {
        keyword: 'required',
        instancePath: '',
        schemaPath: '#/required',
        params: { missingProperty: plan.name },
      };
      return { rank: missingRank[column]!, issues: [issueOf(column, error, text)] };
    }
    if (validate(value)) return { rank: 0, issues: [] };
    return { rank: rank[column]!, issues: issuesOf(column, validate.errors ?? [], text) };
  };

  const issueOf = (column: number, error: ErrorObject, text: string): RowIssue => {
    const keep = known[column]!;
    const before = keep.get(error.schemaPath);
    if (before !== undefined) return { ...before, value: cutText(text) };
    const [issue] = rowIssues([error], { [columns[column]!.plan.name]: text }, context);
    keep.set(error.schemaPath, issue!);
    return issue!;
  };

  const issuesOf = (column: number, errors: readonly ErrorObject[], text: string): readonly RowIssue[] => {
    const { name } = columns[column]!.plan;
    const place = pointerStep(name);
    const placed = errors.map((error) => ({ ...error, instancePath: place + error.instancePath }));
    const [only] = placed;
    const plain = placed.length === 1 && plainKeywords.has(only!.keyword) && only!.instancePath === place;
    if (plain && !(only!.keyword === 'type' && tooLong.test(text))) return [issueOf(column, only!, text)];
    return rowIssues(placed, { [name]: text }, context);
  };

  return (bytes, ends, at, field) => {
    const count = failing(bytes, ends, at, field, failed);
    if (count === 1) {
      const { issues } = ofColumn(failed[0]!, field(failed[0]!));
      return issues.length === 0 || issues.length > maxIssuesPerRow ? undefined : issues;
    }
    const all = Array.from(failed.subarray(0, count), (column) => ofColumn(column, field(column)));
    const issues = all.toSorted((a, b) => a.rank - b.rank).flatMap((one) => one.issues);
    return issues.length === 0 || issues.length > maxIssuesPerRow ? undefined : issues;
  };
};
