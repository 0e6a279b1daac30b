import { describe, expect, it } from 'vitest';
import { compileRule, defineCheck } from '../src/index.ts';

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${i}`);

describe('the issues of a row', () => {
  it('are all said, each once', () => {
    const rule = compileRule({
      required: ['id'],
      properties: {
        id: {},
        n: { allOf: [{ type: 'number' }, { type: 'integer' }], enum: [1, 2] },
        s: { maxLength: 2, pattern: '^x' },
      },
      allOf: [{ required: ['id'] }, { properties: { s: { maxLength: 2 } } }],
    });
    const outcome = rule.check({ id: '', n: 'q', s: 'abc' });
    expect(!outcome.ok && outcome.issues.map(({ rule, column }) => `${rule} ${column}`).sort()).toEqual([
      'maxLength s',
      'pattern s',
      'required id',
      'type n',
    ]);
  });

  it('carry the value cut to 200 characters, never inside a character, and never in the message', () => {
    const rule = compileRule({ properties: { a: { maxLength: 3 } } });
    const secret = 'S3cret'.repeat(50);
    const outcome = rule.check({ a: secret });
    expect(!outcome.ok && outcome.issues[0]).toMatchObject({ value: secret.slice(0, 200) });
    expect(!outcome.ok && outcome.issues[0]!.message).not.toContain('S3cret');
    const emoji = rule.check({ a: `x${'👍'.repeat(150)}` });
    expect(!emoji.ok && emoji.issues[0]!.value).toBe(`x${'👍'.repeat(99)}`);
  });

  it('list at most ten allowed values', () => {
    const rule = compileRule({ properties: { a: { enum: many(12) } } });
    const outcome = rule.check({ a: 'x' });
    expect(!outcome.ok && outcome.issues[0]!.message).toBe(
      'must be one of "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9" and 2 more',
    );
  });

  it('do not flood: 100,000 failures of one row become as many issues as the cap', () => {
    const row = Object.fromEntries(many(1000).map((name) => [name, 'x']));
    const patterns = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`^c|_${i}`, { minLength: i + 2 }]));
    const rule = compileRule({ patternProperties: patterns }, { maxIssuesPerRow: 7 });
    const outcome = rule.check(row);
    expect(!outcome.ok && outcome.issues).toHaveLength(7);
    expect(!outcome.ok && outcome.issues.at(-1)).toEqual({
      code: 'RULE_FAILED',
      rule: 'maxIssuesPerRow',
      message: 'has 99994 more issues than the 6 listed',
      hint: 'correct these first; the others are told when the row is sent again',
      severity: 'error',
    });
  });

  it('fit the cap without a hint when there are exactly as many', () => {
    const rule = compileRule({ properties: { a: { maxLength: 1 }, b: { maxLength: 1 } } }, { maxIssuesPerRow: 2 });
    const outcome = rule.check({ a: 'xx', b: 'xx' });
    expect(!outcome.ok && outcome.issues.map(({ rule }) => rule)).toEqual(['maxLength', 'maxLength']);
  });

  it('keep the first one where the cap is one', () => {
    const rule = compileRule({ properties: { a: { maxLength: 1 }, b: { maxLength: 1 } } }, { maxIssuesPerRow: 1 });
    const outcome = rule.check({ a: 'xx', b: 'xx' });
    expect(!outcome.ok && outcome.issues).toMatchObject([{ rule: 'maxLength', column: 'a' }]);
  });

  it('have English texts in a locale that has no catalogue', () => {
    const rule = compileRule({ properties: { a: { maxLength: 1 } } }, { locale: 'xx' });
    expect(rule.check({ a: 'xx' })).toMatchObject({ issues: [{ message: 'must have at most 1 character' }] });
  });
});

interface Span {
  readonly from: number;
  readonly to: number;
}

const schema = { required: ['from', 'to'], properties: { from: { type: 'integer' }, to: { type: 'integer' } } };

describe('checks in code', () => {
  const ordered = defineCheck<Span>({
    name: 'ordered',
    columns: ['to'],
    check: (row) => row.from <= row.to || 'must not be below from',
  });

  it('see typed values and say what is wrong with their column', () => {
    const rule = compileRule<Span>(schema, { checks: [ordered] });
    expect(rule.check({ from: '9', to: '10' })).toEqual({ ok: true, value: { from: 9, to: 10 }, warnings: [] });
    expect(rule.check({ from: '10', to: '09' })).toEqual({
      ok: false,
      value: { from: 10, to: 9 },
      issues: [
        {
          code: 'RULE_CUSTOM',
          rule: 'ordered',
          column: 'to',
          value: '09',
          message: 'must not be below from',
          severity: 'error',
        },
      ],
    });
  });

  it('see the source text and the row number too', () => {
    const seen: unknown[] = [];
    const spy = defineCheck<Span>({ name: 'spy', check: (...all) => seen.push(all) > 0 || 'unseen' });
    compileRule<Span>(schema, { checks: [spy] }).check({ from: '01', to: '2' }, 17);
    expect(seen).toEqual([[{ from: 1, to: 2 }, { from: '01', to: '2' }, 17]]);
  });

  it('do not run on rows that fail the schema', () => {
    const rule = compileRule<Span>(schema, {
      checks: [
        {
          name: 'never',
          check: () => {
            throw new Error('ran');
          },
        },
      ],
    });
    expect(rule.check({ from: 'x', to: '1' })).toMatchObject({ issues: [{ code: 'RULE_TYPE' }] });
  });

  it('may give several issues, each with its column', () => {
    const rule = compileRule<Span>(schema, {
      checks: [
        {
          name: 'both',
          check: () => [{ message: 'a', column: 'from' }, { message: 'b', column: 'to' }, { message: 'c' }],
        },
        { name: 'none', check: () => [] },
      ],
    });
    const outcome = rule.check({ from: '1', to: '2' });
    expect(!outcome.ok && outcome.issues.map(({ column, message, value }) => [column, message, value])).toEqual([
      ['from', 'a', '1'],
      ['to', 'b', '2'],
      [undefined, 'c', undefined],
    ]);
  });

  it('only warn when they are warnings', () => {
    const rule = compileRule<Span>(schema, { checks: [{ ...ordered, severity: 'warning' }] });
    expect(rule.check({ from: '2', to: '1' })).toMatchObject({
      ok: true,
      value: { from: 2, to: 1 },
      warnings: [{ rule: 'ordered', severity: 'warning' }],
    });
  });

  it('fail the row when one of them fails, with the warnings of the others after it', () => {
    const rule = compileRule<Span>(schema, {
      checks: [
        { name: 'soft', severity: 'warning', check: () => 'odd' },
        { name: 'hard', check: () => 'wrong' },
      ],
    });
    expect(rule.check({ from: '1', to: '1' })).toMatchObject({
      ok: false,
      issues: [{ rule: 'hard' }, { rule: 'soft' }],
    });
  });

  it('become an issue when they throw, which names the error and not its text', () => {
    const parse = defineCheck<Span>({ name: 'parse', check: (row) => JSON.parse(`{${row.from}`) });
    const outcome = compileRule<Span>(schema, { checks: [parse] }).check({ from: '4711', to: '1' });
    expect(outcome).toMatchObject({
      issues: [{ code: 'RULE_THREW', rule: 'parse', message: 'rule parse failed on this row (SyntaxError)' }],
    });
    expect(!outcome.ok && outcome.issues[0]!.message).not.toContain('4711');
  });

  it('do not let row content out through the name of what they throw', () => {
    class Odd extends Error {
      override name = 'row 4711';
    }
    const throws = (thrown: unknown) => {
      const check = (): never => {
        throw thrown;
      };
      const outcome = compileRule<Span>(schema, { checks: [{ name: 'x', check }] }).check({ from: '1', to: '1' });
      return !outcome.ok && outcome.issues[0]!.message;
    };
    expect(throws(new Odd())).toBe('rule x failed on this row (Error)');
    expect(throws('4711')).toBe('rule x failed on this row (Error)');
  });

  it.each([
    ['nothing', undefined, 'answered undefined'],
    ['false', false, 'answered boolean'],
    ['null', null, 'answered null'],
    ['a promise', Promise.resolve(true), 'answered a promise'],
    ['a list of something else', ['text'], 'answered a list without messages'],
  ])('do not pass a row by answering %s', (_, verdict, said) => {
    const rule = compileRule<Span>(schema, { checks: [{ name: 'x', check: () => verdict as never }] });
    expect(rule.check({ from: '1', to: '1' })).toMatchObject({
      ok: false,
      issues: [{ code: 'RULE_THREW', message: `rule x failed on this row (${said})` }],
    });
  });

  it('cannot flood either', () => {
    const flood = Array.from({ length: 100_000 }, (_, i) => ({ message: `m${i}` }));
    const rule = compileRule<Span>(schema, { checks: [{ name: 'flood', check: () => flood }], maxIssuesPerRow: 3 });
    const outcome = rule.check({ from: '1', to: '1' });
    expect(!outcome.ok && outcome.issues.map(({ rule }) => rule)).toEqual(['flood', 'flood', 'maxIssuesPerRow']);
  });
});
