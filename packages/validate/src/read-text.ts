import type { ColumnShape } from './row-shape.ts';

/** Turns the text of one field into the value that is checked; `undefined` leaves the column out of the row. */
export type ReadText = (text: unknown) => unknown;

/**
 * The integer that a text writes, or `undefined`: an optional minus and digits, within ±(2^53 − 1).
 * No plus, point, exponent, hexadecimal, spaces or separators.
 */
export const readInteger = (text: string): number | undefined => {
  const negative = text.charCodeAt(0) === 45;
  const start = negative ? 1 : 0;
  if (text.length === start) return undefined;
  let value = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return negative && value !== 0 ? -value : value;
};

const decimal = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const nothingButZeros = /^[-0.]*(?:[eE]|$)/;

/**
 * The number that a text writes in decimal notation, or `undefined`. Without an exponent it must lie within
 * ±(2^53 − 1), so that long ids are never rounded; what overflows or vanishes as a double is refused too.
 */
export const readNumber = (text: string): number | undefined => {
  const whole = readInteger(text);
  if (whole !== undefined) return whole;
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  if (value === 0) return nothingButZeros.test(text) ? 0 : undefined;
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  return Number.isFinite(value) && /[eE]/.test(text) ? value : undefined;
};

/** `true` or `false` in any case, or `undefined`. */
export const readBoolean = (text: string): boolean | undefined => {
  if (text.length < 4 || text.length > 5) return undefined;
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
};

/** Makes the reader of one column; what cannot be read stays text, and the check on its type then fails. */
export const createReadText = (
  { kinds, texts }: Pick<ColumnShape, 'kinds' | 'texts'>,
  nullTokens: ReadonlySet<string>,
  coerce: boolean,
): ReadText => {
  const missing = kinds?.has('null') ? null : undefined;
  const isMissing = missingTest([...nullTokens].filter((token) => !texts.has(token)));
  const convert = coerce ? converter(kinds, texts) : undefined;
  // Stages before this one may have put typed values into the row: those are checked as they are.
  if (convert === undefined) return (text) => (typeof text === 'string' && isMissing(text) ? missing : text);
  return (text) => {
    if (typeof text !== 'string') return text;
    if (isMissing(text)) return missing;
    return convert(text) ?? text;
  };
};

const missingTest = (tokens: readonly string[]): ((text: string) => boolean) => {
  const [only] = tokens;
  if (only === undefined) return () => false;
  if (tokens.length === 1) return (text) => text === only;
  const set = new Set(tokens);
  return (text) => set.has(text);
};

type Convert = (text: string) => number | boolean | undefined;

const converter = (kinds: ColumnShape['kinds'], texts: ReadonlySet<string>): Convert | undefined => {
  if (kinds === undefined) return undefined;
  const number = kinds.has('number') ? readNumber : kinds.has('integer') ? readInteger : undefined;
  const boolean = kinds.has('boolean') ? readBoolean : undefined;
  const convert: Convert | undefined =
    number !== undefined && boolean !== undefined ? (text) => number(text) ?? boolean(text) : (number ?? boolean);
  if (convert === undefined || !kinds.has('string')) return convert;
  // Text is allowed as well: only what the other type would write the same way becomes it, so `007` and `1.10` stay.
  return (text) => {
    if (texts.has(text)) return undefined;
    const value = convert(text);
    return String(value) === text ? value : undefined;
  };
};
