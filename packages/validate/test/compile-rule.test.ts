// biome-ignore-all lint/suspicious/noThenProperty: a keyword of JSON Schema
import { PipelineConfigError, PipelineError } from '@pipeline/core';
import { describe, expect, it } from 'vitest';
import { compileRule, type JsonSchema, type RuleOptions } from '../src/index.ts';
import { thrownBy } from './helpers.ts';

const draft2020 = 'https://json-schema.org/draft/2020-12/schema';

const nest = (levels: number): JsonSchema => (levels === 0 ? {} : { allOf: [nest(levels - 1)] });

/** Refers 2^30 times to the last definition. */
const explosive: JsonSchema = {
  allOf: [{ $ref: '#/definitions/d0' }],
  definitions: Object.fromEntries(
    Array.from({ length: 31 }, (_, i) => [
      `d${i}`,
      i === 30 ? {} : { allOf: [{ $ref: `#/definitions/d${i + 1}` }, { $ref: `#/definitions/d${i + 1}` }] },
    ]),
  ),
};

const chained: JsonSchema = {
  properties: { a: { $ref: '#/definitions/d0' } },
  definitions: Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`d${i}`, i === 4999 ? {} : { $ref: `#/definitions/d${i + 1}` }]),
  ),
};

describe('a schema that cannot be a rule is refused with its place', () => {
  const cases: [name: string, schema: unknown, pointer: string, reason: RegExp][] = [
    ['nothing', undefined, '#', /expected a JSON Schema object, got a undefined/],
    ['null', null, '#', /got null/],
    ['a boolean schema', true, '#', /got a boolean/],
    ['an array', [], '#', /got an array/],
    ['another dialect', { $schema: 'http://json-schema.org/draft-04/schema#' }, '#/$schema', /draft-07.*2020-12/],
    ['a $schema that is no text', { $schema: 7 }, '#/$schema', /got 7/],
    ['a misspelt keyword', { properties: { a: { patern: 'x' } } }, '#/properties/a/patern', /keyword.*"patern"/],
    ['nullable', { properties: { a: { type: 'string', nullable: true } } }, '#/properties/a/nullable', /type: \[/],
    ['a keyword of the other draft', { dependentRequired: {} }, '#/dependentRequired', /needs \$schema 2020-12/],
    ['draft-07 items list in 2020-12', { $schema: draft2020, additionalItems: {} }, '#/additionalItems', /2020-12/],
    ['an unknown type', { properties: { a: { type: 'int' } } }, '#/properties/a/type', /"integer"/],
    ['a keyword of the wrong kind', { properties: { a: { minLength: '3' } } }, '#/properties/a/minLength', /integer/],
    ['a property that is no schema', { properties: { a: 5 } }, '#/properties/a', /expected a schema .*got 5/],
    ['an unknown format', { properties: { a: { format: 'emial' } } }, '#/properties/a/format', /email.*got "emial"/],
    ['a bad pattern', { properties: { a: { pattern: '(' } } }, '#/properties/a/pattern', /regular expression.*"\("/],
    ['a bad property pattern', { patternProperties: { '[': {} } }, '#/patternProperties/[', /regular expression/],
    [
      'a bad pattern in an unused definition',
      { definitions: { d: { pattern: '(' } } },
      '#/definitions/d/pattern',
      /reg/,
    ],
    [
      'a remote $ref',
      { properties: { a: { $ref: 'https://x.test/y#/z' } } },
      '#/properties/a/$ref',
      /nothing is fetched/,
    ],
    [
      'a $ref to another file',
      { properties: { a: { $ref: 'other.json' } } },
      '#/properties/a/$ref',
      /inside this schema/,
    ],
    [
      'a $ref to nowhere',
      { properties: { a: { $ref: '#/definitions/q' } } },
      '#/properties/a/$ref',
      /place that exists/,
    ],
    [
      'a $ref up the prototype',
      { properties: { a: { $ref: '#/toString' } } },
      '#/properties/a/$ref',
      /place that exists/,
    ],
    ['a $ref into itself', { properties: { a: { $ref: '#' } } }, '#/properties/a/$ref', /reference into itself/],
    [
      'a circle of $refs',
      { allOf: [{ $ref: '#/definitions/a' }], definitions: { a: { not: { $ref: '#/definitions/a' } } } },
      '#/definitions/a/not/$ref',
      /into itself/,
    ],
    [
      'an inner $id',
      { properties: { a: { $id: 'https://x.test/a' } } },
      '#/properties/a/$id',
      /no \$id below the root/,
    ],
    ['$refs that unfold without end', explosive, '', /at most 50000 schemas/],
    ['$refs in a long chain', chained, '', /at most 100 levels/],
    ['too deep a schema', nest(101), '', /at most 100 levels/],
    ['too large a schema', { description: 'x'.repeat(1024 * 1024) }, '#', /at most 1048576 bytes/],
    ['a function', { properties: { a: { default: () => 1 } } }, '#/properties/a/default', /plain JSON, got a function/],
    ['an instance', { properties: { a: { default: new Date(0) } } }, '#/properties/a/default', /an instance of Date/],
    ['NaN', { properties: { a: { type: 'number', minimum: Number.NaN } } }, '#/properties/a/minimum', /got NaN/],
    [
      'a __proto__ column',
      JSON.parse('{"properties":{"__proto__":{}}}'),
      '#/properties',
      /Object.prototype.*__proto__/,
    ],
    ['a toString column', { properties: { toString: { type: 'string' } } }, '#/properties', /toString/],
    ['a required constructor', { required: ['constructor'] }, '#/required', /constructor/],
    ['a dependency on valueOf', { dependencies: { a: ['valueOf'] } }, '#/dependencies', /valueOf/],
    ['a root that is no row', { type: 'array' }, '#/type', /expected "object"/],
    [
      'a column that is an array',
      { properties: { a: { type: 'array' } } },
      '#/properties/a',
      /a field of a file can have/,
    ],
    [
      'types that exclude one another',
      { properties: { a: { type: 'string', allOf: [{ type: 'integer' }] } } },
      '#/properties/a',
      /exclude one another/,
    ],
    ['minimum on text', { properties: { a: { minimum: 0 } } }, '#/properties/a/minimum', /never be checked/],
    [
      'pattern on an integer',
      { properties: { a: { type: 'integer', pattern: '^1' } } },
      '#/properties/a/pattern',
      /never be checked/,
    ],
    ['maxItems on a column', { properties: { a: { maxItems: 1 } } }, '#/properties/a/maxItems', /object or array/],
    [
      'minimum through a $ref',
      { properties: { a: { $ref: '#/definitions/d' } }, definitions: { d: { minimum: 0 } } },
      '#/definitions/d/minimum',
      /column "a"/,
    ],
    [
      'minimum in a then without a type',
      { if: { required: ['b'] }, then: { properties: { a: { minimum: 0 } } } },
      '#/then/properties/a/minimum',
      /never be checked/,
    ],
    [
      'minimum behind a column pattern',
      { patternProperties: { '^n_': { minimum: 0 } } },
      '#/patternProperties/^n_/minimum',
      /never be checked/,
    ],
    [
      'a column that is text in one branch',
      { oneOf: [{ properties: { a: { type: 'string' } } }, { properties: { a: { type: 'integer' } } }] },
      '#/oneOf/0/properties/a',
      /one type of column "a"/,
    ],
    ['an if without then', { if: { required: ['a'] } }, '#', /"if" without "then"/],
  ];
  it.each(cases)('%s', (_, schema, pointer, reason) => {
    const error = thrownBy(() => compileRule(schema as JsonSchema));
    if (!PipelineError.is(error)) throw error;
    expect(error).toBeInstanceOf(PipelineConfigError);
    expect(error.code).toBe('RULE_INVALID');
    expect(error.message).toMatch(reason);
    if (pointer !== '') expect(error.details.pointer).toBe(pointer);
  });

  it('a schema that shares parts without end', () => {
    let shared: JsonSchema = {};
    for (let i = 0; i < 40; i++) shared = { allOf: [shared, shared] };
    expect(() => compileRule(shared)).toThrow(/at most 1048576 bytes/);
  });

  it('a schema that contains itself', () => {
    const circle: Record<string, unknown> = {};
    circle.not = circle;
    expect(() => compileRule(circle)).toThrow(/at most 100 levels/);
  });

  it('a class instance as schema', () => {
    class Schema {
      type = 'object';
    }
    expect(() => compileRule({ ...new Schema() })).not.toThrow();
    expect(() => compileRule(new Schema() as unknown as JsonSchema)).toThrow(/instance of Schema/);
  });
});

describe('an option that makes no sense is refused', () => {
  const check = () => true as const;
  const cases: [name: string, options: unknown, message: RegExp][] = [
    ['no cap', { maxIssuesPerRow: 0 }, /maxIssuesPerRow must be a whole number from 1, got 0/],
    ['a broken cap', { maxIssuesPerRow: 1.5 }, /maxIssuesPerRow/],
    ['null tokens that are no texts', { nullTokens: [null] }, /nullTokens must be an array of texts/],
    ['a check without a name', { checks: [{ name: '', check }] }, /checks\[0\]\.name/],
    [
      'two checks of one name',
      {
        checks: [
          { name: 'a', check },
          { name: 'a', check },
        ],
      },
      /checks\[1\]\.name must be used once/,
    ],
    ['a check without a function', { checks: [{ name: 'a' }] }, /checks\[0\]\.check must be a function/],
    ['a check with another severity', { checks: [{ name: 'a', check, severity: 'info' }] }, /severity/],
  ];
  it.each(cases)('%s', (_, options, message) => {
    expect(() => compileRule({}, options as RuleOptions)).toThrow(message);
    expect(thrownBy(() => compileRule({}, options as RuleOptions))).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('a compiled rule', () => {
  it('knows the columns and those that a file must have, also through allOf and $ref', () => {
    const rule = compileRule({
      required: ['id'],
      properties: { id: {}, note: {} },
      allOf: [{ $ref: '#/definitions/priced' }],
      if: { required: ['note'] },
      then: { required: ['author'], properties: { author: {} } },
      definitions: { priced: { required: ['price'], properties: { price: { type: 'number' } } } },
    });
    expect(rule.columns).toEqual(['id', 'note', 'price', 'author']);
    expect(rule.required).toEqual(['id', 'price']);
  });

  it('does not follow changes to the schema it was made of', () => {
    const schema = { properties: { a: { type: 'string', maxLength: 3 } } };
    const rule = compileRule(schema);
    schema.properties.a.maxLength = 100;
    expect(rule.check({ a: 'four' }).ok).toBe(false);
    expect(rule.schema).toEqual({ properties: { a: { type: 'string', maxLength: 3 } } });
  });

  it('may share a $id with another rule', () => {
    const first = compileRule({ $id: 'https://x.test/row', properties: { a: { maxLength: 1 } } });
    const second = compileRule({ $id: 'https://x.test/row', properties: { a: { maxLength: 2 } } });
    expect([first.check({ a: 'ab' }).ok, second.check({ a: 'ab' }).ok]).toEqual([false, true]);
  });

  it.each([
    [
      'a pointer',
      { properties: { a: { $ref: '#/definitions/x~1y%20z' } }, definitions: { 'x/y z': { type: 'integer' } } },
    ],
    [
      'the root $id',
      {
        $id: 'https://x.test/r',
        properties: { a: { $ref: 'https://x.test/r#/definitions/d' } },
        definitions: { d: { type: 'integer' } },
      },
    ],
    [
      'an anchor',
      { $schema: draft2020, properties: { a: { $ref: '#n' } }, $defs: { d: { $anchor: 'n', type: 'integer' } } },
    ],
    ['a draft-07 anchor', { properties: { a: { $ref: '#n' } }, definitions: { d: { $id: '#n', type: 'integer' } } }],
    [
      'a chain',
      {
        properties: { a: { $ref: '#/definitions/b' } },
        definitions: { b: { $ref: '#/definitions/c' }, c: { type: 'integer' } },
      },
    ],
    ['allOf', { allOf: [{ properties: { a: { allOf: [{ type: 'number' }, { type: 'integer' }] } } }] }],
    ['anyOf with null', { properties: { a: { anyOf: [{ type: 'integer' }, { type: 'null' }] } } }],
    ['a branch', { oneOf: [{ required: ['a'], properties: { a: { type: 'integer' } } }, { required: ['b'] }] }],
    ['a pattern of column names', { patternProperties: { '^a': { type: 'integer' } } }],
    ['the schema of all other columns', { additionalProperties: { type: 'integer' } }],
    ['const', { properties: { a: { const: 12 } } }],
    ['enum', { properties: { a: { enum: [1, 12] } } }],
  ])('finds the type of a column through %s', (_, schema) => {
    expect(compileRule<object>(schema).check({ a: '12' })).toEqual({ ok: true, value: { a: 12 }, warnings: [] });
    expect(compileRule<object>(schema).check({ a: 'x' }).ok).toBe(false);
  });

  it('checks the keywords beside a $ref as well', () => {
    const rule = compileRule({
      properties: { a: { $ref: '#/definitions/d', maximum: 5 } },
      definitions: { d: { type: 'integer', minimum: 1 } },
    });
    expect(['0', '3', '6'].map((a) => rule.check({ a }).ok)).toEqual([false, true, false]);
  });
});

describe('patterns', () => {
  it.each([
    ['(?=a)b', 'looks ahead'],
    ['(?<!a)b', 'looks behind'],
    ['^(a|b)\\1$', 'refers back'],
    ['(?:a{1,100}){1,200}', 'unfolds to more than'],
  ])('refuses %s, which no linear machine can run', (pattern, reason) => {
    const error = thrownBy(() => compileRule({ properties: { a: { type: 'string', pattern } } })) as Error;
    expect(error.message).toContain('/properties/a/pattern');
    expect(error.message).toContain(reason);
  });

  it('takes no longer for a text that makes backtracking explode', () => {
    const rule = compileRule({ properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
    expect(rule.check({ a: `${'a'.repeat(50_000)}!` }).ok).toBe(false);
    expect(rule.check({ a: 'a'.repeat(50_000) }).ok).toBe(true);
  });
});
