/** What a value of some shape may turn out to be, so that others are not asked about it. */
export interface ValueShape {
  /** See `ColumnProfile.patterns`. */
  readonly pattern: string;
  readonly mayBe: number;
}

/** Bits of `ValueShape.mayBe`. */
export const NUMBER = 1;
export const DATE = 2;
export const MOMENT = 4;
export const BOOLEAN = 8;
export const EMAIL = 16;
export const UUID = 32;

/** A shape is told up to so many of its signs. */
const mostSigns = 32;

/** Classes of ASCII: a digit, a lower or an upper letter, or 0, which stands for itself. */
export const classOf = new Uint8Array(128);
const DIGIT = 1;
const LOWER = 2;
const UPPER = 3;
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  classOf[code] = /[0-9]/.test(char) ? DIGIT : /[a-z]/.test(char) ? LOWER : /[A-Z]/.test(char) ? UPPER : 0;
}
const signs = ['', '9', 'a', 'A'] as const;

/** A number for the shape of ASCII bytes: equal for those of equal shape, as good as never for others. */
export const shapeKey = (bytes: Uint8Array, start: number, end: number): number => {
  let key = 17;
  let count = 0;
  let at = start;
  for (; at < end && count < mostSigns; count++) {
    const byte = bytes[at]!;
    const kind = classOf[byte]!;
    let sign = byte + 8;
    at++;
    if (kind !== 0) {
      sign = kind;
      if (at < end && classOf[bytes[at]!] === kind) {
        sign += 4;
        while (at < end && classOf[bytes[at]!] === kind) at++;
      }
    }
    key = (Math.imul(key, 0x01000193) ^ sign) | 0;
    key = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
  }
  return at < end ? key ^ 0x55555555 : key;
};

const lower = /^[\p{L}\p{M}]$/u;
const upper = /^\p{Lu}$/u;

const signOf = (char: string): string => {
  const code = char.codePointAt(0)!;
  if (code < 128) return signs[classOf[code]!]!;
  return upper.test(char) ? 'A' : lower.test(char) ? 'a' : '';
};

/** The shape of a text; signs that stand for others are themselves behind a backslash. */
export const patternOf = (text: string): string => {
  let pattern = '';
  let count = 0;
  let before = '';
  let repeats = false;
  for (const char of text) {
    const sign = signOf(char);
    if (sign !== '' && sign === before) {
      if (!repeats) pattern += '+';
      repeats = true;
      continue;
    }
    if (count === mostSigns) return `${pattern}…`;
    pattern += sign === '' && /[+\\…]/.test(char) ? `\\${char}` : sign === '' ? char : sign;
    before = sign;
    repeats = false;
    count++;
  }
  return pattern;
};

const number = /^-?(?:9\+?)?(?:\.9\+?)?(?:[aA](?:-|\\\+)?9\+?)?$/;
const date = /^9\+-9\+-9\+$/;
const moment = /^(?:9\+-9\+-9\+[aA ])?9\+:9\+/;
const boolean = /^(?:A?a\+|A\+)$/;

export const shapeOf = (text: string): ValueShape => {
  const pattern = patternOf(text);
  const mayBe =
    (/9/.test(pattern) && number.test(pattern) ? NUMBER : 0) |
    (date.test(pattern) ? DATE : 0) |
    (moment.test(pattern) ? MOMENT : 0) |
    (boolean.test(pattern) ? BOOLEAN : 0) |
    (pattern.includes('@') ? EMAIL : 0) |
    (text.length === 36 && text.split('-').length === 5 ? UUID : 0);
  return { pattern, mayBe };
};
