import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareDecimals, decimalOf, isMultipleOf } from '../../src/exact/decimal.ts';
import { compileRule } from '../../src/index.ts';

/** A number by its digits and where its point stands, and texts that write it. */
const numbers = fc
  .record({
    digits: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    scale: fc.nat(30),
    zeros: fc.nat(3),
    shift: fc.integer({ min: -20, max: 20 }),
  })
  .map(({ digits, scale, zeros, shift }) => {
    const all = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
    const whole = `${digits < 0n ? '-' : ''}${'0'.repeat(zeros)}${all.slice(0, all.length - scale)}`;
    const plain = scale === 0 ? whole : `${whole}.${all.slice(all.length - scale)}`;
    return { digits, scale, plain, shifted: `${plain}e${shift}`, shift };
  });

/** Of `a · 10^-sa` and `b · 10^-sb`: both by the larger scale. */
const scaled = (a: bigint, sa: number, b: bigint, sb: number): readonly [bigint, bigint] => {
  const most = Math.max(sa, sb);
  return [a * BigInt(`1${'0'.repeat(most - sa)}`), b * BigInt(`1${'0'.repeat(most - sb)}`)];
};
const sign = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);

it('decimals are compared by all their digits, however they are written', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [left, right] = scaled(a.digits, a.scale, b.digits, b.scale);
      expect(compareDecimals(decimalOf(a.plain), decimalOf(b.plain))).toBe(sign(left, right));
      expect(compareDecimals(decimalOf(a.plain), decimalOf(a.plain))).toBe(0);
      const [moved, still] = scaled(a.digits, a.scale - a.shift + 40, b.digits, b.scale + 40);
      expect(compareDecimals(decimalOf(a.shifted), decimalOf(b.plain))).toBe(sign(moved, still));
    }),
  );
});

it('a whole number of steps is a multiple, and nothing between two is', () => {
  fc.assert(
    fc.property(numbers, fc.bigInt({ min: -1000n, max: 1000n }), (step, times) => {
      fc.pre(step.digits !== 0n);
      const multiple = { digits: step.digits * times, exponent: -step.scale };
      expect(isMultipleOf(multiple, decimalOf(step.plain))).toBe(true);
      const next = { digits: multiple.digits * 10n + 1n, exponent: -step.scale - 1 };
      expect(isMultipleOf(next, decimalOf(step.plain))).toBe(next.digits % (step.digits * 10n) === 0n);
    }),
  );
});

/** Bounds are doubles, which JSON writes by their shortest decimals. */
const bounds = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 100),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
);

it('a rule says of exact numbers what their digits say', () => {
  fc.assert(
    fc.property(numbers, bounds, (number, bound) => {
      const limit = decimalOf(String(bound));
      const scale = Math.max(0, -limit.exponent);
      const whole = limit.digits * 10n ** BigInt(scale + limit.exponent);
      const [value, against] = scaled(number.digits, number.scale, whole, scale);
      const rule = compileRule(
        {
          properties: {
            a: { type: 'number', minimum: bound },
            b: { type: 'number', exclusiveMinimum: bound },
            c: { type: 'number', const: bound },
          },
        },
        { columns: { a: { as: 'text' }, b: { as: 'text' }, c: { as: 'text' } } },
      );
      const { plain } = number;
      expect(rule.check({ a: plain }).ok).toBe(value >= against);
      expect(rule.check({ b: plain }).ok).toBe(value > against);
      expect(rule.check({ c: plain }).ok).toBe(value === against);
      expect(rule.check({ a: plain })).toMatchObject({ value: { a: plain } });
    }),
    { numRuns: 60 },
  );
});

it('where a number holds all digits, exact columns and others agree', () => {
  const short = fc
    .record({ digits: fc.integer({ min: -99_999_999, max: 99_999_999 }), scale: fc.nat(6) })
    .map(({ digits, scale }) => (digits / 10 ** scale).toFixed(scale));
  const column = { type: 'number', minimum: -50.5, maximum: 1000.25, multipleOf: 0.05 };
  const exact = compileRule({ properties: { a: column } }, { columns: { a: { as: 'text' } } });
  const usual = compileRule({ properties: { a: column } });
  const rules = (answer: ReturnType<typeof exact.check>) =>
    answer.ok ? [] : answer.issues.map(({ rule, message }) => [rule, message]);
  fc.assert(
    fc.property(short, (a) => {
      expect(rules(exact.check({ a }))).toEqual(rules(usual.check({ a })));
    }),
  );
});
