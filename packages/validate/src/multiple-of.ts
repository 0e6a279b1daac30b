/**
 * Makes the test behind `multipleOf`, exact for numbers as they are written: ajv divides doubles, for which 19.99 is no
 * multiple of 0.01.
 */
export const createMultipleOf = (divisor: number): ((value: number) => boolean) => {
  const step = decimalOf(divisor);
  return (value) => {
    if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
    const given = decimalOf(value);
    const exponent = Math.min(given.exponent, step.exponent);
    return (
      (given.digits * 10n ** BigInt(given.exponent - exponent)) %
        (step.digits * 10n ** BigInt(step.exponent - exponent)) ===
      0n
    );
  };
};

/** The shortest decimal that stands for a double: `digits · 10^exponent`. Exponents lie within ±400. */
const decimalOf = (value: number): { digits: bigint; exponent: number } => {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
};
