import { type CsvLimits, defaultLimits, type RecordPolicy, type TextPolicy } from '@pipeline/core';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDialect, type DialectOptions, parseRows } from '../../src/index.ts';
import { type Dialect, sizes } from '../arbitraries.ts';
import { failureOf, see, slicesOf } from '../helpers.ts';
import { rowsByAllWays } from '../rows-by-all-ways.ts';
import { fallbackDialect, tokensIn } from './arbitraries.ts';

const bars = { delimiter: '||', quote: '"' } as const;
const columns = ['a', 'b'];
interface Options {
  readonly dialect?: Dialect;
  readonly records?: RecordPolicy;
  readonly text?: TextPolicy;
  readonly limits?: CsvLimits;
}
const read = (bytes: string | Buffer, options: Options = {}) =>
  see(parseRows(slicesOf(Buffer.from(bytes as string), [3]), { dialect: bars, columns, ...options }));

describe('a well-formed file', () => {
  const quoted = (value: string, { quote, escape: mark = quote }: Dialect): string =>
    quote +
    (mark === quote ? value : value.replaceAll(mark, () => mark + mark)).replaceAll(quote, () => mark + quote) +
    quote;
  const file = fallbackDialect.chain((dialect) => {
    const tokens = tokensIn(dialect);
    const text = fc.array(
      fc.constantFrom('a', 'é', ' ', '\n', '\r\n', ...tokens, ...tokens.map((token) => token[0]!)),
      {
        maxLength: 5,
      },
    );
    const value = text.map((pieces) => (dialect.quote === '' ? 'plain' : pieces.join('').toWellFormed()));
    const rows = fc.array(fc.array(value, { minLength: 2, maxLength: 2 }), { maxLength: 20, size: 'max' });
    return rows.map((values) => ({ dialect, values }));
  });

  test('has the values that csv-parse reads, by name, by place and one by one', async () => {
    await fc.assert(
      fc.asyncProperty(file, sizes, async ({ dialect, values }, pieces) => {
        const { delimiter, quote, escape: mark = quote, comment } = dialect;
        const bare = (value: string): boolean => quote === '' || /^[a ]+$/.test(value);
        const line = (row: readonly string[]): string =>
          row.map((value) => (bare(value) ? value : quoted(value, dialect))).join(delimiter);
        const text = values.map((row) => `${line(row)}\r\n`).join('');
        const oracle = parse(text, {
          delimiter,
          quote: quote === '' ? null : quote,
          escape: quote === '' ? null : mark,
          record_delimiter: '\r\n',
          ...(comment === undefined ? {} : { comment, comment_no_infix: true }),
        });
        expect(oracle).toEqual(values);
        const slices = slicesOf(Buffer.from(text), pieces);
        const read = await rowsByAllWays(parseRows(slices, { dialect, columns, batchRows: 3 }));
        expect(read.values).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  test('may be of any length, and so may its records and comments', async () => {
    const dialect = { ...bars, comment: '//' };
    const long = (length: number, text: string): string => text.repeat(Math.ceil(length / text.length));
    const values = [
      ['1', long(300_000, 'x')],
      ['2', ''],
      ['3', long(700_000, 'a\n"b"||//')],
      ...Array.from({ length: 20_000 }, (_, i) => [`${i}`, i % 7 === 0 ? '"\n' : 'é']),
      ['4', long(900_000, 'é|')],
    ];
    const note = `// ${long(200_000, '"||')}\n//\n`;
    const lines = values.map(([a, b]) => `${a}||${quoted(b!, dialect)}\n`);
    const text = lines.map((line, i) => (i % 5000 === 0 ? note + line : line)).join('') + note;
    const limits = { ...defaultLimits, maxRecordBytes: 3_000_000, maxFieldBytes: 3_000_000 };
    for (const size of [65_536, 1_000_000]) {
      const { rows, rejects } = await see(parseRows(slicesOf(Buffer.from(text), [size]), { dialect, columns, limits }));
      expect(rejects).toEqual([]);
      expect(rows.map(({ values }) => values)).toEqual(values);
    }
  });
});

describe('what csv-parse would let pass', () => {
  test.each<[string, string, Dialect]>([
    ['bytes behind a closing quote', '"a"x||b\n', bars],
    ['a NUL there', '"a"\0||b\n', bars],
    ['a comment there', '"a"#x||b\n', { ...bars, comment: '#' }],
    ['a comment behind an empty first field', '""#x||b\n', { ...bars, comment: '#' }],
    ['a quote of several bytes there', '”a”x||b\n', { ...bars, quote: '”' }],
  ])('%s is a reject, with its bytes', async (_, text, dialect) => {
    const { rows, rejects } = await read(`${text}1||2\n`, { dialect, text: { nul: 'keep' } });
    expect(rejects).toHaveLength(1);
    expect(rejects[0]!.codes).toContain('ROW_BAD_QUOTE');
    expect(Buffer.from(rejects[0]!.raw, 'latin1').toString()).toBe(text.trimEnd());
    expect(rows.map(({ values, rowNumber }) => [rowNumber, values])).toEqual([[2, ['1', '2']]]);
  });

  test('an escape in front of anything but a quote and itself is text', async () => {
    const { rows } = await read('"C:\\new \\"x\\" \\\\"||b\n', { dialect: { ...bars, escape: '\\' } });
    expect(rows[0]!.values).toEqual(['C:\\new "x" \\', 'b']);
  });

  test('a quote within an unquoted field is kept, and counted', async () => {
    const { rows, warnings } = await read('5" pipe||b"\n1||2\n');
    expect(rows.map(({ values }) => values)).toEqual([
      ['5" pipe', 'b"'],
      ['1', '2'],
    ]);
    expect(warnings).toEqual({ 'ROW_STRAY_QUOTE|quotes|': 1 });
  });
});

describe('policies', () => {
  test('short records and blank lines are filled up where that is asked for', async () => {
    const { rows, rejects } = await read('x\n\n"y"\n1||2||3\n', { records: { ragged: 'pad', empty: 'pad' } });
    expect(rows.map(({ raw, values }) => [raw, values])).toEqual([
      ['x||', ['x', '']],
      ['||', ['', '']],
      ['"y"||', ['y', '']],
    ]);
    expect(rejects.map(({ codes }) => codes)).toEqual([['ROW_FIELD_COUNT']]);
  });

  test('a field that would run into the delimiter behind it is not filled up', async () => {
    const { rows, rejects } = await read('x|\n"x|"\n', { records: { ragged: 'pad' } });
    expect(rows.map(({ raw }) => raw)).toEqual(['"x|"||']);
    expect(rejects.map(({ raw, codes }) => [raw, codes])).toEqual([['x|', ['ROW_FIELD_COUNT']]]);
  });

  test.each<[string, RecordPolicy, string]>([
    ['1||2\nx\n', { ragged: 'error' }, 'ROW_FIELD_COUNT'],
    ['1||2\n\n', { empty: 'error' }, 'ROW_FIELD_COUNT'],
    ['1||2\n"x"y||z\n', { malformed: 'error' }, 'ROW_BAD_QUOTE'],
  ])('%j fails where %j asks for it', async (text, records, issue) => {
    const error = await failureOf(read(text, { records }));
    expect(error).toMatchObject({ code: 'CSV_BAD_RECORD', details: { row: 2, offset: 5, issue } });
  });

  test('text that is none is rejected or replaced, NUL also kept', async () => {
    const bytes = Buffer.from('1||a\xff\n2||b\0\n3||c\n', 'latin1');
    const rejected = await read(bytes);
    expect(rejected.rejects.map(({ byteOffset, codes }) => [byteOffset, codes])).toEqual([
      [0, ['ROW_ENCODING']],
      [6, ['ROW_NUL']],
    ]);
    const replaced = await read(bytes, { text: { invalid: 'replace', nul: 'replace' } });
    expect(replaced.rows.map(({ values }) => values[1])).toEqual(['a\ufffd', 'b\ufffd', 'c']);
    const kept = await read(bytes, { text: { invalid: 'replace', nul: 'keep' } });
    expect(kept.rows.map(({ values }) => values[1])).toEqual(['a\ufffd', 'b\0', 'c']);
  });

  test('fields and columns keep to their caps', async () => {
    const text = 'abcd||12345\nabcd||1234\n1||2||3||4||5\n';
    const { rows, rejects } = await read(text, { limits: { ...defaultLimits, maxFieldBytes: 4, maxColumns: 4 } });
    expect(rows.map(({ values }) => values)).toEqual([['abcd', '1234']]);
    expect(rejects.map(({ codes }) => codes)).toEqual([['ROW_FIELD_TOO_LARGE'], ['ROW_TOO_MANY_FIELDS']]);
  });
});

describe('checkDialect', () => {
  test.each<[DialectOptions]>([
    [{ delimiter: '||' }],
    [{ delimiter: ',,' }],
    [{ delimiter: 'é' }],
    [{ delimiter: '😀', quote: '”' }],
    [{ delimiter: '\t|\t', quote: '' }],
    [{ quote: '<q>', escape: '»', comment: '//' }],
  ])('%j can be read', (dialect) => {
    const { delimiter = ',', quote = '"', ...more } = dialect;
    expect(checkDialect(dialect)).toEqual({ delimiter, quote, ...more });
  });

  test.each<[DialectOptions, string]>([
    [{ delimiter: '' }, 'delimiter'],
    [{ delimiter: '|\n' }, 'delimiter'],
    [{ delimiter: '|\r|' }, 'delimiter'],
    [{ delimiter: '|\0' }, 'delimiter'],
    [{ delimiter: '\ud83d' }, 'delimiter'],
    [{ delimiter: '|'.repeat(17) }, 'delimiter'],
    [{ delimiter: '"|' }, 'quote'],
    [{ delimiter: '|', quote: '||' }, 'quote'],
    [{ quote: '""' }, 'quote'],
    [{ quote: '<q><' }, 'quote'],
    [{ escape: '\\\\' }, 'escape'],
    [{ escape: '"\\' }, 'escape'],
    [{ delimiter: '||', escape: '|' }, 'escape'],
    [{ delimiter: '//', comment: '/' }, 'comment'],
    [{ comment: '#"' }, 'comment'],
    [{ comment: '#\n' }, 'comment'],
  ])('%j cannot', (dialect, option) => {
    expect(() => checkDialect(dialect)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ option }) }),
    );
  });
});
