import type { IssueCode, RowIssue } from './issues.ts';
import { formatHint, formatMessage, type MessageParams } from './messages.ts';

/** What an issue says; its texts come from the catalogue. */
export interface IssueParts {
  readonly code: IssueCode;
  /** What failed. */
  readonly rule: string;
  /** Absent where the whole row is wrong. */
  readonly column?: string | undefined;
  /** The offending text, which is cut. @default none is told */
  readonly value?: string | undefined;
  /** What fills the texts; `rule` and `column` are among them. @default {} */
  readonly params?: MessageParams;
  /** @default what the catalogue has */
  readonly hint?: string | undefined;
  /** @default 'error' */
  readonly severity?: RowIssue['severity'] | undefined;
}

/** How issues are worded. */
export interface IssueWording {
  /** A BCP 47 tag. @default 'en' */
  readonly locale?: string | undefined;
  /** Longer values are cut. @default 200 */
  readonly maxValueChars?: number;
}

/** Characters of a value that issues keep, unless a rule says otherwise. */
export const usualValueChars = 200;

/**
 * A value as issues keep it: cut to so many UTF-16 units, and never inside a surrogate pair.
 *
 * @param maxChars - from 0. @default 200
 * @example
 * cutValue('abcdef', 3); // 'abc'
 */
export const cutValue = (text: string, maxChars = usualValueChars): string => {
  if (text.length <= maxChars) return text;
  const last = text.charCodeAt(maxChars - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? maxChars - 1 : maxChars);
};

/**
 * Makes an issue with message and hint of the catalogue, its members in the order that all issues have.
 *
 * @example
 * const issue = makeIssue({ code: 'LOOKUP_MISSING', rule: 'rates', column: 'code', value: 'XX', params: { lookup: 'rates' } });
 * issue.message; // 'has no entry in rates'
 */
export const makeIssue = (
  { code, rule, column, value, params = {}, hint: own, severity = 'error' }: IssueParts,
  { locale, maxValueChars }: IssueWording = {},
): RowIssue => {
  const place = column === undefined ? {} : { column };
  const told = { rule, ...params, ...place };
  const hint = own ?? formatHint(code, told, locale);
  return {
    code,
    rule,
    ...place,
    ...(value === undefined ? {} : { value: cutValue(value, maxValueChars) }),
    message: formatMessage(code, told, locale),
    ...(hint === undefined ? {} : { hint }),
    severity,
  };
};
