import { describe, expect, it } from 'vitest';
import {
  type ColumnOptions,
  compileRule,
  compileSchema,
  defineCheck,
  type RuleOptions,
  validate,
} from '../src/index.ts';
import { batchOf, runStage, thrownBy } from './helpers.ts';

const text = { properties: { a: { type: 'string' } } };

describe('wrong options of columns', () => {
  it.each<[string, object, string]>([
    ['null tokens that are no texts', { nullTokens: [1] }, 'columns["a"].nullTokens'],
    ['null tokens that are no list', { nullTokens: '-' }, 'columns["a"].nullTokens'],
    ['trim that is neither', { trim: 'yes' }, 'columns["a"].trim'],
    ['a date that is no format', { date: 1 }, 'columns["a"].date'],
    ['a fraction of no second', { time: 'HH:mm.S' }, 'columns["a"].time'],
    ['a token twice', { date: 'YYYY-MM-DD-MM' }, 'columns["a"].date'],
    ['a year that is none', { date: 'YYYY-MM-DD', pivotYear: -1 }, 'columns["a"].pivotYear'],
  ])('%s', (_, options, place) => {
    const error = thrownBy(() => compileRule(text, { columns: { a: options as ColumnOptions } }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { option: place } });
  });
});

describe('wrong options of rules', () => {
  const rule = (options: object) => thrownBy(() => compileRule(text, options as RuleOptions<never>));

  it.each<[string, object, string]>([
    ['checks that are no list', { checks: {} }, 'checks'],
    [
      'a check twice',
      { checks: [defineCheck({ name: 'x', check: () => true }), { name: 'x', check: () => true }] },
      'checks[1].name',
    ],
    ['a check without a function', { checks: [{ name: 'x' }] }, 'checks[0].check'],
    [
      'a check of a strange severity',
      { checks: [{ name: 'x', check: () => true, severity: 'info' }] },
      'checks[0].severity',
    ],
    ['more issues than may be', { maxIssuesPerRow: 0 }, 'maxIssuesPerRow'],
    ['longer values than may be', { maxValueChars: 10_001 }, 'maxValueChars'],
    ['trim that is neither', { trim: 1 }, 'trim'],
  ])('%s', (_, options, option) => {
    expect(rule(options)).toMatchObject({ code: 'CONFIG_INVALID', details: { option } });
  });

  it('onInvalid and severity of the stage', () => {
    const made = compileRule(text);
    expect(thrownBy(() => validate(made, { onInvalid: 'skip' as 'reject' }))).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(thrownBy(() => validate(made, { severity: Symbol('x') as never }))).toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describe('schemas that are hard to say', () => {
  it.each<[string, object, string]>([
    [
      'an anchor twice',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } } },
      'each anchor once',
    ],
    [
      'a pointer beyond reading',
      Array.from({ length: 120 }).reduce<object>((inner) => ({ properties: { abc: inner } }), {}),
      '…',
    ],
    ['an instance of no class', { properties: { a: Object.create(Object.create(null)) } }, 'RULE_INVALID'],
  ])('%s', (_, schema, message) => {
    expect(String(thrownBy(() => compileRule(schema as { type?: string })))).toContain(message);
  });

  it('long patterns are cut, many alternatives counted', () => {
    const pattern = `^${'ab'.repeat(150)}$`;
    const rule = compileRule({
      properties: {
        a: { type: 'string', pattern },
        b: { anyOf: Array.from({ length: 8 }, (_, i) => ({ type: 'string', maxLength: i, minLength: i })) },
      },
    });
    const answer = rule.check({ a: 'x', b: 'far too long' });
    const messages = answer.ok ? [] : answer.issues.map(({ message }) => message);
    expect(messages[0]).toMatch(/^must match the pattern \^(?:ab)+a?…$/);
    expect(messages[1]).toContain('more alternatives');
  });

  it('a schema of values may be true, false, or have an allOf of its own', () => {
    expect(compileSchema(true).check({})).toEqual([]);
    expect(compileSchema({ allOf: [{ type: 'object' }] }).check(1)).toMatchObject([{ rule: 'type' }]);
    expect(compileSchema({ properties: { a: false } }).check({ a: 1 })).toHaveLength(1);
  });
});

it('a check that says nothing with a text says its name; a row of the stage before may hold anything', async () => {
  const rule = compileRule(text, { checks: [defineCheck({ name: 'even', columns: ['a'], check: () => '' })] });
  expect(rule.check({ a: 'x' })).toMatchObject({
    issues: [{ rule: 'even', message: expect.stringContaining('even') }],
  });
  const dates = compileRule(
    { properties: { a: { type: 'string', format: 'date' }, n: { type: 'integer', maximum: 5 } } },
    { columns: { a: { date: 'D.M.YYYY' } } },
  );
  expect(dates.check({ a: { not: 'text' }, n: 7 } as never)).toMatchObject({ ok: false });
});

it('throwing at the first bad row passes a batch without one, and tells of rows as a whole too', async () => {
  const rule = compileRule({
    required: ['a'],
    properties: { a: { type: 'string' } },
    dependentRequired: { a: ['b'] },
    $schema: 'https://json-schema.org/draft/2020-12/schema',
  });
  const stage = validate(rule, { onInvalid: 'throw' });
  const good = batchOf(['a', 'b'], [['x', 'y']]);
  expect((await runStage(stage, [good]))[0]!.positions).toEqual([0]);
  await expect(
    runStage(stage, [
      batchOf(
        ['a', 'b'],
        [
          ['x', 'y'],
          ['x', ''],
        ],
      ),
    ]),
  ).rejects.toThrow('data row 2');
});
