import fc from 'fast-check';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';

/** A file in which nothing is wrong, and what it holds. */
export interface WellFormed {
  readonly dialect: ScanDialect;
  readonly text: string;
  /** Names that code which is made of them must bear. */
  readonly columns: readonly string[];
  readonly strippedColumns: number;
  /** All values, stripped ones included. */
  readonly rows: readonly (readonly string[])[];
}

const names = ['id', 'na me', 'grö"ße', '0', 'li\nne', '\u2028', '`$' + '{x}', "\\']);//"];

/** The text of a value in a file. */
export const written = (
  value: string,
  { delimiter, quote, escape: escaper = quote, comment = '' }: ScanDialect,
  always: boolean,
): string => {
  if (quote === '') return value;
  const special = [delimiter, quote, '\n', '\r'].some((text) => value.includes(text));
  if (!always && !special && (comment === '' || !value.startsWith(comment))) return value;
  const inner = escaper === quote ? value : value.replaceAll(escaper, () => escaper + escaper);
  return quote + inner.replaceAll(quote, () => escaper + quote) + quote;
};

const dialects: fc.Arbitrary<ScanDialect> = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '\x1f'),
    quote: fc.constantFrom('"', '"', "'", ''),
    escaped: fc.boolean(),
    commented: fc.boolean(),
    loneCr: fc.boolean(),
  })
  .map(({ delimiter, quote, escaped, commented, loneCr }) => ({
    delimiter,
    quote,
    ...(escaped && quote !== '' ? { escape: '\\' } : {}),
    ...(commented ? { comment: '#' } : {}),
    ...(loneCr ? { loneCr } : {}),
  }));

const newlinesOf = ({ loneCr = false }: ScanDialect): readonly string[] =>
  loneCr ? ['\n', '\r\n', '\r'] : ['\n', '\r\n'];

const rowsOf = ({ delimiter, quote }: ScanDialect, width: number): fc.Arbitrary<string[][]> => {
  const texts = ['x', 'yz', '', ' ', 'é', '日本', '😀', '\\', '#', '0', '$&'];
  const pieces = quote === '' ? texts.slice(0, 7) : [...texts, delimiter, quote, quote, '\n', '\r\n', '\r'];
  const value = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((all) => all.join(''));
  const row =
    width > 8
      ? fc
          .array(value, { minLength: 3, maxLength: 3 })
          .map((few) => Array.from({ length: width }, (_, i) => few[i % 3]!))
      : fc.array(value, { minLength: width, maxLength: width });
  return fc.array(row, { maxLength: width > 8 ? 4 : 25, size: 'max' });
};

/** Files of every dialect that csv-parse knows, also with more columns than code is made for. */
export const wellFormed: fc.Arbitrary<WellFormed> = fc
  .tuple(
    dialects,
    fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 8 }) }, { weight: 1, arbitrary: fc.constant(300) }),
  )
  .chain(([dialect, width]) =>
    fc.record({
      dialect: fc.constant(dialect),
      width: fc.constant(width),
      stripped: fc.integer({ min: 0, max: Math.min(2, width - 1) }),
      rows: rowsOf(dialect, width),
      newlines: fc.array(fc.constantFrom(...newlinesOf(dialect)), { minLength: 1, maxLength: 5 }),
      always: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      comments: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      lastNewline: fc.boolean(),
    }),
  )
  .map(({ dialect, width, stripped, rows, newlines, always, comments, lastNewline }) => {
    const { comment } = dialect;
    let cell = 0;
    const lines = rows.map((row, i) => {
      const text = row.map((value) => written(value, dialect, always[cell++ % always.length]!)).join(dialect.delimiter);
      // Behind a lone CR, an LF that ends a blank line would be taken for a part of it.
      const newline = text === '' && dialect.loneCr === true ? '\r\n' : newlines[i % newlines.length]!;
      // A lone empty field without a newline is no record at all.
      const last = i === rows.length - 1 && !lastNewline && text !== '' ? '' : newline;
      const before = comment !== undefined && comments[i % comments.length]! ? `${comment} no "row, é${newline}` : '';
      return before + text + last;
    });
    const columns = Array.from({ length: width - stripped }, (_, i) => names[i] ?? `c${i}`);
    return { dialect, text: lines.join(''), columns, strippedColumns: stripped, rows };
  });
