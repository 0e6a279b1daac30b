/** What a format reads, in ISO 8601 notation; `undefined` for every other text. */
export type ReadDate = (text: string) => string | undefined;

/** A format made ready. */
export interface DateFormat {
  readonly read: ReadDate;
  /** Parts that the format has. */
  readonly parts: ReadonlySet<Part>;
}

/** Parts of a date and time. */
export type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'zone';

interface Token {
  readonly part: Part;
  readonly read: (text: string, at: number) => Taken | undefined;
  /** It may end before the digits do, so a digit must not follow it in the format. */
  readonly open: boolean;
}

/** Where a token ended, and what it read. */
interface Taken {
  readonly end: number;
  readonly value: number | string;
}

const digit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at) - 48;
  return code >= 0 && code <= 9;
};

/** Reads from `least` to `most` digits, as many as there are. */
const digits =
  (least: number, most: number): Token['read'] =>
  (text, at) => {
    let end = at;
    while (end < at + most && digit(text, end)) end++;
    return end - at < least ? undefined : { end, value: Number(text.slice(at, end)) };
  };

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const monthName: Token['read'] = (text, at) => {
  const month = months.indexOf(text.slice(at, at + 3).toLowerCase());
  return month < 0 ? undefined : { end: at + 3, value: month + 1 };
};

const zone: Token['read'] = (text, at) => {
  if (text[at] === 'Z') return { end: at + 1, value: 'Z' };
  const match = /^[+-](?:[01]\d|2[0-3]):[0-5]\d/.exec(text.slice(at, at + 6));
  return match === null ? undefined : { end: at + 6, value: match[0] };
};

const fraction: Token['read'] = (text, at) => {
  let end = at;
  while (end < at + 9 && digit(text, end)) end++;
  return end === at ? undefined : { end, value: text.slice(at, end) };
};

const tokens = (pivotYear: number): ReadonlyMap<string, Token> => {
  const shortYear: Token['read'] = (text, at) => {
    const taken = digits(2, 2)(text, at);
    if (taken === undefined) return undefined;
    const year = pivotYear - (pivotYear % 100) + (taken.value as number);
    return { end: taken.end, value: year < pivotYear ? year + 100 : year };
  };
  const one = (part: Part, read: Token['read'], open = false): Token => ({ part, read, open });
  return new Map([
    ['YYYY', one('year', digits(4, 4))],
    ['YY', one('year', shortYear)],
    ['MMM', one('month', monthName)],
    ['MM', one('month', digits(2, 2))],
    ['M', one('month', digits(1, 2), true)],
    ['DD', one('day', digits(2, 2))],
    ['D', one('day', digits(1, 2), true)],
    ['HH', one('hour', digits(2, 2))],
    ['H', one('hour', digits(1, 2), true)],
    ['mm', one('minute', digits(2, 2))],
    ['ss', one('second', digits(2, 2))],
    ['S', one('fraction', fraction, true)],
    ['Z', one('zone', zone)],
  ]);
};

/** Tokens of a format, for messages. */
export const dateTokens = 'YYYY, YY, MMM, MM, M, DD, D, HH, H, mm, ss, S, Z';

/**
 * Makes the reader of a format. It goes through a text once, from left to right, and never tries again.
 *
 * @param pivotYear - the first year that `YY` can mean; it means those up to 99 years later
 * @returns the format, or what is wrong with it
 */
export const compileDateFormat = (format: string, pivotYear: number): DateFormat | string => {
  const known = tokens(pivotYear);
  const steps: (Token | string)[] = [];
  const parts = new Set<Part>();
  // A run of one letter is a token; the T between date and time, and all that is no letter, stands for itself.
  for (const [piece] of format.matchAll(/([A-Za-z])\1*|[^A-Za-z]/g)) {
    const token = known.get(piece);
    const before = steps.at(-1);
    if (
      typeof before === 'object' &&
      before.open &&
      (token === undefined ? digit(piece, 0) : piece !== 'MMM' && piece !== 'Z')
    )
      return `a separator behind tokens of one or two digits, before ${JSON.stringify(piece)}`;
    if (token === undefined && /[A-SU-Za-z]|TT/.test(piece))
      return `the tokens ${dateTokens}, not ${JSON.stringify(piece)}`;
    if (token !== undefined && parts.has(token.part)) return `one token for the ${token.part}`;
    if (token !== undefined) parts.add(token.part);
    steps.push(token ?? piece);
  }
  return { parts, read: (text) => readSteps(text, steps) };
};

const readSteps = (text: string, steps: readonly (Token | string)[]): string | undefined => {
  const found: Partial<Record<Part, number | string>> = {};
  let at = 0;
  for (const step of steps) {
    if (typeof step === 'string') {
      if (text[at] !== step) return undefined;
      at++;
      continue;
    }
    const taken = step.read(text, at);
    if (taken === undefined) return undefined;
    found[step.part] = taken.value;
    at = taken.end;
  }
  return at === text.length ? isoOf(found) : undefined;
};

const isoOf = (found: Partial<Record<Part, number | string>>): string | undefined => {
  const { year, month, day, hour, minute, second = 0, fraction: part, zone: offset = '' } = found;
  const date = year === undefined ? undefined : dateOf(Number(year), Number(month), Number(day));
  if (year !== undefined && date === undefined) return undefined;
  if (hour === undefined) return date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const time = `${two(hour)}:${two(minute!)}:${two(second)}${part === undefined ? '' : `.${part}`}${offset}`;
  return date === undefined ? time : `${date}T${time}`;
};

const dateOf = (year: number, month: number, day: number): string | undefined =>
  month < 1 || month > 12 || day < 1 || day > daysOf(year, month)
    ? undefined
    : `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;

const daysOf = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

const two = (value: number | string): string => String(value).padStart(2, '0');
