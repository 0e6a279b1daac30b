import { formatMessage, type IssueCode, type RowIssue } from '@pipeline/core';
import type { ErrorObject } from 'ajv';
import { type Finding, foldErrors } from './findings.ts';
import { expectedKinds, reasonOf } from './reasons.ts';
import type { RowShape } from './row-shape.ts';
import { quote } from './rule-error.ts';

/** What turning failures into issues needs besides them. */
export interface IssueContext {
  readonly shape: RowShape;
  readonly maxIssuesPerRow: number;
  readonly locale: string | undefined;
}

const maxValueChars = 200;

/** The source text of a column, cut to 200 characters and never inside a surrogate pair. */
export const fieldText = (record: object, column: string | undefined): string | undefined => {
  if (column === undefined || !Object.hasOwn(record, column)) return undefined;
  const value = (record as Record<string, unknown>)[column];
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  return cutText(String(value));
};

/** A text as issues keep it. */
export const cutText = (text: string): string => {
  if (text.length <= maxValueChars) return text;
  const last = text.charCodeAt(maxValueChars - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? maxValueChars - 1 : maxValueChars);
};

/** Builds an issue of a row; absent parts are left out. */
export const issueOf = (
  code: IssueCode,
  rule: string,
  column: string | undefined,
  record: object,
  message: string,
  severity: RowIssue['severity'] = 'error',
): RowIssue => {
  const value = fieldText(record, column);
  return {
    code,
    rule,
    ...(column === undefined ? {} : { column }),
    ...(value === undefined ? {} : { value }),
    message,
    severity,
  };
};

/** Makes the issues of a row out of what ajv found: each said once, at most as many as the cap. */
export const rowIssues = (errors: readonly ErrorObject[], record: object, context: IssueContext): RowIssue[] => {
  const findings = foldErrors(errors);
  const mistyped = new Set(findings.filter(({ expected }) => expected !== undefined).map(({ column }) => column));
  const issues: RowIssue[] = [];
  const seen = new Set<string>();
  for (const finding of findings) {
    // Of a column with the wrong type, that alone is said: once, and not again as a value that no list names.
    if (finding.expected === undefined && isListed(finding) && mistyped.has(finding.column)) continue;
    const issue = issueOfFinding(finding, record, context);
    const key = `${issue.rule}|${issue.column ?? ''}|${finding.expected === undefined ? issue.message : ''}`;
    if (seen.has(key)) continue;
    if (issues.length === context.maxIssuesPerRow) return withOverflow(issues, record, context.locale);
    seen.add(key);
    issues.push(issue);
  }
  return issues;
};

const isListed = ({ error }: Finding): boolean => error.keyword === 'enum' || error.keyword === 'const';

const issueOfFinding = (finding: Finding, record: object, { shape, locale }: IssueContext): RowIssue => {
  const { column, expected, error } = finding;
  if (expected === undefined) {
    const reason = reasonFor(finding, record);
    return issueOf('RULE_FAILED', error.keyword, column, record, formatMessage('RULE_FAILED', { reason }, locale));
  }
  const params = { expected: expectedFor(expected, column, record, shape) };
  return issueOf('RULE_TYPE', 'type', column, record, formatMessage('RULE_TYPE', params, locale));
};

/** Says at the cap that there is more; where the cap is one issue, that issue is worth more than the hint. */
export const withOverflow = (
  issues: RowIssue[],
  record: object,
  locale: string | undefined,
  severity?: RowIssue['severity'],
): RowIssue[] => {
  if (issues.length < 2) return issues;
  const reason = `has more issues than the ${issues.length - 1} listed`;
  const hint = issueOf(
    'RULE_FAILED',
    'maxIssuesPerRow',
    undefined,
    record,
    formatMessage('RULE_FAILED', { reason }, locale),
    severity,
  );
  return [...issues.slice(0, -1), hint];
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
