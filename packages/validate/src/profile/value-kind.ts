import type { ValueFormat, ValueKind } from '@pipeline/core';
import { largestNumber } from './number-sketch.ts';

/** All kinds; numbers stand for them in tables. */
export const valueKinds: readonly ValueKind[] = ['integer', 'number', 'boolean', 'date', 'time', 'date-time', 'text'];
/** All formats; bits stand for them in tables. */
export const valueFormats: readonly ValueFormat[] = ['date', 'date-time', 'email', 'uuid'];

// No leading zeros: they mean something to whoever wrote them, and a number has none.
const integer = /^-?(?:0|[1-9][0-9]*)$/;
const decimal = /^-?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
const onlyZeros = /^[-0.]*(?:[eE]|$)/;

/**
 * The number that a text writes, or NaN: no leading zeros, no plus, nothing that a double would round to another size, and
 * no integer beyond ±(2^53 − 1), which is an id more often than a count.
 */
export const numberOf = (text: string): number => {
  if (!decimal.test(text) || !/^-?\.?[0-9]/.test(text)) return Number.NaN;
  const value = Number(text);
  if (value === 0) return onlyZeros.test(text) ? 0 : Number.NaN;
  const size = Math.abs(value);
  if (size <= Number.MAX_SAFE_INTEGER) return value;
  return /[eE]/.test(text) && size <= largestNumber ? value : Number.NaN;
};

/** Whether a text that is a number is an integer as it stands: `1.0` is none. */
export const writesInteger = (text: string): boolean => integer.test(text);

const isDay = (year: number, month: number, day: number): boolean => {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
};

/** `YYYY-MM-DD`, a day that there is. */
export const isDate = (text: string): boolean =>
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) &&
  isDay(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8)));

const clock =
  /^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?:[zZ]|[-+](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?$/;

const momentKind = (text: string): ValueKind =>
  clock.test(text)
    ? 'time'
    : /^.{10}[Tt ]/.test(text) && isDate(text.slice(0, 10)) && clock.test(text.slice(11))
      ? 'date-time'
      : 'text';

/** The kind of a text. */
export const kindOf = (text: string): ValueKind => {
  if (!Number.isNaN(numberOf(text))) return writesInteger(text) ? 'integer' : 'number';
  if (/^(?:true|false)$/i.test(text)) return 'boolean';
  return isDate(text) ? 'date' : momentKind(text);
};

// Stricter than the formats of JSON Schema: what is counted here passes there.
const dateTime = /T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;
const email =
  /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The formats that a text has. */
export const formatsOf = (text: string, kind: ValueKind): readonly ValueFormat[] => [
  ...(kind === 'date' ? (['date'] as const) : []),
  ...(kind === 'date-time' && dateTime.test(text) ? (['date-time'] as const) : []),
  ...(text.length <= 254 && email.test(text) ? (['email'] as const) : []),
  ...(uuid.test(text) ? (['uuid'] as const) : []),
];
