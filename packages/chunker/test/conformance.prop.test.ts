import { createRowBatch } from '@pipeline/core';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRowFormatter, formatField, formatHeader, parseRows, readObjectRows } from '../src/index.ts';
import { cleanFile, fileText } from './arbitraries.ts';
import { comma, input, see, slicesOf, storeWith } from './helpers.ts';

describe('csv-parse agrees', () => {
  test('on the values of every RFC 4180 file', async () => {
    await fc.assert(
      fc.asyncProperty(cleanFile, async (file) => {
        const text = fileText(file);
        const { rows, rejects } = await see(readObjectRows(input, { store: await storeWith(text) }));
        expect(rejects).toEqual([]);
        const wanted = parse(text, {
          bom: true,
          columns: false,
          record_delimiter: ['\r\n', '\n'],
          relax_column_count: true,
          from: 2,
        }) as string[][];
        expect(rows.map(({ values }) => values)).toEqual(wanted);
        expect(rows.map(({ values }) => values)).toEqual(file.rows.map((row) => row.map(({ value }) => value)));
      }),
      { numRuns: 300 },
    );
  });

  const text = fc
    .array(fc.constantFrom('a', ',', ';', '\t', '"', "'", '\r', '\n', ' ', 'é', '😀', '$&', '\\'), { maxLength: 10 })
    .map((pieces) => pieces.join(''));

  test('on every value that a stage assigned: formatted, quoted and read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(
          { delimiter: ',', quote: '"' },
          { delimiter: ';', quote: "'" },
          { delimiter: '\t', quote: '"' },
        ),
        (rows, dialect) => {
          const file = rows
            .map((row) => row.map((value) => formatField(value, dialect)).join(dialect.delimiter))
            .join('\n');
          const read = parse(`${file}\n`, { ...dialect, escape: dialect.quote, record_delimiter: '\n' }) as string[][];
          expect(read).toEqual(rows);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('and so does our own reader', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 6 }), async (rows) => {
        const file = rows.map((row) => `${row.map((value) => formatField(value, comma)).join(',')}\n`).join('');
        const seen = await see(parseRows(slicesOf(Buffer.from(file), [3]), { columns: ['a', 'b'], dialect: comma }));
        expect(seen.rows.map(({ values }) => values)).toEqual(rows);
        expect(seen.warnings).toEqual({});
      }),
      { numRuns: 200 },
    );
  });
});

describe('formatField', () => {
  test.each([
    [null, ''],
    [undefined, ''],
    ['', ''],
    [0, '0'],
    [-1.5, '-1.5'],
    [12345678901234567890n, '12345678901234567890'],
    [true, 'true'],
    [new Date('2026-01-02T03:04:05.678Z'), '2026-01-02T03:04:05.678Z'],
    [{ a: 1 }, '"{""a"":1}"'],
    [[1, 2], '"[1,2]"'],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\rb', '"a\rb"'],
    ['$&', '$&'],
    ['"$&"', '"""$&"""'],
    [' x ', ' x '],
  ])('writes %o as %s', (value, expected) => {
    expect(formatField(value, comma)).toBe(expected);
  });

  test('refuses what cannot be written without a quote character', () => {
    const bare = { delimiter: ',', quote: '' };
    expect(formatField('a"b', bare)).toBe('a"b');
    for (const value of ['a,b', 'a\nb', 'a\rb'])
      expect(() => formatField(value, bare)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('createRowFormatter', () => {
  const source = ['id', 'price', 'note'];
  const text = '1,"1.10",  a\r\n"2",007,"b ""c"""\n3,,';

  /** The rows of the text under new columns, the given values assigned to each. */
  const format = async (
    output: readonly string[],
    assigned: (Record<string, unknown> | undefined)[],
  ): Promise<string> => {
    let written = '';
    for await (const batch of parseRows(slicesOf(Buffer.from(text), [4]), { columns: source, dialect: comma })) {
      const given = { ...createRowBatch(batch.records, batch.positions), assigned };
      createRowFormatter({ source, output, dialect: comma })(given, (bytes) => {
        written += Buffer.from(bytes).toString();
      });
    }
    return written;
  };

  test.each([
    ['nothing changes', source, [], text],
    [
      'columns are added',
      [...source, 'tier'],
      [{ tier: 'a,b' }, undefined, { tier: 3 }],
      '1,"1.10",  a,"a,b"\r\n"2",007,"b ""c""",\n3,,,3',
    ],
    ['a column is replaced', source, [{ price: 2 }, undefined, { price: 'x' }], '1,2,  a\r\n"2",007,"b ""c"""\n3,x,'],
    ['columns are dropped', ['id', 'note'], [], '1,  a\r\n"2","b ""c"""\n3,'],
    ['columns are reordered', ['note', 'id'], [], '  a,1\r\n"b ""c""","2"\n,3'],
    ['an added column comes first', ['n', 'id'], [{ n: 1 }, { n: 2 }, { n: 3 }], '1,1\r\n2,"2"\n3,3'],
    ['a value is taken away', source, [{ note: null }, { note: undefined }, {}], '1,"1.10",\r\n"2",007,\n3,,'],
  ] as const)('%s: all else leaves as the bytes it came in', async (_, output, assigned, expected) => {
    expect(await format(output, [...assigned])).toBe(expected);
  });

  test('a column may be called as an inherited property', async () => {
    expect(await format([...source, 'constructor'], [{ x: 1 }, undefined, { constructor: 'c' }])).toBe(
      '1,"1.10",  a,\r\n"2",007,"b ""c""",\n3,,,c',
    );
  });
});

describe('formatHeader', () => {
  const source = ['id', 'na me'];
  const dialect = { ...comma, newline: 'crlf' } as const;
  test.each([
    ['unchanged', source, '"id",na me\r\n', '"id",na me\r\n'],
    ['with a column more', [...source, 'x,y'], '"id",na me\r\n', '"id",na me,"x,y"\r\n'],
    ['with a column less', ['na me'], '"id",na me\n', 'na me\n'],
    ['without a newline of its own', [...source, 'x'], '"id",na me', '"id",na me,x\r\n'],
  ])('%s', (_, output, headerText, expected) => {
    expect(formatHeader(headerText, { source, output, dialect })).toBe(expected);
  });
});
