// biome-ignore-all lint/suspicious/noThenProperty: a keyword of JSON Schema
import { PipelineConfigError } from '@pipeline/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ColumnOptions, compileRule, type JsonSchema, validate } from '../../src/index.ts';
import { batchOf, runStage, thrownBy } from '../helpers.ts';

const schema = {
  required: ['Order Date', 'paid'],
  properties: {
    'Order Date': { type: 'string', format: 'date' },
    paid: { type: 'boolean' },
    note: { type: ['string', 'null'], maxLength: 3 },
    units: { type: 'integer' },
  },
};
const columns: Record<string, ColumnOptions> = {
  'Order Date': { date: 'M/D/YY' },
  paid: { boolean: { true: ['Y', '1'], false: ['N', '0'] } },
  note: { nullTokens: ['-', ''], trim: true },
  units: { trim: true },
};
const rule = compileRule<object>(schema, { columns });

describe('a column with options', () => {
  it('is read as they say', () => {
    expect(rule.check({ 'Order Date': '8/27/16', paid: 'Y', note: ' ab ', units: ' 7' })).toMatchObject({
      ok: true,
      value: { 'Order Date': '2016-08-27', paid: true, note: 'ab', units: 7 },
    });
    expect(rule.check({ 'Order Date': '8/27/69', paid: '0', note: ' - ' })).toMatchObject({
      ok: true,
      value: { 'Order Date': '2069-08-27', paid: false, note: null },
    });
  });

  it('says what it must be, and carries its text, when it is not', () => {
    expect(rule.check({ 'Order Date': '2/30/16', paid: 'true', note: '' })).toMatchObject({
      ok: false,
      value: { 'Order Date': '2/30/16', paid: 'true' },
      issues: [
        { code: 'RULE_TYPE', rule: 'type', column: 'Order Date', value: '2/30/16', message: 'must be a date (M/D/YY)' },
        { code: 'RULE_TYPE', rule: 'type', column: 'paid', message: 'must be one of "Y", "1", "N", "0"' },
      ],
    });
    expect(rule.check({ 'Order Date': '', paid: '' })).toMatchObject({
      issues: [
        { rule: 'required', message: 'must not be empty' },
        { rule: 'required', message: 'must not be empty' },
      ],
    });
  });

  it('means another hundred years under another pivot', () => {
    const old = compileRule<object>(
      { properties: { a: { type: 'string' } } },
      { columns: { a: { date: 'DD.MM.YY', pivotYear: 1930 } } },
    );
    expect(old.check({ a: '01.02.30' })).toMatchObject({ value: { a: '1930-02-01' } });
    expect(old.check({ a: '01.02.29' })).toMatchObject({ value: { a: '2029-02-01' } });
  });

  it('keeps its text in the file', async () => {
    const [out] = await runStage(validate(rule), [
      batchOf(
        ['Order Date', 'paid'],
        [
          ['8/27/16', 'Y'],
          ['13/1/16', 'Y'],
        ],
      ),
    ]);
    expect(out!.rows).toEqual([{ 'Order Date': '2016-08-27', paid: true }]);
    expect(out!.assigned.filter((values) => values !== undefined)).toEqual([]);
    expect(out!.records.field(0, 0)).toBe('8/27/16');
    expect(out!.rejects).toMatchObject([{ rowNumber: 2, issues: [{ column: 'Order Date', rule: 'type' }] }]);
  });

  it('is read before a Standard Schema sees it', () => {
    const standard = compileRule(z.object({ day: z.iso.date(), units: z.int() }), {
      columns: { day: { date: 'DD.MM.YYYY' } },
    });
    expect(standard.check({ day: '29.02.2024', units: '1' })).toMatchObject({ ok: true, value: { day: '2024-02-29' } });
    expect(standard.check({ day: '30.02.2024', units: 'x' })).toMatchObject({
      ok: false,
      issues: [
        { code: 'RULE_TYPE', column: 'day', message: 'must be a date (DD.MM.YYYY)' },
        { column: 'units', code: 'RULE_FAILED' },
      ],
    });
  });
});

describe('options that make no sense are refused', () => {
  const cases: [name: string, options: object, column: JsonSchema, reason: RegExp][] = [
    ['no options', null as never, { type: 'string' }, /an object of options/],
    ['an unknown option', { dat: 'x' }, { type: 'string' }, /options out of/],
    ['two readings', { date: 'D.M.YYYY', time: 'H:mm' }, { type: 'string' }, /at most one/],
    ['a date of a number', { date: 'YYYY-MM-DD' }, { type: 'integer' }, /type string/],
    ['a date of no type', { date: 'YYYY-MM-DD' }, {}, /type string/],
    ['tokens of text', { boolean: { true: ['Y'], false: ['N'] } }, { type: 'string' }, /type boolean/],
    ['a token twice', { boolean: { true: ['Y'], false: ['Y'] } }, { type: 'boolean' }, /each text once/],
    ['tokens without false', { boolean: { true: ['Y'] } }, { type: 'boolean' }, /one text or more/],
    ['a date without day', { date: 'YYYY-MM' }, { type: 'string' }, /token for the day/],
    ['a date with hour', { date: 'YYYY-MM-DD HH:mm' }, { type: 'string' }, /without a token for the hour/],
    ['an unknown token', { date: 'DD.MM.JJJJ' }, { type: 'string' }, /not "JJJJ"/],
    ['digits that run together', { date: 'MDYYYY' }, { type: 'string' }, /separator/],
    ['a format that never holds', { date: 'D.M.YYYY' }, { type: 'string', format: 'date-time' }, /format is date/],
    ['a time that lacks its zone', { time: 'HH:mm' }, { type: 'string', format: 'time' }, /iso-time/],
    ['a pivot that is no year', { date: 'D.M.YY', pivotYear: 1.5 }, { type: 'string' }, /pivotYear/],
  ];
  it('a reading of a column whose type only some rows must have', () => {
    const some = { if: { required: ['b'] }, then: { properties: { a: { type: 'string' } } }, properties: { b: {} } };
    expect(() => compileRule(some, { columns: { a: { date: 'D.M.YYYY' } } })).toThrow(/type string/);
  });

  it.each(cases)('%s', (_, options, column, reason) => {
    const error = thrownBy(() => compileRule({ properties: { a: column } }, { columns: { a: options } }));
    expect(PipelineConfigError.is(error) && error.code).toBe('CONFIG_INVALID');
    expect(String(error)).toMatch(reason);
  });
});
