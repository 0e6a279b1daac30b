import { PipelineConfigError } from '@pipeline/core';
import { describe, expect, it, test } from 'vitest';
import { compileRule, type JsonSchema, validate } from '../src/index.ts';
import { batchOf, runStage, thrownBy } from './helpers.ts';

/** Patterns that take a backtracking engine time without end, each with a text that brings it out. */
const evil: readonly (readonly [pattern: string, text: string])[] = [
  ['^(a+)+$', 'a'],
  ['^(a*)*$', 'a'],
  ['^(a|a)*$', 'a'],
  ['^(a|aa)+$', 'a'],
  ['^(a|a?)+$', 'a'],
  ['^(.*a){11}$', 'a'],
  ['^([a-zA-Z]+)*$', 'a'],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'],
  ['^(a+){10}$', 'a'],
  ['^a*a*a*a*a*a*a*b$', 'a'],
  ['(x+x+)+y', 'x'],
  ['(.*)*=', 'x'],
  ['^(?:.|\\s)*;$', ' '],
  ['^(\\w+\\s?)*$', 'w '],
  ['^(\\d+)*$', '1'],
  ['^(\\d|\\d\\d)+$', '1'],
  ['^(0|[1-9]|\\d)+\\.$', '1'],
  ['\\s+;$', ' '],
  ['^(ab|a|b)*c$', 'ab'],
  ['^((ab)*)+$', 'ab'],
  ['^(a?){20}a{20}$', 'a'],
  ['^(.+)+@(.+)+\\.(.+)+$', 'a@'],
  ['^([\\w.]+)+@([\\w.]+)+$', 'a.'],
  ['^(("[^"]*"|[^,"])*,)*$', 'a'],
  ['^([^<]*<[^>]*>)*$', '<'],
  ['^(https?:\\/\\/)?([\\w-]+\\.?)+$', 'a-'],
  ['^(\\p{L}+)*$', 'é'],
  ['^(😀+)+$', '😀'],
  ['([a-z]+)+\\d', 'z'],
  ['^((a{0,9}){0,9})*$', 'a'],
];

describe('patterns that are evil for others', () => {
  test.each(evil)('%s takes one step for each character', (pattern, text) => {
    const a = `${text.repeat(20_000 / text.length)}!`;
    const rules: JsonSchema[] = [
      { properties: { a: { pattern } } },
      { patternProperties: { [pattern]: { maxLength: 1 } } },
    ];
    const [byValue, byName] = rules.map((schema) => compileRule(schema));
    expect(byValue!.check({ a }).ok).toBe(false);
    expect(byName!.check({ [a]: 'x' }).ok).toBe(true);
  });

  it('are kept apart: two patterns of one rule are two', () => {
    const rule = compileRule({
      properties: { a: { pattern: '^a' }, b: { pattern: '^b' }, c: { pattern: '^\\/a' }, d: { pattern: '^/a' } },
      patternProperties: { '^x': { pattern: '^x' }, '^y': { pattern: '^y' } },
    });
    expect(rule.check({ a: 'a', b: 'b', c: '/a', d: '/a', x: 'x', y: 'y' }).ok).toBe(true);
    const outcome = rule.check({ a: 'b', b: 'a', c: 'a', d: 'a', x: 'y', y: 'x' });
    expect(!outcome.ok && outcome.issues.map(({ column }) => column).sort()).toEqual(['a', 'b', 'c', 'd', 'x', 'y']);
  });
});

const nested = (levels: number): JsonSchema => {
  let schema: JsonSchema = {};
  for (let level = 0; level < levels; level++) schema = { allOf: [schema] };
  return schema;
};
const named = (name: string): JsonSchema => JSON.parse(`{"properties":{${JSON.stringify(name)}:{}}}`);

describe('schemas of others', () => {
  test.each<[string, JsonSchema]>([
    ['a reference to another host', { properties: { a: { $ref: 'https://example.com/schema.json' } } }],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }],
    ['a meta-schema of another host', { $schema: 'https://example.com/schema' }],
    ['20,000 levels', nested(20_000)],
    [
      'a list too long to keep',
      { properties: { a: { enum: Array.from({ length: 200_000 }, (_, i) => `item ${i}`) } } },
    ],
    ['an unknown keyword', { properties: { a: { $async: true } } }],
    ['code in a keyword', { properties: { a: { maxLength: '1);process.exit(' } } }],
    ['a reference that leads to itself', { $ref: '#' }],
    ['references that unfold without end', { properties: { a: { $ref: '#/properties/a' } } }],
    ['a pattern that looks back', { properties: { a: { pattern: '(?<=a)b' } } }],
    ['a pattern that unfolds', { properties: { a: { pattern: '((a{1,99}){1,99}){1,99}' } } }],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'].map(
      (name): [string, JsonSchema] => [`a column ${name}`, named(name)],
    ),
  ])('are refused: %s', (_, schema) => {
    const error = thrownBy(() => compileRule(schema));
    expect(PipelineConfigError.is(error) && error.code).toBe('RULE_INVALID');
    expect(({} as Record<string, unknown>).properties).toBeUndefined();
  });

  test.each([`');process.exit(1);//`, '`;process.exit(1)`', '"\n\u2028\\', '*/ x /*', 'a]b[0'])(
    'have names and texts that stay names and texts: %j',
    async (text) => {
      const rule = compileRule<Record<string, unknown>>({
        required: [text],
        properties: { [text]: { enum: [text, 'other'], title: text, minLength: 1 }, n: { type: 'integer' } },
      });
      const rows = [text, 'other', 'x'].map((value) => [value, '1']);
      const [out] = await runStage(validate(rule), [batchOf([text, 'n'], rows)]);
      expect(out!.rows).toEqual([
        { [text]: text, n: 1 },
        { [text]: 'other', n: 1 },
      ]);
      expect(out!.rejects[0]!.issues.map(({ rule: keyword, column }) => [keyword, column])).toEqual([['enum', text]]);
    },
  );
});

describe('checks in code that throw', () => {
  const secret = 'S3cret';
  test.each<[string, () => never]>([
    [
      'an error',
      () => {
        throw new TypeError(secret);
      },
    ],
    [
      'a text',
      () => {
        throw secret;
      },
    ],
    [
      'nothing',
      () => {
        throw undefined;
      },
    ],
    [
      'something that throws when asked',
      () => {
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error(secret);
            },
          },
        );
      },
    ],
  ])('make a reject of their row alone: %s', async (_, fail) => {
    const check = (row: { readonly a: string }) => row.a !== secret || fail();
    const rule = compileRule<{ a: string }>(
      { properties: { a: { type: 'string' } } },
      { checks: [{ name: 'own', check: check as never }] },
    );
    const [out] = await runStage(validate(rule), [batchOf(['a'], [['x'], [secret], ['y']])]);
    expect(out!.positions).toEqual([0, 2]);
    expect(out!.rejects.map(({ issues }) => issues.map(({ code }) => code))).toEqual([['RULE_THREW']]);
    expect(out!.rejects[0]!.issues[0]!.message).not.toContain(secret);
  });
});
