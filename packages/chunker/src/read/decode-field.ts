import type { CsvDialect } from '@pipeline/core';

/** How quotes are read. */
export interface QuoteRules {
  readonly quote: string;
  /** Makes the character behind it text; the quote itself where it is doubled. */
  readonly escape: string;
}

/** The quote rules of a dialect, or `undefined` where nothing is quoted. */
export const quoteRules = (dialect: Pick<CsvDialect, 'quote' | 'escape'>): QuoteRules | undefined =>
  dialect.quote === '' ? undefined : { quote: dialect.quote, escape: dialect.escape ?? dialect.quote };

/**
 * The value of the field at `[start, end)` of a text: quotes around it removed, doubled or escaped ones made plain. A field
 * that does not begin with a quote, or whose quotes are spoilt, is its own value.
 */
export const decodeField = (text: string, start: number, end: number, { quote, escape: mark }: QuoteRules): string => {
  if (end - start < 2 || text[start] !== quote || text[end - 1] !== quote) return text.substring(start, end);
  const inner = text.substring(start + 1, end - 1);
  const first = inner.indexOf(mark);
  if (first < 0) return inner;
  return mark === quote ? undoubled(inner, quote, first) : unescaped(inner, quote, mark);
};

/** Half the time of `replaceAll`. A quote that has no pair, which spoils its field, stays. */
const undoubled = (inner: string, quote: string, first: number): string => {
  let value = '';
  let from = 0;
  for (let at = first; at >= 0; at = inner.indexOf(quote, from)) {
    value += inner.slice(from, at + 1);
    from = inner[at + 1] === quote ? at + 2 : at + 1;
  }
  return value + inner.slice(from);
};

/** An escape character goes only in front of a quote or of itself; elsewhere it is text. */
const unescaped = (inner: string, quote: string, mark: string): string => {
  let value = '';
  let from = 0;
  for (let at = inner.indexOf(mark); at >= 0; at = inner.indexOf(mark, at)) {
    const next = inner[at + 1];
    if (next !== quote && next !== mark) {
      at++;
      continue;
    }
    value += inner.slice(from, at) + next;
    at += 2;
    from = at;
  }
  return value + inner.slice(from);
};
