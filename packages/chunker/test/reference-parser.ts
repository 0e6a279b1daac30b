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
  readonly fields: readonly ReferenceField[];
  /** A quote stands inside an unquoted field. */
  readonly stray: boolean;
  /** Bytes stand behind a closing quote. */
  readonly spoilt: boolean;
}

/** A quote that is never closed. */
export interface ReferenceUnclosed {
  readonly record: number;
  readonly offset: number;
}

const LF = 10;
const CR = 13;

/**
 * The grammar, read one byte at a time from the whole text, without regard to speed. It shares no code and no structure
 * with the scanner that it is held against: no states, only a position that moves.
 */
export const parseReference = (
  bytes: Uint8Array,
  dialect: { readonly delimiter: string; readonly quote: string },
): { records: ReferenceRecord[]; unclosed?: ReferenceUnclosed } => {
  const delimiter = dialect.delimiter.codePointAt(0)!;
  const quote = dialect.quote === '' ? -1 : dialect.quote.codePointAt(0)!;
  const size = bytes.length;
  const newlineAt = (p: number): number => {
    if (bytes[p] === LF) return 1;
    return bytes[p] === CR && bytes[p + 1] === LF ? 2 : 0;
  };
  const records: ReferenceRecord[] = [];
  let p = 0;
  while (p < size) {
    const start = p;
    const fields: ReferenceField[] = [];
    let stray = false;
    let spoilt = false;
    for (;;) {
      const from = p;
      const value: number[] = [];
      if (bytes[p] === quote) {
        p++;
        for (;;) {
          if (p >= size) return { records, unclosed: { record: records.length, offset: from } };
          if (bytes[p] === quote && bytes[p + 1] === quote && p + 1 < size) {
            value.push(quote);
            p += 2;
          } else if (bytes[p] === quote) {
            p++;
            break;
          } else value.push(bytes[p++]!);
        }
        if (p < size && bytes[p] !== delimiter && newlineAt(p) === 0) spoilt = true;
      }
      while (p < size && bytes[p] !== delimiter && newlineAt(p) === 0) {
        if (bytes[p] === quote) stray = true;
        value.push(bytes[p++]!);
      }
      fields.push({ start: from, end: p, value: Uint8Array.from(value) });
      if (p < size && bytes[p] === delimiter) p++;
      else break;
    }
    const end = p;
    p += p < size ? newlineAt(p) : 0;
    records.push({ start, end, next: p, fields, stray, spoilt });
  }
  return { records };
};
