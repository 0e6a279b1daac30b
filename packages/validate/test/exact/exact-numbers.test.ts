import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type ColumnOptions,
  compileRule,
  compileRuleModule,
  type JsonSchema,
  type RuleOptions,
} from '../../src/index.ts';
import { thrownBy } from '../helpers.ts';
import { loadModule } from '../precompiled/generated.ts';
import { outcome } from '../precompiled/outcome.ts';

const ruleOf = (column: JsonSchema, as: ColumnOptions['as'], options: RuleOptions<{ a: unknown }> = {}) =>
  compileRule<{ a: unknown }>(
    { required: ['a'], properties: { a: column } },
    { ...options, columns: { a: { ...(as === undefined ? {} : { as }) } } },
  );
const said = (rule: ReturnType<typeof ruleOf>, a: string) => {
  const answer = rule.check({ a });
  return answer.ok ? answer.value.a : answer.issues.map(({ rule: name, message }) => `${name}: ${message}`);
};

describe('whole numbers past 2^53', () => {
  it('are refused, unless they are kept', () => {
    expect(said(ruleOf({ type: 'integer' }, undefined), '9007199254740993')).toEqual([
      expect.stringContaining('type: must be an integer within ±9007199254740991'),
    ]);
    expect(said(ruleOf({ type: 'integer' }, 'bigint'), '9007199254740993')).toBe(9007199254740993n);
    expect(said(ruleOf({ type: 'integer' }, 'text'), '9007199254740993')).toBe('9007199254740993');
  });

  it('are read as they are written: minus, zeros in front, a thousand digits, no more', () => {
    const rule = ruleOf({ type: 'integer' }, 'bigint');
    expect(said(rule, '-0042')).toBe(-42n);
    expect(said(rule, '-0')).toBe(0n);
    expect(said(rule, '7'.repeat(1000))).toBe(BigInt('7'.repeat(1000)));
    for (const text of ['7'.repeat(1001), '1.0', '1e3', '+1', ' 1', '0x10', '1_000', 'one', '-'])
      expect(said(rule, text)).toEqual(['type: must be an integer of at most 1,000 digits']);
  });

  it('are held against bounds exactly, where doubles would be equal', () => {
    const rule = ruleOf({ type: 'integer', maximum: 9007199254740992, multipleOf: 2 }, 'bigint');
    expect(said(rule, '9007199254740992')).toBe(9007199254740992n);
    expect(said(rule, '9007199254740994')).toEqual(['maximum: must be at most 9007199254740992']);
    expect(said(rule, '9007199254740993')).toEqual([
      'maximum: must be at most 9007199254740992',
      'multipleOf: must be a multiple of 2',
    ]);
    expect(said(ruleOf({ type: 'integer', exclusiveMinimum: 1e20 }, 'bigint'), '100000000000000000001')).toBe(
      10n ** 20n + 1n,
    );
    expect(said(ruleOf({ type: 'integer', exclusiveMinimum: 1e20 }, 'bigint'), '100000000000000000000')).toEqual([
      'exclusiveMinimum: must be more than 100000000000000000000',
    ]);
  });
});

describe('decimals', () => {
  const money = { type: 'number', minimum: 0, exclusiveMaximum: 1e15, multipleOf: 0.01 };

  it('keep all their digits as text, and bounds hold for all of them', () => {
    const rule = ruleOf(money, 'text');
    expect(said(rule, '123456789012345.67')).toBe('123456789012345.67');
    expect(said(rule, '999999999999999.99')).toBe('999999999999999.99');
    expect(said(rule, '0.10')).toBe('0.10');
    expect(said(rule, '999999999999999.999')).toEqual(['multipleOf: must be a multiple of 0.01']);
    expect(said(rule, '1000000000000000.00')).toEqual(['exclusiveMaximum: must be less than 1000000000000000']);
    expect(said(rule, '-0.000000000000000000000000000001')).toEqual([
      'minimum: must be at least 0',
      'multipleOf: must be a multiple of 0.01',
    ]);
  });

  it('may have an exponent, which is kept within bounds too', () => {
    const rule = ruleOf({ type: 'number' }, 'text');
    expect(said(rule, '1.5E-7')).toBe('1.5E-7');
    expect(said(rule, '1e1000')).toBe('1e1000');
    for (const text of ['1e1001', '1e-1001', '1e99999999999', '1,5', '1.', '.', 'NaN', 'Infinity'])
      expect(said(rule, text)).toEqual(['type: must be a number of at most 1,000 digits']);
  });

  it('are equal whatever zeros they are written with', () => {
    const rule = ruleOf({ type: 'number', enum: [1.5, 20] }, 'text');
    for (const text of ['1.50', '0001.5', '15e-1', '2e1', '20.000']) expect(said(rule, text)).toBe(text);
    expect(said(rule, '1.5000000000000000000001')).toEqual(['enum: must be one of 1.5, 20']);
    expect(said(ruleOf({ type: 'number', const: 0 }, 'text'), '-0.00')).toBe('-0.00');
    expect(said(ruleOf({ type: 'number', const: 0 }, 'text'), '1e-30')).toEqual(['const: must be 0']);
  });
});

it('missing values are as in other columns', () => {
  const nullable = ruleOf({ type: ['integer', 'null'], minimum: 1, enum: [1, 2, null] }, 'bigint');
  expect(said(nullable, '')).toBe(null);
  expect(said(nullable, '2')).toBe(2n);
  // As in other columns, `enum` says that it is never null.
  expect(said(ruleOf({ type: ['integer', 'null'], enum: [1] }, 'bigint'), '')).toEqual(['required: must not be empty']);
  expect(said(ruleOf({ type: 'integer' }, 'bigint'), '')).toEqual(['required: must not be empty']);
});

