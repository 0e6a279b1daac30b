// biome-ignore-all lint/suspicious/noThenProperty: a keyword of JSON Schema
import { describe, expect, it } from 'vitest';
import { compileRule, type JsonSchema } from '../src/index.ts';

const drafts = {
  'draft-07': 'http://json-schema.org/draft-07/schema#',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
};

type Case = [keyword: string, column: JsonSchema, good: string, bad: string, message: string];

const columns: Case[] = [
  ['type', { type: 'integer' }, '1', 'one', 'must be an integer'],
  ['type', { type: ['number', 'null'] }, '', 'x', 'must be a number or empty'],
  ['type', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, '', 'x', 'must be an integer or empty'],
  ['type', { type: 'boolean' }, 'true', 'ja', 'must be true or false'],
  ['minLength', { minLength: 2 }, 'ab', 'a', 'must have at least 2 characters'],
  ['minLength', { minLength: 2 }, '👍👍', '👍', 'must have at least 2 characters'],
  ['maxLength', { maxLength: 1 }, 'a', 'ab', 'must have at most 1 character'],
  ['pattern', { pattern: '^\\d+$' }, '12', 'x1', 'must match the pattern ^\\d+$'],
  ['pattern', { pattern: '^\\p{Lu}$' }, 'Ä', 'ä', 'must match the pattern ^\\p{Lu}$'],
  ['minimum', { type: 'number', minimum: 0 }, '0', '-0.01', 'must be at least 0'],
  ['maximum', { type: 'integer', maximum: 10 }, '10', '11', 'must be at most 10'],
  ['exclusiveMinimum', { type: 'number', exclusiveMinimum: 0 }, '1e-9', '0', 'must be more than 0'],
  ['exclusiveMaximum', { type: 'number', exclusiveMaximum: 1 }, '0.99', '1.0', 'must be less than 1'],
  ['multipleOf', { type: 'number', multipleOf: 0.01 }, '19.99', '19.999', 'must be a multiple of 0.01'],
  ['multipleOf', { type: 'number', multipleOf: 0.01 }, '123456789012.07', '1e-3', 'must be a multiple of 0.01'],
  ['multipleOf', { type: 'integer', multipleOf: 5 }, '-15', '16', 'must be a multiple of 5'],
  ['enum', { enum: ['new', 'old'] }, 'old', 'NEW', 'must be one of "new", "old"'],
  ['enum', { enum: [1, 2.5, null] }, '2.50', '3', 'must be one of 1, 2.5, empty'],
  ['const', { const: 'EUR' }, 'EUR', 'USD', 'must be "EUR"'],
  ['const', { const: 1 }, '1', '2', 'must be 1'],
  ['not', { not: { enum: ['x'] } }, 'y', 'x', 'must not be what the rule excludes'],
  ['false schema', false as unknown as JsonSchema, '', 'x', 'must be empty'],
  [
    'anyOf',
    { anyOf: [{ type: 'integer', minimum: 5 }, { type: 'null' }] },
    '5',
    '3',
    'must be at least 5, or must be empty',
  ],
  [
    'oneOf',
    { oneOf: [{ pattern: '^a' }, { pattern: 'b$' }] },
    'ax',
    'ab',
    'matches more than one of the alternatives, must match exactly one',
  ],
];

/** What to do, by keyword; none where the message says it all. */
const hints: Readonly<Record<string, string>> = {
  minLength: 'write the whole value; it is too short',
  maxLength: 'shorten the value, or look for a missing delimiter or quote',
  pattern: 'write the value in the form that is asked for; look for spaces around it and for wrong case',
  minimum: 'correct the value, or look for a missing digit or a shifted column',
  maximum: 'correct the value, or look for a missing decimal point or a shifted column',
  exclusiveMinimum: 'correct the value, or look for a missing digit or a shifted column',
  exclusiveMaximum: 'correct the value, or look for a missing decimal point or a shifted column',
  multipleOf: 'round the value, or look for a misplaced decimal point',
  enum: 'write one of the allowed values exactly as it is listed, in the same case and without spaces around it',
  const: 'write exactly the value that is asked for, in the same case and without spaces around it',
  'false schema': 'empty this column',
};
const plainNumber =
  'write the digits alone, with a point before decimals: no thousands separators, units, signs of currency or spaces';
const hintOf = (keyword: string, message: string): { hint?: string } => {
  if (keyword === 'type')
    return { hint: /number|integer/.test(message) ? plainNumber : 'write the value in the form that is asked for' };
  const hint = hints[keyword];
  return hint === undefined ? {} : { hint };
};

const formats: [format: string, good: string, bad: string, message: string][] = [
  ['date', '2024-02-29', '2023-02-29', 'a date (YYYY-MM-DD)'],
  ['time', '12:30:00Z', '25:00:00Z', 'a time with zone (hh:mm:ssZ)'],
  ['date-time', '2024-01-31T12:00:00+01:00', '2024-01-31', 'a date and time with zone (YYYY-MM-DDThh:mm:ssZ)'],
  ['iso-date-time', '2024-01-31T12:00:00', '31.1.2024', 'a date and time (YYYY-MM-DDThh:mm:ss)'],
  ['duration', 'P1DT2H', '1 day', 'an ISO 8601 duration'],
  ['email', 'a@example.org', 'a@', 'an email address'],
  ['hostname', 'example.org', '-x-', 'a host name'],
  ['ipv4', '127.0.0.1', '256.0.0.1', 'an IPv4 address'],
  ['ipv6', '::1', ':::', 'an IPv6 address'],
  ['uri', 'https://example.org/', '/x', 'an absolute URI'],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123', 'a UUID'],
  ['json-pointer', '/a/b', 'a/b', 'a valid json-pointer'],
  ['regex', '^a$', '(', 'a regular expression'],
];

