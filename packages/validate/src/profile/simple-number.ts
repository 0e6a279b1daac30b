let integer = false;

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** With so many digits, digits and power of ten are exact doubles, and so is the rounding of their quotient. */
const mostDigits = 15;
const powers = Array.from({ length: mostDigits + 1 }, (_, digits) => 10 ** digits);

/** The number that plain digits with at most one point write, as `numberOf` reads it; NaN for all others. */
export const simpleNumber = (bytes: Uint8Array, start: number, end: number): number => {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (end - first > mostDigits + 1 || end <= first) return Number.NaN;
  // A zero in front of another digit is for `numberOf` to judge.
  if (bytes[first] === ZERO && end - first > 1 && bytes[first + 1] !== POINT) return Number.NaN;
  let digits = 0;
  let count = 0;
  let point = -1;
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
      count++;
    } else if (bytes[at] === POINT && point < 0) point = at;
    else return Number.NaN;
  }
  if (count > mostDigits || count === 0 || point === end - 1) return Number.NaN;
  integer = point < 0;
  const value = point < 0 ? digits : digits / powers[end - point - 1]!;
  return negative && value !== 0 ? -value : value;
};

/** Whether the number that was read last has no point. */
export const lastWasInteger = (): boolean => integer;
