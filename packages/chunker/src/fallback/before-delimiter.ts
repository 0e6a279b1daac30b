import type { CsvDialect } from '@pipeline/core';
import { knownToScanner } from '../scan/known-to-scanner.ts';
import { parseWindow } from './parse-window.ts';
import { runsIntoDelimiter, tokensOf } from './tokens.ts';

/**
 * A record, without its newline, behind which a delimiter can be put. Where its last field ends as the delimiter begins
 * (`a|` before `||`) that field is quoted; all else, and what cannot be quoted, stays as it is.
 *
 * @param record - in UTF-8
 * @example
 * Buffer.from(beforeDelimiter(Buffer.from('1||a|'), { delimiter: '||', quote: '"' })).toString(); // '1||"a|"'
 */
export const beforeDelimiter = (record: Uint8Array, dialect: Omit<CsvDialect, 'newline'>): Uint8Array => {
  if (knownToScanner(dialect) || dialect.quote === '') return record;
  const tokens = tokensOf(dialect);
  const bytes = Buffer.from(record);
  if (!runsIntoDelimiter(bytes.toString('latin1'), tokens.delimiter)) return record;
  const { text, starts, ends, counts } = parseWindow(bytes, tokens, { final: true, most: 1 });
  const fields = counts[0] ?? 0;
  const start = fields > 1 ? ends[fields - 2]! + tokens.delimiter.length : (starts[0] ?? text.length);
  const field = text.slice(start);
  if (!runsIntoDelimiter(field, tokens.delimiter) || field.startsWith(tokens.quote)) return record;
  const { quote, escape: mark } = tokens;
  const once = mark === quote ? field : field.replaceAll(mark, () => mark + mark);
  const quoted = quote + once.replaceAll(quote, () => mark + quote) + quote;
  return Buffer.from(text.slice(0, start) + quoted, 'latin1');
};
