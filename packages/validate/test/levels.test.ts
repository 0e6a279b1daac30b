import { PipelineConfigError } from '@pipeline/core';
import { describe, expect, it, test } from 'vitest';
import * as z from 'zod';
import { compileRule, type JsonSchema, type RowOutcome, type RuleOptions, validate } from '../src/index.ts';
import { batchOf, runStage, thrownBy } from './helpers.ts';

const said = (outcome: RowOutcome<unknown>): string[] =>
  (outcome.ok ? outcome.warnings : outcome.issues).map(({ severity, rule, column }) => `${severity} ${rule} ${column}`);

const schema: JsonSchema = {
  required: ['id', 'note'],
  properties: {
    id: { type: 'string', maxLength: 2 },
    note: { type: 'string', maxLength: 2, pattern: '^[a-z]*$' },
  },
};

describe('levels', () => {
  test.each<[string, NonNullable<RuleOptions['levels']>, string[]]>([
    ['of a column', [{ column: 'note', level: 'warning' }], ['warning maxLength note', 'warning pattern note']],
    ['of a rule', [{ rule: 'pattern', level: 'warning' }], ['error maxLength note', 'warning pattern note']],
    ['of both', [{ column: 'id', rule: 'pattern', level: 'warning' }], ['error maxLength note', 'error pattern note']],
    [
      'by the first that fits',
      [{ rule: 'pattern', level: 'error' }, { level: 'warning' }],
      ['error pattern note', 'warning maxLength note'],
    ],
  ])('%s', (_, levels, expected) => {
    const outcome = compileRule(schema, { levels }).check({ id: 'a', note: 'ABC' });
    expect(said(outcome)).toEqual(expected);
    expect(outcome.ok).toBe(expected.every((line) => line.startsWith('warning')));
  });

  test.each<[string, JsonSchema, Record<string, string>, string[]]>([
    [
      'of a column, when it is missing too',
      { required: ['a'], properties: { a: { 'x-level': 'warning' } } },
      { a: '' },
      ['warning required a'],
    ],
    [
      'of one keyword, set apart by allOf',
      { properties: { a: { minLength: 3, allOf: [{ pattern: '^x', 'x-level': 'warning' }] } } },
      { a: 'y' },
      ['error minLength a', 'warning pattern a'],
    ],
    [
      'of the whole row, but for a column that says otherwise',
      { 'x-level': 'warning', properties: { a: { maxLength: 1, 'x-level': 'error' }, b: { maxLength: 1 } } },
      { a: 'xx', b: 'xx' },
      ['error maxLength a', 'warning maxLength b'],
    ],
    [
      'of a place that is referred to',
      {
        definitions: { short: { maxLength: 1, 'x-level': 'warning' } },
        properties: { a: { $ref: '#/definitions/short' } },
      },
      { a: 'xx' },
      ['warning maxLength a'],
    ],
    [
      'of columns that are not named, and of columns whose names are escaped',
      {
        properties: { 'a/b~c %é': { maxLength: 1, 'x-level': 'warning' } },
        additionalProperties: { maxLength: 1, 'x-level': 'warning' },
      },
      { 'a/b~c %é': 'xx', more: 'xx' },
      ['warning maxLength more', 'warning maxLength a/b~c %é'],
    ],
    [
      'not of columns that are called like the annotation',
      { properties: { 'x-level': { enum: ['warning'] }, a: { maxLength: 1 } } },
      { 'x-level': 'warning', a: 'xx' },
      ['error maxLength a'],
    ],
  ])('by annotation: %s', (_, annotated, row, expected) => {
    expect(said(compileRule(annotated).check(row))).toEqual(expected);
  });

  it('of issues of a Standard Schema', () => {
    const order = z.object({ id: z.string().max(2), note: z.string().max(2) });
    const rule = compileRule(order, { levels: [{ column: 'note', level: 'warning' }] });
    expect(said(rule.check({ id: 'a', note: 'abc' }))).toEqual(['warning too_big note']);
    expect(said(rule.check({ id: 'abc', note: 'abc' }))).toEqual(['error too_big id', 'warning too_big note']);
  });

  it('let a row pass whose issues are all warnings, to be counted, and checked in code all the same', async () => {
    const levels = [{ column: 'note', level: 'warning' }] as const;
    const rule = compileRule(schema, {
      levels,
      checks: [{ name: 'notBoth', check: (row) => row.id !== row.note || 'must differ' }],
    });
    const batch = batchOf(
      ['id', 'note'],
      [
        ['a', 'ABC'],
        ['b', 'c'],
        ['AB', 'AB'],
      ],
    );
    const [out] = await runStage(validate(rule), [batch]);
    expect(out!.positions).toEqual([0, 1]);
    expect(out!.warnings).toEqual({ 'RULE_FAILED|maxLength|note': 1, 'RULE_FAILED|pattern|note': 1 });
    expect(out!.rejects.map(({ issues }) => issues.map(({ rule, severity }) => [rule, severity]))).toEqual([
      [
        ['notBoth', 'error'],
        ['pattern', 'warning'],
      ],
    ]);
  });

  it('never let warnings push the errors of a row over the cap', () => {
    const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
    const rule = compileRule(
      { properties: Object.fromEntries(names.map((name) => [name, { maxLength: 1 }])) },
      { maxIssuesPerRow: 3, levels: [{ column: 'c19', level: 'error' }, { level: 'warning' }] },
    );
    expect(said(rule.check(Object.fromEntries(names.map((name) => [name, 'xx']))))[0]).toBe('error maxLength c19');
  });

  test.each<[string, JsonSchema, RuleOptions]>([
    ['levels must be an array', {}, { levels: {} as never }],
    ['levels[0].level must be "error" or "warning"', {}, { levels: [{ level: 'info' as never }] }],
    ['levels[0].column must be', {}, { levels: [{ level: 'error', column: 1 as never }] }],
    ['levels[0] must be { level, column, rule }', {}, { levels: [{ level: 'error', columns: ['a'] } as never] }],
    ['at #/properties/a/x-level: expected "error" or "warning"', { properties: { a: { 'x-level': 'info' } } }, {}],
    ['maxValueChars must be a whole number from 0 to 10,000', {}, { maxValueChars: 10_001 }],
  ])('refuses: %s', (message, refused, options) => {
    const error = thrownBy(() => compileRule(refused, options));
    expect(PipelineConfigError.is(error) && error.message).toContain(message);
  });
});

describe('what to do about an issue', () => {
  test.each<[string, JsonSchema, string]>([
    ['12,5', { type: 'number' }, 'write the digits alone'],
    ['x', { enum: ['a'] }, 'exactly as it is listed'],
    ['xyz', { maxLength: 1 }, 'shorten the value'],
  ])('is told of %j under %j', (a, column, hint) => {
    const outcome = compileRule({ properties: { a: column } }).check({ a });
    expect(!outcome.ok && outcome.issues[0]!.hint).toContain(hint);
  });

  it('can be told by a check in code', () => {
    const check = () => [{ message: 'is wrong', column: 'a', hint: 'ask the branch' }];
    const outcome = compileRule({}, { checks: [{ name: 'own', check }] }).check({ a: '1' });
    expect(!outcome.ok && outcome.issues[0]!.hint).toBe('ask the branch');
  });
});
