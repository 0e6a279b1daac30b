import type { QuoteRules } from '../read/decode-field.ts';

/**
 * Where the closing quote begins of a field that opens with one, or -1. Escaped is a quote that is doubled, and whatever
 * stands behind another escape.
 *
 * @param open - where the opening quote stands
 * @param end - the field's
 */
export const closingQuote = (text: string, open: number, end: number, { quote, escape: mark }: QuoteRules): number => {
  let at = open + quote.length;
  let close = text.indexOf(quote, at);
  if (mark === quote) {
    for (; close >= 0 && close < end; close = text.indexOf(quote, at)) {
      if (!text.startsWith(quote, close + quote.length)) return close;
      at = close + 2 * quote.length;
    }
    return -1;
  }
  let escaped = text.indexOf(mark, at);
  while (close >= 0 && close < end) {
    if (escaped < 0 || close < escaped) return close;
    at = escaped + mark.length + 1;
    escaped = text.indexOf(mark, at);
    if (close < at) close = text.indexOf(quote, at);
  }
  return -1;
};

/** What stands between the quotes of a field; `undefined` where it is not quoted, or its quotes are spoilt. */
export const betweenQuotes = (text: string, start: number, end: number, rules: QuoteRules): string | undefined => {
  if (rules.quote === '' || !text.startsWith(rules.quote, start)) return undefined;
  const close = closingQuote(text, start, end, rules);
  return close >= 0 && close + rules.quote.length === end ? text.slice(start + rules.quote.length, close) : undefined;
};

/**
 * The value of a field: quotes around it removed, doubled or escaped ones made plain. A field that does not begin with a
 * quote, or whose quotes are spoilt, is its own value. Like `decodeField`, for tokens of any length.
 */
export const unquote = (field: string, rules: QuoteRules | undefined): string => {
  if (rules === undefined) return field;
  const inner = betweenQuotes(field, 0, field.length, rules);
  if (inner === undefined) return field;
  const { quote, escape: mark } = rules;
  return mark === quote ? inner.replaceAll(quote + quote, () => quote) : unescaped(inner, quote, mark);
};

/** An escape goes only in front of a quote or of itself; elsewhere it is text. */
const unescaped = (inner: string, quote: string, mark: string): string => {
  let value = '';
  let from = 0;
  for (let at = inner.indexOf(mark); at >= 0; at = inner.indexOf(mark, at)) {
    const next = at + mark.length;
    const token = [quote, mark].find((one) => inner.startsWith(one, next));
    if (token === undefined) {
      at = next;
      continue;
    }
    value += inner.slice(from, at) + token;
    at = next + token.length;
    from = at;
  }
  return value + inner.slice(from);
};
