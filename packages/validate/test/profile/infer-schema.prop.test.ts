import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRule } from '../../src/index.ts';
import { inferSchema, previewRows, profileRows } from '../../src/profile/index.ts';
import { batchOf, rowsOf } from '../helpers.ts';

const infer = async (columns: readonly string[], rows: readonly (readonly string[])[], options = {}) =>
  inferSchema(await profileRows(rowsOf(batchOf(columns, rows))), options);

const few = (...texts: string[]) => fc.array(fc.constantFrom(...texts), { minLength: 60, maxLength: 60 });
const list = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 60, maxLength: 60 });
const column = fc.oneof(
  list(fc.integer().map(String)),
  list(fc.double({ noNaN: true }).map(String)),
  list(fc.bigInt().map(String)),
  list(fc.stringMatching(/^-?[0-9]{1,3}(\.[0-9]{0,2})?(e[0-9])?$/)),
  list(fc.emailAddress()),
  list(fc.uuid()),
  list(
    fc
      .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
      .map((d) => d.toISOString()),
  ),
  list(
    fc
      .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
      .map((d) => d.toISOString().slice(0, 10)),
  ),
  list(fc.string({ maxLength: 12 })),
  list(fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed())),
  few('true', 'FALSE'),
  few('', '1', '2.5'),
  few('open', 'closed', 'N/A'),
  few('A-1', 'B-22', 'c'),
  few(''),
);

test('every row that was looked at passes the rule, with all that may be inferred', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(column, { minLength: 1, maxLength: 4 }),
      fc.record({ ranges: fc.boolean(), patterns: fc.boolean() }),
      async (columns, options) => {
        const names = columns.map((_, i) => `c${i}`);
        const rows = columns[0]!.map((_, row) => columns.map((values) => values[row]!));
        const { schema } = await infer(names, rows, options);
        const rule = compileRule(schema);
        rule.checkHeader(names);
        for (const row of rows) {
          const outcome = rule.check(Object.fromEntries(names.map((name, i) => [name, row[i]!])));
          expect(outcome.ok ? [] : outcome.issues).toEqual([]);
        }
      },
    ),
    { numRuns: 150 },
  );
});

const rows = Array.from({ length: 40 }, (_, i) => [
  String(1000 + i),
  i % 2 === 0 ? 'open' : 'closed',
  i === 7 ? 'N/A' : `${i}.5`,
  i % 10 === 0 ? '' : `2024-01-${String(1 + (i % 28)).padStart(2, '0')}`,
  `AB-${i}`,
  '',
]);
const names = ['id', 'state', 'amount', 'shipped', 'code', 'note'];

describe('a schema', () => {
  test('declares what all values have, and says what it rests on', async () => {
    const { schema, columns, rows: count } = await infer(names, rows);
    expect(count).toBe(40);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $comment: expect.stringContaining('the first 40 rows'),
      required: ['id', 'state', 'amount', 'code'],
      properties: {
        id: {
          type: 'integer',
          $comment: expect.stringMatching(/^40 values, about 40 different; every value is different$/),
        },
        state: { type: 'string', enum: ['closed', 'open'] },
        amount: { type: 'string' },
        shipped: { type: 'string', format: 'date' },
        code: { type: 'string' },
      },
    });
    expect((schema.properties as Record<string, object>).note).toEqual({
      $comment: '0 values, about 0 different; every value is empty',
    });
    expect(columns[2]).toMatchObject({
      type: 'string',
      values: 40,
      notes: ['39 of 40 values are number, 1 text', expect.stringContaining('different')],
    });
    expect(columns[0]!.confidence).toBeCloseTo(41 / 42);
    expect(columns[5]).toMatchObject({ type: 'unknown', confidence: 0, required: false });
  });

  test('has ranges, lengths and patterns only where they are asked for', async () => {
    const { schema } = await infer(names, rows, { ranges: true, patterns: true, basis: 'whole', maxEnum: 0 });
    expect(schema.$comment).toContain('all 40 rows');
    expect(schema.properties).toMatchObject({
      id: { minimum: 1000, maximum: 1039 },
      state: { minLength: 4, maxLength: 6, pattern: '^(?:[a-z]{2,})$' },
      code: { pattern: '^(?:[A-Z]{2,}-[0-9]{2,}|[A-Z]{2,}-[0-9])$' },
    });
  });

  test('says what may stand for no value, and refuses an enum that is too long', async () => {
    const { columns } = await infer(
      ['v'],
      Array.from({ length: 60 }, (_, i) => [i % 3 === 0 ? 'NULL' : String(i % 2)]),
    );
    expect(columns[0]!.notes).toContainEqual('"NULL" (20) may stand for no value');
    expect(columns[0]).not.toHaveProperty('enum');
    await expect(infer(['v'], [['1']], { maxEnum: 11 })).rejects.toThrow(/CONFIG_INVALID.*maxEnum/);
  });
});

test('a preview tells typed values, issues and malformed rows, and stops where it is told', async () => {
  const rule = compileRule({ properties: { id: { type: 'integer' }, name: { type: 'string', maxLength: 3 } } });
  let pulled = 0;
  const source = async function* () {
    for (;;) {
      pulled++;
      yield batchOf(
        ['id', 'name'],
        [
          ['7', 'ann'],
          ['x', 'long'],
          ['9', ''],
        ],
        { firstRow: 3 * pulled - 2 },
      );
    }
  };
  const seen = await previewRows(source(), { rule, rows: 5 });
  expect(pulled).toBe(2);
  expect(seen.map(({ rowNumber, typed, issues }) => [rowNumber, typed, issues.map((issue) => issue.rule)])).toEqual([
    [1, { id: 7, name: 'ann' }, []],
    [2, { id: 'x', name: 'long' }, ['type', 'maxLength']],
    [3, { id: 9 }, []],
    [4, { id: 7, name: 'ann' }, []],
    [5, { id: 'x', name: 'long' }, ['type', 'maxLength']],
  ]);
  expect((await previewRows(source(), { rows: 1 }))[0]).toMatchObject({ values: ['7', 'ann'], issues: [] });
  await expect(previewRows(source(), { rows: 0 })).rejects.toThrow(/CONFIG_INVALID.*rows/);
  const strict = compileRule({ required: ['zip'] });
  await expect(previewRows(source(), { rule: strict })).rejects.toThrow(/CSV_BAD_HEADER.*zip/);
});
