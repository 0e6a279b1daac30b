/** A number as it is written: `digits · 10^exponent`. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** The decimal that a text writes: an optional minus, digits with or without a point, an optional exponent. */
export const decimalOf = (text: string): Decimal => {
  const [mantissa = '0', exponent = '0'] = text.split(/e/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const negative = whole.startsWith('-');
  const digits = BigInt(`${negative ? whole.slice(1) : whole}${fraction}`);
  return { digits: negative ? -digits : digits, exponent: Number(exponent) - fraction.length };
};

/** The digits of both at the lower of their exponents. */
const alike = (a: Decimal, b: Decimal): readonly [bigint, bigint] => {
  const exponent = Math.min(a.exponent, b.exponent);
  const at = ({ digits, exponent: own }: Decimal): bigint => digits * 10n ** BigInt(own - exponent);
  return [at(a), at(b)];
};

/** Below 0 where the first is less, 0 where they are equal, above where it is more. */
export const compareDecimals = (a: Decimal, b: Decimal): number => {
  const [left, right] = alike(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
};

/** Whether a decimal is a whole number of steps, which are not 0. */
export const isMultipleOf = (value: Decimal, step: Decimal): boolean => {
  const [left, right] = alike(value, step);
  return left % right === 0n;
};
