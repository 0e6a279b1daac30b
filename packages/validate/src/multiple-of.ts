import { decimalOf, isMultipleOf } from './exact/decimal.ts';

/**
 * Makes the test behind `multipleOf`, exact for numbers as they are written: ajv divides doubles, for which 19.99 is no
 * multiple of 0.01.
 */
export const createMultipleOf = (divisor: number): ((value: number) => boolean) => {
  // The shortest decimal that stands for a double; exponents lie within ±400.
  const step = decimalOf(String(divisor));
  return (value) =>
    Number.isSafeInteger(value) && Number.isSafeInteger(divisor)
      ? value % divisor === 0
      : isMultipleOf(decimalOf(String(value)), step);
};
