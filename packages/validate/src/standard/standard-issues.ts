import type { CsvRecord, RowIssue } from '@pipeline/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type IssueSettings, issueOf } from '../row-issues.ts';

/** What turning issues of a Standard Schema into issues of a row needs besides them. */
export interface StandardIssueContext {
  readonly vendor: string;
  readonly record: CsvRecord;
  /** The row as the schema got it. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly settings: IssueSettings;
}

/** What Zod, Valibot and ArkType tell beside message and path. */
interface KnownIssue extends StandardSchemaV1.Issue {
  readonly code?: unknown;
  readonly type?: unknown;
  readonly expected?: unknown;
  readonly received?: unknown;
  readonly actual?: unknown;
}

/** Makes the issues of a row out of those of a Standard Schema, at most one more than the cap. */
export const standardIssues = (
  issues: readonly StandardSchemaV1.Issue[],
  context: StandardIssueContext,
): readonly RowIssue[] => {
  const { maxIssuesPerRow, levels } = context.settings;
  // Where some are warnings, the errors may be the last.
  const kept = levels.mixed ? issues : issues.slice(0, maxIssuesPerRow + 1);
  return kept.map((issue) => rowIssue(issue, context));
};

const rowIssue = (issue: KnownIssue, context: StandardIssueContext): RowIssue => {
  const { record, value, vendor, settings } = context;
  const [step] = issue.path ?? [];
  const key = typeof step === 'object' ? step.key : step;
  const column = key === undefined ? undefined : String(key);
  const build = (rule: string, reason: string): RowIssue => {
    const severity = settings.levels.of(rule, column, '');
    return issueOf({ code: 'RULE_FAILED', rule, column, params: { reason }, severity }, record, settings);
  };
  // Libraries speak of `undefined` here, which people who mend a file have not heard of.
  if (column !== undefined && issue.path!.length === 1 && !Object.hasOwn(value, column))
    return build('required', Object.hasOwn(record, column) ? 'must not be empty' : 'is missing');
  const rule = [issue.code, issue.type].find(isRuleName) ?? vendor;
  return build(rule, reasonOf(issue, rule, column, context));
};

const isRuleName = (name: unknown): name is string => typeof name === 'string' && /^[\w.-]{1,64}$/.test(name);

/** The library's message, unless it quotes what was in the row: messages are mailed and logged. */
const reasonOf = (
  issue: KnownIssue,
  rule: string,
  column: string | undefined,
  { record }: StandardIssueContext,
): string => {
  const told = [issue.received, issue.actual].filter((text) => typeof text === 'string');
  const texts = column === undefined ? Object.values(record).filter(isTelling) : [record[column]];
  const secrets = [...told, ...texts].filter((text) => typeof text === 'string' && text !== '') as string[];
  const quotes = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  if (issue.message !== '' && !quotes(issue.message)) return issue.message;
  const expected = typeof issue.expected === 'string' ? `must be ${issue.expected}` : `fails ${rule}`;
  return texts.some((text) => isTelling(text) && expected.includes(text)) ? `fails ${rule}` : expected;
};

/** Texts of one or two characters stand in many a message by chance. */
const isTelling = (text: unknown): text is string => typeof text === 'string' && text.length > 2;
