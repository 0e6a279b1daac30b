/** A field as the reference sees it. */
export interface ReferenceField {
  readonly start: number;
  readonly end: number;
  /** The value's bytes; meaningless in a spoilt record. */
  readonly value: Uint8Array;
}

export interface ReferenceRecord {
  readonly start: number;
  /** Behind the last byte of content. */
  readonly end: number;
  /** Behind the newline. */
  readonly next: number;
  /** One field that is the whole line, in a comment. */
  readonly fields: readonly ReferenceField[];
  /** A quote stands inside an unquoted field. */
  readonly stray: boolean;
  /** Bytes stand behind a closing quote. */
  readonly spoilt: boolean;
  /** Not a record but a line of comment. */
  readonly comment: boolean;
  /** Some field is quoted. */
  readonly quoted: boolean;
}

/** Where reading cannot go on. */
export interface ReferenceFailure {
  readonly code: 'CSV_UNCLOSED_QUOTE' | 'CSV_ROW_TOO_LARGE';
  /** Records in front of it. */
  readonly record: number;
  readonly offset: number;
}

export interface ReferenceDialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape?: string;
  readonly comment?: string;
  readonly loneCr?: boolean;
}

export interface ReferenceText {
  /** Records and comments, as they follow each other. */
  readonly lines: readonly ReferenceRecord[];
  /** Without the comments. */
  readonly records: readonly ReferenceRecord[];
  readonly failure?: ReferenceFailure;
}

const LF = 10;
const CR = 13;

/**
 * The grammar, read one byte at a time from the whole text, without regard to speed. It shares no code and no structure
 * with the scanner that it is held against: no states, only a position that moves.
 */
export const parseReference = (
  bytes: Uint8Array,
  { delimiter, quote, escape: escaper = quote, comment = '', loneCr = false }: ReferenceDialect,
  maxRecordBytes = Number.POSITIVE_INFINITY,
): ReferenceText => {
  const size = bytes.length;
  const is = (p: number, text: string): boolean => p < size && text !== '' && bytes[p] === text.charCodeAt(0);
  const newlineAt = (p: number): number => {
    if (bytes[p] === LF) return 1;
    if (bytes[p] !== CR) return 0;
    return bytes[p + 1] === LF ? 2 : loneCr ? 1 : 0;
  };
  /** Length of what stands for one byte of a quoted value at `p`; 0 at its closing quote. */
  const quotedAt = (p: number): { readonly length: number; readonly value: number } => {
    if (escaper === quote && is(p, quote)) return { length: is(p + 1, quote) ? 2 : 0, value: bytes[p]! };
    if (is(p, quote)) return { length: 0, value: 0 };
    if (is(p, escaper) && (is(p + 1, quote) || is(p + 1, escaper))) return { length: 2, value: bytes[p + 1]! };
    return { length: 1, value: bytes[p]! };
  };
  /** The record at `start`, with every quoted field that it has, closed or not. */
  const readRecord = (start: number) => {
    let p = start;
    const fields: ReferenceField[] = [];
    const quotes: { readonly open: number; readonly close: number }[] = [];
    let stray = false;
    let spoilt = false;
    for (;;) {
      const from = p;
      const value: number[] = [];
      if (is(p, quote)) {
        p++;
        for (let step = quotedAt(p); p < size && step.length > 0; step = quotedAt(p)) {
          value.push(step.value);
          p += step.length;
        }
        quotes.push({ open: from, close: p < size ? p : Number.POSITIVE_INFINITY });
        if (p < size) p++;
        if (p < size && !is(p, delimiter) && newlineAt(p) === 0) spoilt = true;
      }
      while (p < size && !is(p, delimiter) && newlineAt(p) === 0) {
        if (is(p, quote)) stray = true;
        value.push(bytes[p++]!);
      }
      fields.push({ start: from, end: p, value: Uint8Array.from(value) });
      if (!is(p, delimiter)) break;
      p++;
    }
    const record = { start, end: p, next: p + newlineAt(p), fields, stray, spoilt, comment: false };
    return { record: { ...record, quoted: quotes.length > 0 }, quotes };
  };
  const readComment = (start: number): ReferenceRecord => {
    let p = start;
    while (p < size && newlineAt(p) === 0) p++;
    const fields = [{ start, end: p, value: bytes.subarray(start, p) }];
    return { start, end: p, next: p + newlineAt(p), fields, stray: false, spoilt: false, comment: true, quoted: false };
  };

  const lines: ReferenceRecord[] = [];
  const records: ReferenceRecord[] = [];
  const failed = (code: ReferenceFailure['code'], offset: number): ReferenceText => ({
    lines,
    records,
    failure: { code, record: records.length, offset },
  });
  for (let p = 0; p < size; p = lines.at(-1)!.next) {
    if (is(p, comment)) {
      const line = readComment(p);
      if (line.end - p > maxRecordBytes) return failed('CSV_ROW_TOO_LARGE', p);
      if (line.next > line.end) lines.push(line);
      else break; // a comment that the source ends in is no line
      continue;
    }
    const { record, quotes } = readRecord(p);
    // A quote that is open where the cap and a newline end is to blame for what is too long.
    const cap = p + maxRecordBytes + 2;
    const open = quotes.find((pair) => pair.open < cap && pair.close >= Math.min(cap, size));
    if (open !== undefined) return failed('CSV_UNCLOSED_QUOTE', open.open);
    if (record.end - p > maxRecordBytes || quotes.some(({ close }) => close >= size))
      return failed('CSV_ROW_TOO_LARGE', p);
    lines.push(record);
    records.push(record);
  }
  return { lines, records };
};
