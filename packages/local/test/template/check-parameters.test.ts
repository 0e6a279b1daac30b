import { describe, expect, it } from 'vitest';
import { checkParameters, type TemplateParameter } from '../../src/template/check-parameters.ts';

const declared: Readonly<Record<string, TemplateParameter>> = {
  Delimiter: { Type: 'String', Default: ',', AllowedPattern: '[^A-Za-z]|\\t' },
  Source: { Type: 'String', Default: 'table', AllowedValues: ['table', 'api'] },
  Most: { Type: 'Number', Default: 8, MinValue: 1, MaxValue: 10 },
  Name: { Type: 'String', Default: 'abc', MinLength: 2, MaxLength: 4 },
  BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
};
const check = (given: Readonly<Record<string, string | number>>) => () => checkParameters('Orders', declared, given);

describe('parameters of a template', () => {
  it.each([{}, { Delimiter: ';', Source: 'api', Most: 10, Name: 'ab' }, { Most: '1', Name: 'abcd' }])(
    'are taken when they fit: %j',
    (given) => {
      expect(check(given)).not.toThrow();
    },
  );

  it.each([
    [{ Delimiter: ',,' }, 'the parameter Delimiter must match [^A-Za-z]|\\t, got ",,"'],
    [{ Delimiter: 'x' }, 'the parameter Delimiter must match'],
    [{ Source: 'file' }, 'the parameter Source is one of table, api, got "file"'],
    [{ Most: 0 }, 'the parameter Most must be at least 1, got 0'],
    [{ Most: 11 }, 'the parameter Most must be at most 10, got 11'],
    [{ Most: 'many' }, 'the parameter Most must be a number, got "many"'],
    [{ Most: '' }, 'the parameter Most must be a number, got ""'],
    [{ Name: 'a' }, 'the parameter Name must have at least 2 characters, got "a"'],
    [{ Name: 'abcde' }, 'the parameter Name must have at most 4 characters, got "abcde"'],
    [{ Other: 'a' }, 'the stack Orders has no parameter Other; it has Delimiter, Source, Most, Name, BootstrapVersion'],
    [{ toString: 'a' }, 'the stack Orders has no parameter toString'],
  ])('are refused when they do not: %j', (given, message) => {
    expect(check(given)).toThrow(message);
  });

  it('need a value', () => {
    expect(() => checkParameters('Orders', { Given: { Type: 'String' } }, {})).toThrow(
      'the parameter Given of the stack Orders needs a value',
    );
  });
});
