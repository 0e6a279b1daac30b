import type { CsvEncoding } from '@pipeline/core';
import fc from 'fast-check';
import { encode } from './samples.ts';

/** A generated file and what it was written with. */
export interface GeneratedCsv {
  readonly bytes: Buffer;
  readonly encoding: CsvEncoding;
  readonly delimiter: string;
  readonly quote: string;
  readonly newline: 'lf' | 'crlf' | 'cr';
  readonly header: boolean;
  /** Some cell is in quotes; otherwise the quote cannot be seen. */
  readonly quotes: boolean;
  /** `undefined` where no quote in the file is escaped. */
  readonly escape: string | undefined;
}

const pad = (n: number): string => String(n).padStart(2, '0');
const nat = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const word = fc.constantFrom('Ann', 'late', 'blue', 'North', 'Köln', 'ok', 'Müller', 'tea', 'big', 'house', 'Paris');
const decimal = fc.tuple(nat(9999), nat(99));

/** Cells of one column are of one kind. */
const columnKinds: readonly fc.Arbitrary<string>[] = [
  nat(100_000).map(String),
  decimal.map(([whole, part]) => `${whole}.${pad(part)}`),
  decimal.map(([whole, part]) => `${whole},${pad(part)}`),
  fc.tuple(nat(26), nat(11), nat(27)).map(([y, m, d]) => `20${pad(y)}-${pad(m + 1)}-${pad(d + 1)}`),
  fc.tuple(nat(23), nat(59)).map(([h, m]) => `${pad(h)}:${pad(m)}`),
  fc.constantFrom('true', 'false'),
  fc.tuple(word, nat(999)).map(([name, n]) => `${name.toLowerCase().replace(/[^a-z]/g, 'x')}${n}@example.com`),
  fc.tuple(nat(25), nat(9999)).map(([letter, n]) => `${String.fromCharCode(65 + letter)}-${n}`),
  word,
  fc.tuple(word, word).map((two) => two.join(' ')),
  fc
    .array(fc.constantFrom('well, ', 'so; ', 'it is ', 'no: ', 'big ', 'new ', "don't ", 'the ', 'a|b '), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join('').trim()),
  fc
    .array(fc.constantFrom('line\n', 'a, b', ' c; d', ' say "x" ', "it's ", 'end'), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join('')),
];
/** Kinds whose columns tell a header from data. */
const typedKinds = 8;

const kinds = fc
  .tuple(nat(typedKinds - 1), fc.array(nat(columnKinds.length - 1), { minLength: 1, maxLength: 7 }), nat(7))
  .map(([typed, others, at]) => others.toSpliced(Math.min(at, others.length), 0, typed));

const cells = kinds.chain((columns) =>
  fc.record({
    names: fc.constant(columns.map((_, i) => ['id', 'amount', 'name', 'note', 'when', 'city', 'code', 'kind'][i]!)),
    rows: fc.array(
      fc.tuple(
        ...columns.map((kind) =>
          fc.oneof({ weight: 12, arbitrary: columnKinds[kind]! }, { weight: 1, arbitrary: fc.constant('') }),
        ),
      ),
      {
        minLength: 6,
        maxLength: 60,
        size: 'max',
      },
    ),
  }),
);

const newlines = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** Files of at least six rows and two columns, one of them typed, in any dialect and encoding that is detected. */
export const generatedCsv: fc.Arbitrary<GeneratedCsv> = fc
  .record({
    cells,
    delimiter: fc.constantFrom(',', ',', ';', ';', '\t', '|', '\x1f', '^', '~'),
    quote: fc.constantFrom('"', '"', '"', "'"),
    backslash: fc.constantFrom(false, false, true),
    newline: fc.constantFrom('lf', 'crlf', 'cr'),
    header: fc.boolean(),
    quoteAll: fc.constantFrom(false, false, true),
    encoding: fc.constantFrom('utf-8', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
    mark: fc.boolean(),
  })
  .map(({ cells: { names, rows }, delimiter, quote, backslash, newline, header, quoteAll, encoding, mark }) => {
    const escapeBy = backslash ? '\\' : quote;
    let quotes = false;
    let escaped = false;
    const write = (value: string): string => {
      if (!quoteAll && ![delimiter, '"', "'", '\n', '\r'].some((it) => value.includes(it))) return value;
      quotes = true;
      escaped ||= value.includes(quote);
      return quote + value.replaceAll(quote, escapeBy + quote) + quote;
    };
    const records = (header ? [names, ...rows] : rows).map((record) => record.map(write).join(delimiter));
    const text = records.map((record) => record + newlines[newline]).join('');
    const marked = mark && encoding !== 'windows-1252' ? `\uFEFF${text}` : text;
    const ascii = encoding === 'windows-1252' && /^[\0-\x7f]*$/.test(text);
    return {
      bytes: encode(marked, encoding),
      encoding: ascii ? 'utf-8' : encoding,
      delimiter,
      quote,
      newline,
      header,
      quotes,
      escape: escaped ? escapeBy : undefined,
    };
  });
