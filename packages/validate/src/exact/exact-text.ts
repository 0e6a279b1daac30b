/** Digits, signs and points that an exact number may have, and the most that its exponent may move the point. */
export const maxExactChars = 1_000;

const integer = /^-?\d+$/;
const decimal = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE]([+-]?\d+))?$/;

/** Whether a text writes a whole number: an optional minus and digits. */
export const isExactInteger = (text: string): boolean => text.length <= maxExactChars && integer.test(text);

/** Whether a text writes a number in decimal notation, as numbers are read elsewhere. */
export const isExactDecimal = (text: string): boolean => {
  if (text.length > maxExactChars) return false;
  const match = decimal.exec(text);
  return match !== null && Math.abs(Number(match[1] ?? 0)) <= maxExactChars;
};
