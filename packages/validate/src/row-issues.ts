import { type IssueParts, type IssueWording, makeIssue, type RowIssue } from '@pipeline/core';
import type { ErrorObject } from 'ajv';
import type { ColumnReadings } from './columns/column-options.ts';
import { type Finding, foldErrors } from './findings.ts';
import type { Levels, Severity } from './levels.ts';
import { expectedKinds, reasonOf } from './reasons.ts';
import type { RowShape } from './row-shape.ts';
import { quote } from './rule-error.ts';

/** What is the same in all issues that a rule makes. */
export interface IssueSettings {
  readonly maxIssuesPerRow: number;
  /** Longer values are cut. */
  readonly maxValueChars: number;
  readonly locale: string | undefined;
  /** How grave an issue is. */
  readonly levels: Levels;
}

/** What turning failures into issues needs besides them. */
export interface IssueContext extends IssueSettings {
  readonly shape: RowShape;
  /** Columns with a reading of their own. */
  readonly readings?: ColumnReadings;
}

/** The source text of a column, as it is. */
const fieldText = (record: object, column: string | undefined): string | undefined => {
  if (column === undefined || !Object.hasOwn(record, column)) return undefined;
  const value = (record as Record<string, unknown>)[column];
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  return String(value);
};

/** Makes an issue of a row, with the text of its column as the value. */
export const issueOf = (parts: Omit<IssueParts, 'value'>, record: object, wording: IssueWording): RowIssue =>
  makeIssue({ ...parts, value: fieldText(record, parts.column) }, wording);

/** Makes the issues of a row out of what ajv found: each said once, errors first, at most as many as the cap. */
export const rowIssues = (errors: readonly ErrorObject[], record: object, context: IssueContext): RowIssue[] => {
  const { levels, maxIssuesPerRow } = context;
  const findings = foldErrors(errors);
  const mistyped = new Set(findings.filter(({ expected }) => expected !== undefined).map(({ column }) => column));
  const issues: RowIssue[] = [];
  const seen = new Set<string>();
  for (const { finding, severity } of errorsFirst(findings, levels)) {
    // Of a column with the wrong type, that alone is said: once, and not again as a value that no list names.
    if (finding.expected === undefined && isListed(finding) && mistyped.has(finding.column)) continue;
    const issue = issueOfFinding(finding, severity, record, context);
    const key = `${issue.rule}|${issue.column ?? ''}|${finding.expected === undefined ? issue.message : ''}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (issues.length < maxIssuesPerRow) issues.push(issue);
  }
  return seen.size > issues.length ? withOverflow(issues, seen.size, record, context) : issues;
};

interface Graded {
  readonly finding: Finding;
  readonly severity: Severity;
}

/** So that the cap never leaves a failed row without what failed it. */
const errorsFirst = (findings: readonly Finding[], levels: Levels): readonly Graded[] => {
  const all = findings.map((finding): Graded => {
    const { error, column, expected } = finding;
    return { finding, severity: levels.of(expected === undefined ? error.keyword : 'type', column, error.schemaPath) };
  });
  return levels.mixed ? [...all.filter(isError), ...all.filter((one) => !isError(one))] : all;
};

/** Whether something rejects its row. */
export const isError = ({ severity }: { readonly severity: Severity }): boolean => severity === 'error';

const isListed = ({ error }: Finding): boolean => error.keyword === 'enum' || error.keyword === 'const';

const issueOfFinding = (finding: Finding, severity: Severity, record: object, context: IssueContext): RowIssue => {
  const { column, expected, error } = finding;
  if (expected === undefined) {
    const params = { reason: reasonFor(finding, record) };
    return issueOf({ code: 'RULE_FAILED', rule: error.keyword, column, params, severity }, record, context);
  }
  const own = column === undefined ? undefined : context.readings?.get(column)?.expected;
  const params = { expected: own ?? expectedFor(expected, column, record, context.shape) };
  return issueOf({ code: 'RULE_TYPE', rule: 'type', column, params, severity }, record, context);
};

/**
 * Says at the cap how many more there are, as gravely as the first; where the cap is one issue, that is worth more than the
 * count.
 *
 * @param issues - as many as the cap
 * @param found - issues in all
 */
export const withOverflow = (
  issues: RowIssue[],
  found: number,
  record: object,
  settings: Pick<IssueSettings, 'locale' | 'maxValueChars'>,
): RowIssue[] => {
  if (issues.length < 2) return issues;
  const listed = issues.length - 1;
  const params = { reason: `has ${found - listed} more issues than the ${listed} listed` };
  const { severity } = issues[0]!;
  const last = issueOf({ code: 'RULE_FAILED', rule: 'maxIssuesPerRow', params, severity }, record, settings);
  return [...issues.slice(0, -1), last];
};

const maxBranches = 5;

const reasonFor = (finding: Finding, record: object): string => {
  const { error, branches, column } = finding;
  if (branches.length === 0 || (error.params as { passingSchemas?: unknown }).passingSchemas != null) {
    if (error.keyword === 'oneOf') return 'matches more than one of the alternatives, must match exactly one';
    return reasonOf(error, { present: column !== undefined && Object.hasOwn(record, column) });
  }
  const said = branches.map((branch) =>
    [...new Set(branch.map((part) => saidOf(part, column, record)))].slice(0, 3).join(' and '),
  );
  const unique = [...new Set(said)];
  const more = unique.length > maxBranches ? `, or ${unique.length - maxBranches} more alternatives` : '';
  return unique.slice(0, maxBranches).join(', or ') + more;
};

const saidOf = (part: Finding, outer: string | undefined, record: object): string => {
  const reason = part.expected === undefined ? reasonFor(part, record) : `must be ${expectedKinds(part.expected)}`;
  return part.column === undefined || part.column === outer ? reason : `column ${quote(part.column)} ${reason}`;
};

/** What stands in a column is why a number in it is none. */
export const tooLong = /^-?\d{16,}$/;

const expectedFor = (
  expected: readonly string[],
  column: string | undefined,
  record: object,
  shape: RowShape,
): string => {
  const { kinds, always } = column === undefined ? { kinds: undefined, always: false } : shape.column(column);
  const names = always && kinds !== undefined ? kinds : new Set(expected);
  const text = fieldText(record, column);
  const numeric = names.has('integer') || names.has('number');
  return numeric && text !== undefined && tooLong.test(text)
    ? `${expectedKinds(names)} within ±9007199254740991 (type string keeps longer ones)`
    : expectedKinds(names);
};
