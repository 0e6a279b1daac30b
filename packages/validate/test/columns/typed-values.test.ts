import type { CsvRecord, Stage } from '@pipeline/core';
import { describe, expect, expectTypeOf, it, test } from 'vitest';
import * as z from 'zod';
import { type ColumnOptions, compileRule, type RuleOptions, validate } from '../../src/index.ts';
import { batchOf, runStage } from '../helpers.ts';

describe('dates as typed values', () => {
  const schema = { required: ['on'], properties: { on: { type: 'string' }, at: { type: 'string' } } };
  const columns = {
    on: { date: 'D.M.YYYY', as: 'Date' },
    at: { dateTime: 'YYYY-MM-DD HH:mm:ssZ', as: 'Date' },
  } as const;

  it('reach checks in code and later stages as Date, while the schema sees the text', async () => {
    const seen: unknown[] = [];
    const check = (row: { readonly on: Date }): true => {
      seen.push(row.on);
      return true;
    };
    const rule = compileRule<{ on: Date; at?: Date }>(
      { ...schema, properties: { ...schema.properties, on: { type: 'string', pattern: '^2024-' } } },
      { columns, checks: [{ name: 'see', check }] },
    );
    const rows = [
      ['29.2.2024', '2024-02-29 09:30:00+02:00'],
      ['29.2.2023', ''],
      ['1.1.2023', ''],
    ];
    const stage: Stage<CsvRecord, { on: Date; at?: Date }> = validate(rule);
    const [out] = await runStage(stage, [batchOf(['on', 'at'], rows)]);
    expectTypeOf(out!.rows[0]!.on).toEqualTypeOf<Date>();
    expect(out!.rows).toEqual([{ on: new Date('2024-02-29'), at: new Date('2024-02-29T07:30:00Z') }]);
    expect(seen).toEqual([new Date('2024-02-29')]);
    expect(out!.rejects.map(({ issues }) => issues[0]!.rule)).toEqual(['type', 'pattern']);
  });

  it('keep the text of a date that is refused with a warning', () => {
    const rule = compileRule(schema, { columns, levels: [{ column: 'at', level: 'warning' }] });
    expect(rule.check({ on: '1.2.2024', at: 'soon' })).toMatchObject({
      ok: true,
      value: { on: new Date('2024-02-01'), at: 'soon' },
      warnings: [{ rule: 'type', severity: 'warning' }],
    });
  });

  it('are what a Standard Schema gets', () => {
    const order = z.object({ on: z.date() });
    const rule = compileRule(order, { columns: { on: columns.on } });
    expect(rule.check({ on: '29.2.2024' })).toMatchObject({ ok: true, value: { on: new Date('2024-02-29') } });
  });

  test.each<[string, ColumnOptions]>([
    ['as must be "text" without date or dateTime', { as: 'Date' }],
    ['as must be "text" without date or dateTime', { time: 'HH:mm', as: 'Date' }],
    ['as must be "text" where the format has no zone', { dateTime: 'YYYY-MM-DD HH:mm', as: 'Date' }],
    ['as must be "text", "Date" or "bigint"', { date: 'YYYY-MM-DD', as: 'date' as 'Date' }],
  ])('refuse: %s', (message, at) => {
    expect(() => compileRule(schema, { columns: { at } })).toThrow(message);
  });
});

describe('white space', () => {
  const schema = { properties: { n: { type: 'integer' }, s: { enum: ['a'] }, kept: { maxLength: 3 } } };
  const options: RuleOptions = { trim: true, columns: { kept: { trim: false } } };

  it('is left out in all columns but those that say otherwise', () => {
    const rule = compileRule<object>(schema, options as RuleOptions<object>);
    expect(rule.check({ n: ' 1\t', s: '\u00a0a', kept: ' x ' })).toMatchObject({
      ok: true,
      value: { n: 1, s: 'a', kept: ' x ' },
    });
    expect(rule.check({ n: ' ', s: '', kept: '' })).toEqual({ ok: true, value: {}, warnings: [] });
  });

  it('counts without it', () => {
    expect(compileRule(schema).check({ n: ' 1' }).ok).toBe(false);
    expect(() => compileRule(schema, { trim: 'both' as never })).toThrow(/trim must be true or false/);
  });
});
