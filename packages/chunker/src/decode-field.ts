/**
 * The value of a field: quotes around it removed and doubled quotes made single. Text that does not begin with a quote,
 * or whose quotes are spoilt, is its own value.
 */
export const decodeField = (text: string, quote: string): string => {
  if (quote === '' || text.length < 2 || text[0] !== quote || text.at(-1) !== quote) return text;
  const inner = text.slice(1, -1);
  return inner.includes(quote) ? inner.replaceAll(quote + quote, () => quote) : inner;
};