it('one keyword can be a warning, and the value is then there', () => {
  const rule = ruleOf({ type: 'integer', allOf: [{ maximum: 5, 'x-level': 'warning' }] }, 'bigint');
  expect(rule.check({ a: '6' })).toMatchObject({
    ok: true,
    value: { a: 6n },
    warnings: [{ rule: 'maximum', column: 'a' }],
  });
  const levels = ruleOf({ type: 'integer', maximum: 5 }, 'bigint', { levels: [{ rule: 'maximum', level: 'warning' }] });
  expect(levels.check({ a: '6' })).toMatchObject({ ok: true, warnings: [{ rule: 'maximum' }] });
});

it('checks in code get the exact values, trimmed where that is asked for', () => {
  const rule = compileRule<{ a: bigint }>(
    { properties: { a: { type: 'integer' } } },
    {
      columns: { a: { as: 'bigint', trim: true } },
      checks: [{ name: 'even', columns: ['a'], check: ({ a }) => a % 2n === 0n || 'must be even' }],
    },
  );
  expect(rule.check({ a: ' 90071992547409922 ' })).toMatchObject({ ok: true, value: { a: 90071992547409922n } });
  expect(rule.check({ a: '90071992547409923' })).toMatchObject({ ok: false, issues: [{ rule: 'even', column: 'a' }] });
});

it('a library that asks for a bigint gets one', () => {
  const rule = compileRule(z.object({ a: z.bigint().max(10n ** 20n) }), { columns: { a: { as: 'bigint' } } });
  expect(rule.check({ a: '99999999999999999999' })).toMatchObject({ ok: true, value: { a: 99999999999999999999n } });
  expect(rule.check({ a: '100000000000000000001' })).toMatchObject({ ok: false, issues: [{ rule: 'too_big' }] });
  expect(rule.check({ a: 'x' })).toMatchObject({ ok: false, issues: [{ code: 'RULE_TYPE', column: 'a' }] });
});

it('files are read the same on their bytes, and by the module of the rule', async () => {
  const schema = {
    required: ['a'],
    properties: { a: { type: 'integer', minimum: 5, multipleOf: 5 }, b: { type: 'number', maximum: 1 } },
  };
  const options = { columns: { a: { as: 'bigint' as const }, b: { as: 'text' as const } } };
  const rule = compileRule(schema, options);
  expect(rule.compileFast(['a', 'b'], { quote: 34, escape: 34 })).toBeDefined();
  const rows = [
    ['10000000000000000000000005', '0.1000000000000000000001'],
    ['3', '1.0000000000000000000001'],
    ['x', '2'],
    ['', ''],
  ];
  const made = await outcome(rule, ['a', 'b'], rows);
  expect(made.rows).toEqual([
    [
      ['a', 10000000000000000000000005n],
      ['b', '0.1000000000000000000001'],
    ],
  ]);
  expect(made.rejects).toMatchObject([
    { issues: [{ rule: 'minimum' }, { rule: 'multipleOf' }, { rule: 'maximum', value: '1.0000000000000000000001' }] },
    {
      issues: [
        { rule: 'type', value: 'x' },
        { rule: 'maximum', column: 'b' },
      ],
    },
    { issues: [{ rule: 'required', column: 'a' }] },
  ]);
  const { code, types } = compileRuleModule(schema, options);
  expect(await outcome(loadModule(code).rule, ['a', 'b'], rows)).toEqual(made);
  expect(types).toContain('readonly "a": bigint;');
  expect(types).toContain('readonly "b"?: string;');
});

describe('is refused', () => {
  it.each<[string, JsonSchema, ColumnOptions['as']]>([
    ['bigint on a column of numbers', { type: 'number' }, 'bigint'],
    ['bigint on text', { type: 'string' }, 'bigint'],
    ['bigint on a column without a type', {}, 'bigint'],
    ['text on a column that is a number or true', { type: ['number', 'boolean'] }, 'text'],
    ['a keyword that no text of a number can be held against', { type: 'integer', anyOf: [{ minimum: 1 }] }, 'bigint'],
    ['that inside allOf', { type: 'integer', allOf: [{ not: { const: 1 } }] }, 'text'],
    ['a column whose kind only its values tell', { enum: [1, 2] }, 'text'],
  ])('%s', (_, column, as) => {
    expect(thrownBy(() => ruleOf(column, as))).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { option: 'columns["a"].as' },
    });
    expect(() => compileRuleModule({ properties: { a: column } }, { columns: { a: { as: as! } } })).toThrow(
      'CONFIG_INVALID',
    );
  });

  it.each<[string, JsonSchema]>([
    ['elsewhere', { properties: { a: { type: 'integer' } }, anyOf: [{ properties: { a: { minimum: 1 } } }, {}] }],
    ['by its pattern alone', { patternProperties: { '^a': { type: 'integer' } } }],
  ])('a column of which is spoken %s', (_, schema) => {
    expect(thrownBy(() => compileRule(schema, { columns: { a: { as: 'text' } } }))).toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('bigint of a date, and of a library that declares a number', () => {
    const date = { properties: { a: { type: 'string' } } };
    expect(thrownBy(() => compileRule(date, { columns: { a: { date: 'YYYY-MM-DD', as: 'bigint' } } }))).toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(thrownBy(() => compileRule(z.object({ a: z.int() }), { columns: { a: { as: 'bigint' } } }))).toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('a keyword of our own in a schema', () => {
    expect(thrownBy(() => compileRule({ properties: { a: { 'x-exact-minimum': 1 } } }))).toMatchObject({
      code: 'RULE_INVALID',
    });
  });
});
