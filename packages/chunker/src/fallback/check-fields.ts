import { BAD_QUOTE, STRAY_QUOTE } from '../scan/states.ts';
import type { ParsedWindow } from './parse-window.ts';
import type { Tokens } from './tokens.ts';
import { betweenQuotes } from './unquote.ts';

/**
 * What csv-parse let pass in a record: it is told to read on, and does not say where it had to. So each field is read a
 * second time from its own bytes. Where the two do not agree the record is spoilt, whatever the reason.
 *
 * @param first - entry of `ends` of its first field
 * @param count - of its fields
 */
export const recordFlags = (
  { text, ends, values }: ParsedWindow,
  tokens: Tokens,
  { start, first, count }: { readonly start: number; readonly first: number; readonly count: number },
): number => {
  const { quote, delimiter } = tokens;
  let flags = 0;
  let from = start;
  for (let field = first; field < first + count; field++) {
    const end = ends[field]!;
    if (quote !== '' && text.startsWith(quote, from)) {
      const inner = betweenQuotes(text, from, end, tokens);
      if (inner === undefined || readByCsvParse(inner, tokens) !== values[field]) flags |= BAD_QUOTE;
    } else {
      const bare = text.slice(from, end);
      if (bare !== values[field]) flags |= BAD_QUOTE;
      if (quote !== '' && bare.includes(quote)) flags |= STRAY_QUOTE;
    }
    from = end + delimiter.length;
  }
  return flags;
};

/** What csv-parse makes of the text between quotes: it takes away an escape in front of anything, not only of a quote. */
const readByCsvParse = (inner: string, { quote, escape: mark }: Tokens): string => {
  if (mark === quote) return inner.replaceAll(quote + quote, () => quote);
  let value = '';
  let from = 0;
  for (let at = inner.indexOf(mark); at >= 0; at = inner.indexOf(mark, from + 1)) {
    value += inner.slice(from, at);
    from = at + mark.length;
  }
  return value + inner.slice(from);
};
