import { compareDecimals, type Decimal, decimalOf, isMultipleOf } from './decimal.ts';

/** Keywords of JSON Schema that look at numbers. */
export type NumberKeyword =
  | 'minimum'
  | 'maximum'
  | 'exclusiveMinimum'
  | 'exclusiveMaximum'
  | 'multipleOf'
  | 'enum'
  | 'const';

type Test = (value: Decimal, limit: Decimal) => boolean;

const tests: Readonly<Record<Exclude<NumberKeyword, 'enum' | 'const'>, Test>> = {
  minimum: (value, limit) => compareDecimals(value, limit) >= 0,
  maximum: (value, limit) => compareDecimals(value, limit) <= 0,
  exclusiveMinimum: (value, limit) => compareDecimals(value, limit) > 0,
  exclusiveMaximum: (value, limit) => compareDecimals(value, limit) < 0,
  multipleOf: isMultipleOf,
};

/**
 * Makes the test of a keyword on the text of a number, exact whatever its digits. Numbers of the schema are those that their
 * shortest decimals write, as in JSON. What is no text, such as a missing value, is among the values that are listed or passes.
 */
export const exactNumber = (keyword: NumberKeyword, given: unknown): ((value: unknown) => boolean) => {
  if (keyword === 'enum' || keyword === 'const') {
    const values = keyword === 'const' ? [given] : (given as readonly unknown[]);
    const listed = values.filter((value) => typeof value === 'number').map((value) => decimalOf(String(value)));
    return (value) =>
      typeof value === 'string'
        ? listed.some((one) => compareDecimals(decimalOf(value), one) === 0)
        : values.includes(value);
  }
  const limit = decimalOf(String(given));
  const test = tests[keyword];
  return (value) => typeof value !== 'string' || test(decimalOf(value), limit);
};
