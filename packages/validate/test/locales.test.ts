import { PipelineError } from '@pipeline/core';
import { expect, it } from 'vitest';
import { compileRule, compileSchema, type RuleOptions } from '../src/index.ts';
import { thrownBy } from './helpers.ts';

const options = (more: object): RuleOptions<never> => ({ locale: 'xx', ...more }) as RuleOptions<never>;
const schema = { required: ['a'], additionalProperties: false, properties: { a: { type: 'string' } } };

it.each<[string, () => unknown, string]>([
  ['a schema', () => compileRule({ typ: 'x' }, options({})), 'RULE_INVALID: the rule cannot be compiled: at #'],
  ['checks', () => compileRule(schema, options({ checks: [{ name: '' }] })), 'CONFIG_INVALID: checks[0].name'],
  ['levels', () => compileRule(schema, options({ levels: [{ level: 'x' }] })), 'CONFIG_INVALID: levels[0].level'],
  ['levels that are no objects', () => compileRule(schema, options({ levels: ['x'] })), 'CONFIG_INVALID: levels[0]'],
  ['levels that are no list', () => compileRule(schema, options({ levels: {} })), 'CONFIG_INVALID: levels'],
  [
    'strange levels',
    () => compileRule(schema, options({ levels: [{ level: 'error', x: 1 }] })),
    'CONFIG_INVALID: levels[0]',
  ],
  [
    'levels of no column',
    () => compileRule(schema, options({ levels: [{ level: 'error', column: 1 }] })),
    'levels[0].column',
  ],
  [
    'levels of no rule',
    () => compileRule(schema, options({ levels: [{ level: 'error', rule: 1 }] })),
    'levels[0].rule',
  ],
  ['null tokens', () => compileRule(schema, options({ nullTokens: [1] })), 'CONFIG_INVALID: nullTokens'],
  ['a header', () => compileRule(schema, options({})).checkHeader(['b']), 'CSV_BAD_HEADER'],
  ['a reserved name', () => compileRule(schema, options({})).checkHeader(['a', '__proto__']), 'CSV_BAD_HEADER'],
  [
    'a schema of values',
    () => compileSchema({ pattern: '(' }, { locale: 'xx' } as object),
    'RULE_INVALID: the rule cannot be compiled: at #',
  ],
])('what is wrong with %s is told in English where there is no catalogue of a locale', (_, work, text) => {
  const error = thrownBy(work as () => never);
  expect(PipelineError.is(error) && error.message).toContain(text);
});

it('long texts of a schema are cut in errors, and long lists of columns too', () => {
  const required = Array.from({ length: 30 }, (_, i) => `c${i}`);
  const error = thrownBy(() => compileRule({ required }).checkHeader(['x']));
  expect(String(error)).toContain('c19 and 10 more');
  expect(String(thrownBy(() => compileRule({ ['y'.repeat(500)]: 1 })))).toContain('…');
});
