// Schemas that follow the specification and nothing more: https://standardschema.dev
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import { compileRule } from '../../src/index.ts';
import { thrownBy } from '../helpers.ts';

type Answer = StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>;

const schemaOf = (validate: (value: unknown) => Answer, input?: (options: object) => unknown) => ({
  '~standard': {
    version: 1 as const,
    vendor: 'own',
    validate,
    ...(input === undefined ? {} : { jsonSchema: { input, output: input } }),
  },
});
const issuesOf = (issues: readonly object[]) => {
  const rule = compileRule(schemaOf(() => ({ issues: issues as readonly StandardSchemaV1.Issue[] })) as never);
  const answer = rule.check({ a: 'secret', b: 'xy' });
  return answer.ok ? [] : answer.issues.map(({ rule: name, column, message }) => [name, column, message]);
};

describe('issues of a schema of one own', () => {
  test('without a path are of the whole row, under the name of the vendor', () => {
    expect(issuesOf([{ message: 'does not add up' }])).toEqual([['own', undefined, 'does not add up']]);
  });

  test('quote nothing of the row, in whatever column it stands', () => {
    expect(issuesOf([{ message: 'got secret', expected: 'a name' }])).toEqual([['own', undefined, 'must be a name']]);
    expect(issuesOf([{ message: 'got secret', path: ['a'], expected: 'no secret' }])).toEqual([
      ['own', 'a', 'fails own'],
    ]);
    expect(issuesOf([{ message: '', path: [{ key: 'a' }], type: 'form' }])).toEqual([['form', 'a', 'fails form']]);
  });

  test('have the first name that is one', () => {
    expect(issuesOf([{ message: 'no', path: ['a'], code: 7, type: 'what is this' }])).toEqual([['own', 'a', 'no']]);
    expect(issuesOf([{ message: 'no', path: ['a', 'deep'], code: 'too_deep' }])).toEqual([['too_deep', 'a', 'no']]);
  });
});

describe('the input that a schema tells', () => {
  const passing = (input: (options: object) => unknown) =>
    compileRule(schemaOf((value) => ({ value }), input) as never).check({ n: '5' });

  test('is asked for without options where these are refused', () => {
    const seen: object[] = [];
    const answer = passing((options) => {
      seen.push(options);
      if ('libraryOptions' in options) throw new Error('unknown option');
      return { type: 'object', properties: { n: { type: 'integer' } } };
    });
    expect(answer).toMatchObject({ ok: true, value: { n: 5 } });
    expect(seen).toHaveLength(2);
  });

  test.each<[string, () => unknown]>([
    ['is no object', () => ({ type: 'string' })],
    ['is nothing', () => undefined],
    [
      'cannot be told',
      () => {
        throw new Error('not representable');
      },
    ],
    ['refers to itself', () => ({ type: 'object', properties: { n: { $ref: '#' } } })],
  ])('that %s leaves rows as text', (_, input) => {
    expect(passing(input)).toMatchObject({ ok: true, value: { n: '5' } });
  });
});

test('a schema that answers later is refused, at once or with the first row', () => {
  const later = schemaOf(async (value) => ({ value }));
  expect(thrownBy(() => compileRule(later as never))).toMatchObject({ code: 'RULE_INVALID' });
  const sometimes = schemaOf((value) =>
    Object.keys(value as object).length === 0 ? { value } : Promise.resolve({ value }),
  );
  const rule = compileRule(sometimes as never);
  expect(thrownBy(() => rule.check({ a: 'x' }))).toMatchObject({ code: 'RULE_INVALID' });
});

test('a schema that throws for an empty row is right for others', () => {
  const rule = compileRule(
    schemaOf((value) => {
      if (Object.keys(value as object).length === 0) throw new TypeError('empty');
      return { value };
    }) as never,
  );
  expect(rule.check({ a: 'x' })).toMatchObject({ ok: true });
});

test.each([
  {},
  { version: 2, vendor: 'x', validate: () => ({ value: 1 }) },
  { version: 1, vendor: 1, validate: () => ({ value: 1 }) },
])('what only looks like a Standard Schema is refused (%j)', (props) => {
  expect(thrownBy(() => compileRule({ '~standard': props } as never))).toMatchObject({ code: 'RULE_INVALID' });
});
