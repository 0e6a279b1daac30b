import { describe, expect, it } from 'vitest';
import { compileRule, type RuleOptions } from '../src/index.ts';

const read = (type: string | string[], text: string, options: RuleOptions<{ a?: unknown }> = {}): unknown => {
  const outcome = compileRule<{ a?: unknown }>({ properties: { a: { type } } }, options).check({ a: text });
  return outcome.ok ? outcome.value.a : outcome.issues.map((issue) => issue.code).join();
};

const refused = 'RULE_TYPE';

describe('text becomes a value only where the type is declared and the value is what was written', () => {
  it.each([
    ['integer', '0', 0],
    ['integer', '-0', 0],
    ['integer', '007', 7],
    ['integer', '-12', -12],
    ['integer', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['integer', '-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['integer', '9007199254740992', refused],
    ['integer', '1.0', refused],
    ['integer', '1e5', refused],
    ['integer', '0x1F', refused],
    ['integer', '+1', refused],
    ['integer', ' 1', refused],
    ['integer', '1 ', refused],
    ['integer', '-', refused],
    ['integer', '1,000', refused],
    ['integer', '١', refused],
    ['integer', 'true', refused],
    ['integer', '\ufeff1', refused],
    ['number', '1', 1],
    ['number', '1.10', 1.1],
    ['number', '-0.5', -0.5],
    ['number', '-0.0', 0],
    ['number', '.5', 0.5],
    ['number', '0e5', 0],
    ['number', '1e5', 100_000],
    ['number', '6.02214076E+23', 6.02214076e23],
    ['number', '0.1234567890123456789', 0.12345678901234568],
    ['number', '5.', refused],
    ['number', '.', refused],
    ['number', '1e', refused],
    ['number', '1_000', refused],
    ['number', '1,5', refused],
    ['number', '0x1F', refused],
    ['number', '0b1', refused],
    ['number', 'Infinity', refused],
    ['number', 'NaN', refused],
    ['number', '1e400', refused],
    ['number', '1e-400', refused],
    ['number', '9007199254740993', refused],
    ['number', '9007199254740993.5', refused],
    ['number', ' 1', refused],
    ['number', '1n', refused],
    ['boolean', 'true', true],
    ['boolean', 'FALSE', false],
    ['boolean', 'True', true],
    ['boolean', '1', refused],
    ['boolean', '0', refused],
    ['boolean', 'yes', refused],
    ['boolean', 't', refused],
    ['string', '007', '007'],
    ['string', '1.10', '1.10'],
    ['string', 'true', 'true'],
    ['string', ' x ', ' x '],
    ['null', '', null],
    ['null', 'null', refused],
  ])('type %s reads %j as %j', (type, text, value) => {
    expect(read(type, text)).toEqual(value);
  });

  it.each([
    [['integer', 'null'], '', null],
    [['integer', 'null'], '5', 5],
    [['integer', 'null'], 'x', refused],
    [['integer', 'boolean'], 'true', true],
    [['integer', 'boolean'], '1', 1],
    [['integer', 'string'], '12', 12],
    [['integer', 'string'], '007', '007'],
    [['number', 'string'], '1.5', 1.5],
    [['number', 'string'], '1.50', '1.50'],
    [['number', 'string'], '1e5', '1e5'],
    [['boolean', 'string'], 'true', true],
    [['boolean', 'string'], 'TRUE', 'TRUE'],
    [['string', 'null'], '', null],
    [['string', 'null'], 'null', 'null'],
  ])('of the types %j, %j becomes %j', (types, text, value) => {
    expect(read(types, text)).toEqual(value);
  });

  it('keeps a text that an enum names, even where another type could read it', () => {
    const rule = compileRule<{ a: unknown }>({ properties: { a: { enum: ['1', 2, null] } } });
    const values = ['1', '2', ''].map((a) => rule.check({ a })).map((outcome) => outcome.value);
    expect(values).toEqual([{ a: '1' }, { a: 2 }, { a: null }]);
  });

  it('reads nothing when told not to', () => {
    expect(read('integer', '5', { coerce: false })).toBe(refused);
    expect(read('string', '5', { coerce: false })).toBe('5');
    expect(read(['integer', 'null'], '', { coerce: false })).toBeNull();
  });

  it('takes values that a stage before it made as they are', () => {
    const rule = compileRule<{ a: number }>({ properties: { a: { type: 'number', maximum: 5 } } });
    expect(rule.check({ a: 4 } as never)).toMatchObject({ ok: true, value: { a: 4 } });
    expect(rule.check({ a: 6 } as never)).toMatchObject({ ok: false, issues: [{ rule: 'maximum', value: '6' }] });
  });

  it('names the limit when an integer is too long to be exact', () => {
    const rule = compileRule({ properties: { a: { type: 'integer' } } });
    expect(rule.check({ a: '12345678901234567890' })).toMatchObject({
      issues: [{ message: expect.stringMatching(/must be an integer within ±9007199254740991.*type string/) }],
    });
  });
});

describe('an empty field', () => {
  const rule = compileRule<object>({
    required: ['id', 'units'],
    properties: {
      id: { type: 'string' },
      units: { type: 'integer' },
      note: { type: 'string', minLength: 3 },
      price: { type: 'number' },
      tier: { type: ['string', 'null'] },
      flag: { enum: ['', 'x'] },
    },
  });
  const empty = { id: '', units: '', note: '', price: '', tier: '', flag: '' };

  it('is left out where the column is optional, null where it may be null, kept where the schema names it', () => {
    expect(rule.check({ ...empty, id: 'a', units: '1' })).toEqual({
      ok: true,
      value: { id: 'a', units: 1, tier: null, flag: '' },
      warnings: [],
    });
  });

  it('is the one issue of a required column', () => {
    expect(rule.check(empty)).toMatchObject({
      ok: false,
      issues: [
        { rule: 'required', column: 'id', value: '', message: 'must not be empty' },
        { rule: 'required', column: 'units', value: '', message: 'must not be empty' },
      ],
    });
  });

  it('satisfies a required column that may be null', () => {
    const nullable = compileRule<object>({ required: ['a'], properties: { a: { type: ['integer', 'null'] } } });
    expect(nullable.check({ a: '' })).toMatchObject({ ok: true, value: { a: null } });
    expect(nullable.check({})).toMatchObject({ ok: false, issues: [{ rule: 'required', message: 'is missing' }] });
  });

  it('counts as missing for dependencies, conditions and counts', () => {
    const dependent = compileRule({
      dependencies: { a: ['b'] },
      maxProperties: 2,
      properties: { a: {}, b: {}, c: {} },
    });
    expect(dependent.check({ a: '', b: '', c: '' }).ok).toBe(true);
    expect(dependent.check({ a: 'x', b: '', c: 'y' })).toMatchObject({
      issues: [{ rule: 'dependencies', column: 'b', message: 'must not be empty when column "a" is filled' }],
    });
  });

  it('is a text like any other without null tokens', () => {
    const strict = compileRule(
      { required: ['a'], properties: { a: { type: 'string' }, b: { type: 'integer' } } },
      { nullTokens: [] },
    );
    expect(strict.check({ a: '', b: '' })).toMatchObject({ issues: [{ code: 'RULE_TYPE', column: 'b' }] });
  });

  it('is joined by other null tokens, exactly as they are written', () => {
    const rule = compileRule<object>(
      { properties: { a: { type: 'number' }, b: {} } },
      { nullTokens: ['', 'NA', '\\N'] },
    );
    expect(rule.check({ a: 'NA', b: '\\N' })).toMatchObject({ ok: true, value: {} });
    expect(rule.check({ a: 'na', b: '' })).toMatchObject({ issues: [{ code: 'RULE_TYPE', column: 'a' }] });
  });
});
