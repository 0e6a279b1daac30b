import type { CsvDialect } from '@pipeline/core';
import type { QuoteRules } from '../read/decode-field.ts';

/**
 * The tokens of a dialect in Latin-1, as the texts are in which they are looked for: one character for each byte of UTF-8,
 * so that places count bytes whatever the bytes are. A token that the dialect lacks is `''`.
 */
export interface Tokens extends QuoteRules {
  readonly delimiter: string;
  readonly comment: string;
  /** A CR that no LF follows ends a record too. */
  readonly loneCr: boolean;
  /** Length of the longest. */
  readonly longest: number;
}

const inLatin1 = (token: string): string => Buffer.from(token).toString('latin1');

/** The tokens as they stand in UTF-8. */
export const tokensOf = (dialect: Omit<CsvDialect, 'newline'>): Tokens => {
  const { delimiter, quote, escape: mark = quote, comment = '', loneCr = false } = dialect;
  const [d, q, e, c] = [delimiter, quote, quote === '' ? '' : mark, comment].map(inLatin1) as [
    string,
    string,
    string,
    string,
  ];
  const longest = Math.max(d.length, q.length, e.length, c.length);
  return { delimiter: d, quote: q, escape: e, comment: c, loneCr, longest };
};

/**
 * Whether a delimiter behind a field would be read earlier than where it stands, since the field ends like the delimiter
 * begins: `a|` before `||` is `a` and then `|`.
 */
export const runsIntoDelimiter = (field: string, delimiter: string): boolean => {
  const tail = field.slice(Math.max(0, field.length - delimiter.length + 1));
  return (tail + delimiter).indexOf(delimiter) < tail.length;
};
