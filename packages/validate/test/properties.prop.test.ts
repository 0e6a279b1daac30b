import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule, type JsonSchema, validate } from '../src/index.ts';
import { batchOf, runStage } from './helpers.ts';

const options = { seed: 20_261, numRuns: 300 };

const digits = fc.stringMatching(/^-?\d{1,20}$/);
const decimals = fc.stringMatching(/^-?\d{0,18}(\.\d{1,12})?([eE][+-]?\d{1,3})?$/);
const field = fc.oneof(
  digits,
  decimals,
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', 'true', 'FALSE', 'null', 'NA', '0x1F', '1e5', ' 1', '1.10', 'Infinity', 'NaN', '__proto__'),
);
const columnSchema: fc.Arbitrary<JsonSchema> = fc.constantFrom(
  { type: 'string' },
  { type: 'string', minLength: 2, maxLength: 8, pattern: '^[^0]' },
  { type: 'integer', minimum: -5, multipleOf: 3 },
  { type: 'number', exclusiveMaximum: 1e6 },
  { type: ['integer', 'null'] },
  { type: ['number', 'string'] },
  { type: 'boolean' },
  { enum: ['', 'NA', 1, null] },
  { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }] },
  {},
);
const names = ['a', 'b', '10', '9'];
const rule = fc.record({
  schema: fc.record({
    properties: fc.record(Object.fromEntries(names.map((name) => [name, columnSchema]))),
    required: fc.subarray(names),
  }),
  maxIssuesPerRow: fc.integer({ min: 1, max: 4 }),
  nullTokens: fc.constantFrom([''], [], ['', 'NA']),
  coerce: fc.boolean(),
});
const rows = fc.array(fc.tuple(field, field, field, field), { maxLength: 20 });

describe('whatever the rule and the rows', () => {
  it('every row is either in the rows or in the rejects, in order, and none changes its text', async () => {
    await fc.assert(
      fc.asyncProperty(rule, rows, async ({ schema, ...ruleOptions }, table) => {
        const stage = validate(compileRule<Record<string, unknown>>(schema, ruleOptions));
        const [out] = await runStage(stage, [batchOf(names, table)]);
        const kept = out!.positions.map((position) => position + 1);
        const rejected = out!.rejects.map(({ rowNumber }) => rowNumber);
        expect([...kept, ...rejected].sort((a, b) => a - b)).toEqual(table.map((_, index) => index + 1));
        expect(kept).toEqual(kept.toSorted((a, b) => a - b));
        expect(rejected).toEqual(rejected.toSorted((a, b) => a - b));
        expect(out!.rows).toHaveLength(kept.length);
        expect(out!.assigned.every((values) => values === undefined)).toBe(true);
        out!.rows.forEach((row, index) => {
          const record = out!.records.record(out!.positions[index]!);
          for (const [name, value] of Object.entries(row)) {
            if (typeof value === 'string') expect(value).toBe(record[name]);
          }
        });
        for (const { issues } of out!.rejects) {
          expect(issues.length).toBeGreaterThan(0);
          expect(issues.length).toBeLessThanOrEqual(ruleOptions.maxIssuesPerRow);
        }
      }),
      options,
    );
  });

  it('no message contains the value', () => {
    const secret = fc.stringMatching(/^[A-Z]{12}$/);
    fc.assert(
      fc.property(rule, fc.array(secret, { minLength: 4, maxLength: 4 }), ({ schema, ...ruleOptions }, values) => {
        const outcome = compileRule<object>(schema, ruleOptions).check(
          Object.fromEntries(names.map((name, index) => [name, values[index]!])),
        );
        const messages = outcome.ok ? [] : outcome.issues.map(({ message }) => message);
        for (const value of values) expect(messages.join('\n')).not.toContain(value);
      }),
      options,
    );
  });
});

describe('reading numbers', () => {
  const integer = compileRule<{ a: unknown }>({ properties: { a: { type: 'integer' } } });
  const number = compileRule<{ a: unknown }>({ properties: { a: { type: 'number' } } });

  it('an integer is exactly what its text says, or is refused', () => {
    fc.assert(
      fc.property(digits, (text) => {
        const outcome = integer.check({ a: text });
        const exact = BigInt(text);
        const safe = exact <= BigInt(Number.MAX_SAFE_INTEGER) && exact >= BigInt(Number.MIN_SAFE_INTEGER);
        expect(outcome.ok).toBe(safe);
        if (outcome.ok) expect(BigInt(outcome.value.a as number)).toBe(exact);
      }),
      options,
    );
  });

  it('a safe integer written by JavaScript comes back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(integer.check({ a: String(value) })).toMatchObject({ ok: true, value: { a: value } });
      }),
      options,
    );
  });

  it('a finite double written by JavaScript comes back, unless it is a long id', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = String(value);
        const outcome = number.check({ a: text });
        const long = !text.includes('e') && Math.abs(value) > Number.MAX_SAFE_INTEGER;
        expect(outcome.ok).toBe(!long);
        if (outcome.ok) expect(outcome.value.a).toBe(value === 0 ? 0 : value);
      }),
      options,
    );
  });

  it('what is not a decimal number is refused', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const decimal = /^-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?$/.test(text);
        fc.pre(!decimal);
        expect(number.check({ a: text }).ok).toBe(false);
      }),
      options,
    );
  });

  it('multiples are judged as they are written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 4 }), (scaled, places) => {
        const step = 10 ** -places;
        const rule = compileRule({ properties: { a: { type: 'number', multipleOf: step } } });
        const text = (scaled / 10 ** places).toFixed(places);
        expect(rule.check({ a: text }).ok).toBe(true);
        expect(rule.check({ a: `${places === 0 ? `${text}.` : text}1` }).ok).toBe(false);
      }),
      { ...options, numRuns: 50 },
    );
  });
});
