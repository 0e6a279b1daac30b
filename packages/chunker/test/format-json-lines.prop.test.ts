import { createRowBatch, withRows } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRows } from '../src/index.ts';
import { createJsonFormatter } from '../src/write/format-json-lines.ts';
import { rewrite, sourceDialects, sourceText, withoutPlaces } from './format-cases.ts';
import { comma, slicesOf } from './helpers.ts';

/** The line of a row, whose members are in the order of the pairs whatever their names. */
const lineOf = (pairs: readonly (readonly [name: string, json: string])[]): string =>
  `{${pairs.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}\n`;

describe('rows of any file as JSON Lines', () => {
  test('are one object a line, with the text of the source, in the order of the columns', async () => {
    await fc.assert(
      fc.asyncProperty(
        sourceText,
        sourceDialects,
        fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (text, dialect, picked, bare) => {
          const source = ['a', 'b', 'c'];
          // Names that a plain object would put first, or not take at all.
          const output = picked.map((column, i) => ({
            from: source[column]!,
            to: ['2', '__proto__', '1', '"é\n'][i]!,
          }));
          const write = createJsonFormatter({ source, output, dialect });
          const { written, rows } = await rewrite(text, { source, dialect }, write, bare ? withoutPlaces : undefined);
          const lines = rows.map(({ values }) =>
            lineOf(output.map(({ from, to }) => [to, JSON.stringify(values[source.indexOf(from)])])),
          );
          expect(written).toBe(lines.join(''));
          for (const line of written.split('\n').slice(0, -1)) expect(() => JSON.parse(line)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });

  /** The rows of the text; values are given to all of them, and they are seen as the typed view says. */
  const format = async (
    text: string,
    source: readonly string[],
    {
      assigned,
      typed,
      output = source,
    }: { assigned?: Record<string, unknown>; typed?: unknown; output?: readonly string[] },
  ): Promise<string> => {
    const write = createJsonFormatter({
      source,
      output,
      dialect: comma,
      ...(typed === undefined ? {} : { types: 'typed' }),
    });
    let written = '';
    for await (const { records, positions } of parseRows(slicesOf(Buffer.from(text), [4]), {
      columns: source,
      dialect: comma,
    })) {
      const batch = withRows(createRowBatch(records, positions), () => positions.map(() => typed));
      write({ ...batch, rows: batch.rows, assigned: positions.map(() => assigned) }, (bytes) => {
        written += Buffer.from(bytes).toString();
      });
    }
    return written;
  };

  test.each([
    [1.5, '1.5'],
    [-0, '0'],
    [1e21, '1e+21'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'null'],
    ['007', '"007"'],
    [12345678901234567890n, '12345678901234567890'],
    [Number.NaN, '"NaN"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ a: [1, 2n, { b: 'x' }] }, '{"a":[1,2,{"b":"x"}]}'],
    ['\uD800', '"\\ud800"'],
  ])('a value that a stage assigned keeps its type: %o is %s', async (value, json) => {
    expect(await format('1,2\n', ['a', 'b'], { assigned: { b: value } })).toBe(`{"a":"1","b":${json}}\n`);
    expect(await format('1,2\n', ['a', 'b'], { assigned: { b: value }, typed: { b: 'other' } })).toBe(
      `{"a":"1","b":${json}}\n`,
    );
  });

  test('a column that nothing gave a value is null', async () => {
    expect(await format('1\n', ['a'], { output: ['a', 'tier', 'constructor'] })).toBe(
      '{"a":"1","tier":null,"constructor":null}\n',
    );
  });

  test('an invalid date is refused, with the name of its column', async () => {
    await expect(format('1\n', ['a'], { assigned: { a: new Date(Number.NaN) } })).rejects.toThrow(
      'CONFIG_INVALID: the value of column "a" must be a valid date',
    );
  });

  test.each([
    ['1.10', 1.1, '1.10'],
    ['007', 7, '7'],
    ['.5', 0.5, '0.5'],
    ['12345678901234567890', Number('12345678901234567890'), '12345678901234567890'],
    ['1,5', 1.5, '1.5'],
    ['2', 4, '4'],
    ['TRUE', true, 'true'],
    ['', undefined, 'null'],
    ['', null, 'null'],
    ['', '', '""'],
    ['n/a', undefined, '"n/a"'],
    ['x', 'X', '"X"'],
  ])('typed: the text %j that is seen as %o is written as %s', async (text, value, json) => {
    expect(await format(`1,"${text}"\n`, ['a', 'b'], { typed: { b: value } })).toBe(`{"a":"1","b":${json}}\n`);
  });

  test('typed: rows that are no objects, or leave a column out, have the text of the source', async () => {
    for (const typed of [17, 'row', null, {}, []])
      expect(await format('1,\n', ['a', 'b'], { typed })).toBe('{"a":"1","b":null}\n');
  });
});
