import type { CsvDialect } from '@pipeline/core';
import fc from 'fast-check';

/** Bytes that matter to the grammar, and a few that must not. */
export const nastyBytes = (
  delimiter: string,
  quote: string,
  maxLength = 60,
  more: readonly string[] = [],
): fc.Arbitrary<Buffer> => {
  const grammar = [delimiter, delimiter, quote, quote, '\r', '\n', '\r\n', `${quote}${quote}`];
  return fc
    .array(
      fc.constantFrom('a', ' ', ...grammar, ';', 'é', ...more),
      { maxLength, size: 'max' }, // the default size keeps lists near ten
    )
    .map((pieces) => Buffer.from(pieces.join('')));
};

export const sizes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 6 });

/** A dialect without its newline, which is read from the file. */
export type Dialect = Omit<CsvDialect, 'newline'>;

export const dialects: fc.Arbitrary<Dialect> = fc.constantFrom<Dialect>(
  { delimiter: ',', quote: '"' },
  { delimiter: ';', quote: '"' },
  { delimiter: '\t', quote: "'" },
  { delimiter: '|', quote: '' },
  { delimiter: '\x1f', quote: 'a' },
  { delimiter: ',', quote: '"', escape: '\\' },
  { delimiter: ',', quote: '"', loneCr: true },
  { delimiter: ',', quote: '"', comment: '#' },
  { delimiter: ';', quote: "'", escape: '\\', comment: '#', loneCr: true },
  { delimiter: '|', quote: '', comment: '#', loneCr: true },
);

/** What a dialect has beside delimiter and quote, to be mixed into nasty bytes. */
export const extras = ({ quote, escape: escaper, comment }: Dialect): string[] => [
  ...(escaper === undefined ? [] : [escaper, escaper, escaper + quote]),
  ...(comment === undefined ? [] : [comment, `\n${comment}`]),
];

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** A field of a well-formed row: its text in the file and its value. */
export const field: fc.Arbitrary<{ text: string; value: string }> = fc.oneof(
  fc.stringMatching(/^[a-z0-9 .é日-]{0,6}$/u).map((value) => ({ text: value, value })),
  fc
    .array(fc.constantFrom('x', ',', '"', '\n', '\r\n', '\r', 'ü', ' '), { maxLength: 6 })
    .map((pieces) => pieces.join(''))
    .map((value) => ({ text: quoted(value), value })),
);

export interface CleanFile {
  readonly header: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly { text: string; value: string }[])[];
  readonly newlines: readonly string[];
  readonly bom: boolean;
  readonly lastNewline: boolean;
}

/** Files of well-formed rows, with newlines of either kind. */
export const cleanFile: fc.Arbitrary<CleanFile> = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc.record({
    columns: fc.constant(['id', 'na me', 'größe', 'note'].slice(0, width)),
    header: fc
      .constantFrom('\n', '\r\n')
      .map((newline) => ['id', '"na me"', 'größe', 'note'].slice(0, width).join(',') + newline),
    rows: fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 25, size: 'max' }),
    newlines: fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 4 }),
    bom: fc.boolean(),
    lastNewline: fc.boolean(),
  }),
);

/** The records of a file as they stand in it, newline included. */
export const recordTexts = ({ rows, newlines, lastNewline }: CleanFile): string[] =>
  rows.map((row, i) => {
    const text = row.map((cell) => cell.text).join(',');
    const last = i === rows.length - 1;
    // A lone empty field without a newline is no record at all.
    return last && !lastNewline && text !== '' ? text : text + newlines[i % newlines.length]!;
  });

export const fileText = (file: CleanFile): string =>
  (file.bom ? '\uFEFF' : '') + file.header + recordTexts(file).join('');