for (const [draft, $schema] of Object.entries(drafts)) {
  describe(`${draft}: each keyword lets the good value pass and says what is wrong with the bad one`, () => {
    it.each(columns)('%s %j', (keyword, column, good, bad, message) => {
      const rule = compileRule({ $schema, properties: { a: column } });
      expect(rule.check({ a: good })).toMatchObject({ ok: true });
      expect(rule.check({ a: bad })).toEqual({
        ok: false,
        value: expect.anything(),
        issues: [
          {
            code: keyword === 'type' ? 'RULE_TYPE' : 'RULE_FAILED',
            rule: keyword,
            column: 'a',
            value: bad,
            message,
            ...hintOf(keyword, message),
            severity: 'error',
          },
        ],
      });
    });

    it.each(formats)('format %s', (format, good, bad, message) => {
      const rule = compileRule({ $schema, properties: { a: { type: 'string', format } } });
      expect(rule.check({ a: good })).toMatchObject({ ok: true });
      expect(rule.check({ a: bad })).toMatchObject({
        ok: false,
        issues: [{ code: 'RULE_FAILED', rule: 'format', column: 'a', value: bad, message: `must be ${message}` }],
      });
    });

    it('names the column of keywords that are about the row', () => {
      const rule = compileRule({
        $schema,
        required: ['id', 'x/y~z'],
        properties: { id: {}, 'x/y~z': { maxLength: 1 } },
        additionalProperties: false,
        minProperties: 3,
      });
      expect(rule.check({ id: '', more: '1' })).toMatchObject({
        issues: expect.arrayContaining([
          {
            code: 'RULE_FAILED',
            rule: 'required',
            column: 'id',
            value: '',
            message: 'must not be empty',
            hint: 'fill in this column',
            severity: 'error',
          },
          {
            code: 'RULE_FAILED',
            rule: 'required',
            column: 'x/y~z',
            message: 'is missing',
            hint: 'fill in this column',
            severity: 'error',
          },
          expect.objectContaining({ rule: 'additionalProperties', column: 'more', value: '1' }),
          {
            code: 'RULE_FAILED',
            rule: 'minProperties',
            message: 'must have at least 3 filled columns',
            severity: 'error',
          },
        ]),
      });
      expect(rule.check({ id: 'a', 'x/y~z': 'long', more: '1' })).toMatchObject({
        issues: expect.arrayContaining([
          expect.objectContaining({ rule: 'maxLength', column: 'x/y~z', value: 'long' }),
        ]),
      });
    });

    it('says a condition once, by what its branch asks for', () => {
      const rule = compileRule({
        $schema,
        properties: { country: {}, zip: {}, units: { type: 'integer' } },
        if: { required: ['country'], properties: { country: { const: 'DE' } } },
        then: { required: ['zip'], properties: { zip: { pattern: '^\\d{5}$' }, units: { maximum: 9 } } },
        else: { properties: { zip: false } },
      });
      expect(rule.check({ country: 'DE', zip: '12345', units: '9' }).ok).toBe(true);
      expect(rule.check({ country: 'DE', zip: '', units: '10' })).toMatchObject({
        issues: [
          { rule: 'required', column: 'zip' },
          { rule: 'maximum', column: 'units', value: '10' },
        ],
      });
      expect(rule.check({ country: 'FR', zip: '1', units: '99' })).toMatchObject({
        issues: [{ rule: 'false schema', column: 'zip' }],
      });
    });

    it('says alternatives of the whole row in one issue', () => {
      const rule = compileRule({
        $schema,
        properties: { a: {}, b: {} },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      });
      const outcome = rule.check({ a: '', b: '' });
      expect(outcome).toMatchObject({
        issues: [{ rule: 'anyOf', message: 'column "a" must not be empty, or column "b" must not be empty' }],
      });
      expect(outcome).not.toHaveProperty('issues.0.column');
    });

    it('checks the names of columns', () => {
      const rule = compileRule({ $schema, propertyNames: { maxLength: 3 } });
      expect(rule.check({ abc: 'x' }).ok).toBe(true);
      expect(rule.check({ abcd: 'x' })).toMatchObject({ issues: [{ rule: 'propertyNames', column: 'abcd' }] });
    });
  });
}

describe('keywords of 2020-12 alone', () => {
  const $schema = drafts['2020-12'];

  it('dependentRequired names the column that is missing and the one that asks for it', () => {
    const rule = compileRule({ $schema, properties: { card: {}, name: {} }, dependentRequired: { card: ['name'] } });
    expect(rule.check({ card: '1', name: '' })).toMatchObject({
      issues: [
        { rule: 'dependentRequired', column: 'name', message: 'must not be empty when column "card" is filled' },
      ],
    });
  });

  it('dependentSchemas applies to rows that fill the column', () => {
    const rule = compileRule({
      $schema,
      properties: { a: {}, n: { type: 'integer' } },
      dependentSchemas: { a: { properties: { n: { minimum: 5 } } } },
    });
    expect(rule.check({ a: '', n: '1' }).ok).toBe(true);
    expect(rule.check({ a: 'x', n: '1' })).toMatchObject({ issues: [{ rule: 'minimum', column: 'n' }] });
  });

  it('unevaluatedProperties sees through allOf and $ref', () => {
    const rule = compileRule({
      $schema,
      $defs: { named: { properties: { name: {} } } },
      allOf: [{ $ref: '#/$defs/named' }],
      unevaluatedProperties: false,
    });
    expect(rule.check({ name: 'x' }).ok).toBe(true);
    expect(rule.check({ name: 'x', more: 'y' })).toMatchObject({
      issues: [{ rule: 'unevaluatedProperties', column: 'more', value: 'y' }],
    });
  });
});
