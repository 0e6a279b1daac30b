import type { Dialect } from '../arbitraries.ts';

export interface ReferenceRecord {
  readonly start: number;
  /** Behind the last byte of content. */
  readonly end: number;
  /** Behind the newline. */
  readonly next: number;
  readonly fields: readonly { readonly start: number; readonly end: number; readonly value: string }[];
  readonly stray: boolean;
  readonly spoilt: boolean;
}

export interface ReferenceText {
  readonly records: readonly ReferenceRecord[];
  /** Where reading cannot go on, and how many records stand in front of it. */
  readonly failure?: {
    readonly code: 'CSV_UNCLOSED_QUOTE' | 'CSV_ROW_TOO_LARGE';
    readonly record: number;
    readonly offset: number;
  };
}

const inLatin1 = (text: string): string => Buffer.from(text).toString('latin1');

/**
 * The grammar for tokens of any length, read from the whole text with one position that moves, without regard to speed and
 * without csv-parse.
 */
export const parseReference = (
  bytes: Uint8Array,
  dialect: Dialect,
  maxRecordBytes = Number.POSITIVE_INFINITY,
): ReferenceText => {
  const text = Buffer.from(bytes).toString('latin1');
  const delimiter = inLatin1(dialect.delimiter);
  const quote = inLatin1(dialect.quote);
  const mark = inLatin1(dialect.escape ?? dialect.quote);
  const comment = inLatin1(dialect.comment ?? '');
  const size = text.length;
  const is = (p: number, token: string): boolean => token !== '' && text.startsWith(token, p);
  const newlineAt = (p: number): number =>
    is(p, '\r\n') ? 2 : is(p, '\n') || (dialect.loneCr === true && is(p, '\r')) ? 1 : 0;
  const readRecord = (start: number) => {
    let p = start;
    const fields: { start: number; end: number; value: string }[] = [];
    const quotes: { open: number; close: number }[] = [];
    let stray = false;
    let spoilt = false;
    for (;;) {
      const from = p;
      let value = '';
      if (is(p, quote)) {
        p += quote.length;
        for (;;) {
          const escapes = mark === quote ? is(p, quote + quote) : is(p, mark);
          const token = [quote, mark].find((one) => escapes && is(p + mark.length, one));
          if (token !== undefined) {
            value += token;
            p += mark.length + token.length;
          } else if (escapes && p + mark.length < size) {
            value += text.slice(p, p + mark.length + 1);
            p += mark.length + 1;
          } else if (p >= size || is(p, quote)) break;
          else value += text[p++];
        }
        quotes.push({ open: from, close: p < size ? p : Number.POSITIVE_INFINITY });
        if (p < size) p += quote.length;
        if (p < size && !is(p, delimiter) && newlineAt(p) === 0) spoilt = true;
      }
      while (p < size && !is(p, delimiter) && newlineAt(p) === 0) {
        if (is(p, quote)) stray = true;
        value += text[p++];
      }
      fields.push({ start: from, end: p, value: Buffer.from(value, 'latin1').toString('utf8') });
      if (!is(p, delimiter)) break;
      p += delimiter.length;
    }
    return { record: { start, end: p, next: p + newlineAt(p), fields, stray, spoilt }, quotes };
  };

  const records: ReferenceRecord[] = [];
  const failed = (code: 'CSV_UNCLOSED_QUOTE' | 'CSV_ROW_TOO_LARGE', offset: number): ReferenceText => ({
    records,
    failure: { code, record: records.length, offset },
  });
  for (let p = 0; p < size; ) {
    if (is(p, comment)) {
      let end = p;
      while (end < size && newlineAt(end) === 0) end++;
      if (end - p > maxRecordBytes) return failed('CSV_ROW_TOO_LARGE', p);
      p = end + newlineAt(end);
      continue;
    }
    const { record, quotes } = readRecord(p);
    const cap = p + maxRecordBytes + 2;
    const open = quotes.find((pair) => pair.open < cap && pair.close >= Math.min(cap, size));
    if (record.end - p > maxRecordBytes || quotes.some(({ close }) => close >= size))
      return open === undefined ? failed('CSV_ROW_TOO_LARGE', p) : failed('CSV_UNCLOSED_QUOTE', open.open);
    records.push(record);
    p = record.next;
  }
  return { records };
};
