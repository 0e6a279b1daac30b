import { PipelineConfigError } from '@pipeline/core';
import { isExactDecimal, isExactInteger, maxExactChars } from '../exact/exact-text.ts';
import type { ReadText } from '../read-text.ts';
import type { ColumnShape, RowShape } from '../row-shape.ts';
import { isSchemaObject } from '../schema-keywords.ts';
import { compileDateFormat, type DateFormat, type Part } from './date-format.ts';

/** How the text of one column is read, where the schema's types do not say it. At most one of the readings. */
export interface ColumnOptions {
  /** A date, such as `M/D/YY`, `DD.MM.YYYY` or `D-MMM-YYYY`. The value is its ISO form, `2024-02-29`. */
  readonly date?: string;
  /** A time, such as `H:mm` or `HH:mm:ssZ`. The value is its ISO form, `09:30:00`. */
  readonly time?: string;
  /** A date with a time, such as `D.M.YYYY H:mm`. The value is its ISO form, with a zone where the format has one. */
  readonly dateTime?: string;
  /** The first of the hundred years that `YY` can mean. @default 1970 */
  readonly pivotYear?: number;
  /** The texts that stand for true and false, as they are written; no others do. */
  readonly boolean?: { readonly true: readonly string[]; readonly false: readonly string[] };
  /** Texts that count as no value in this column. @default the rule's nullTokens */
  readonly nullTokens?: readonly string[];
  /** Reads the text without white space around it. The file keeps it. @default the rule's trim */
  readonly trim?: boolean;
  /**
   * What later stages get. Of a `date`, or of a `dateTime` whose format has a zone: the ISO text or a `Date` (of a date, its
   * midnight in UTC). Of a column of numbers: `text` is the number as it is written, `bigint` is for whole ones; both are exact
   * for up to 1,000 digits, and bounds are held against all of these, where a number has 15 to 17.
   * A Standard Schema gets the `Date` or the `bigint`.
   * @default 'text' of dates and times; a number otherwise
   */
  readonly as?: 'text' | 'Date' | 'bigint';
}

/** Stands in the checked row for a text that its reading refuses: no type of a column takes it. */
export const unreadable: Readonly<Record<string, never>> = Object.freeze({});

/** A column with options, made ready. */
export interface ColumnReading {
  /** Makes the value of a text that is there, `undefined` where the schema's types decide. */
  readonly read: ReadText | undefined;
  /** What the text must be, for messages. */
  readonly expected: string | undefined;
  readonly nullTokens: ReadonlySet<string> | undefined;
  /** `undefined` where the rule decides. */
  readonly trim: boolean | undefined;
  /** Makes what later stages get out of the value that is checked. */
  readonly finish?: (value: string) => unknown;
  /** The type of that, if it is another than the schema's. */
  readonly makes?: 'Date' | 'bigint' | 'string';
  /** The value that is checked is the text of a number. */
  readonly exact?: true;
}

/** Columns with options, by name. */
export type ColumnReadings = ReadonlyMap<string, ColumnReading>;

const readings = ['date', 'time', 'dateTime', 'boolean'] as const;
const known: ReadonlySet<string> = new Set([...readings, 'pivotYear', 'nullTokens', 'trim', 'as']);

/**
 * Makes the options of columns ready and holds them against the schema.
 *
 * @param typed - the schema must say the type that a reading gives; else it must only not say another
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const columnReadings = (
  columns: Readonly<Record<string, ColumnOptions>>,
  shape: RowShape,
  typed: boolean,
): ColumnReadings =>
  new Map(
    Object.entries(columns).map(([name, options]) => {
      const fail: Fail = (option, expected, got) => {
        const place = `columns[${JSON.stringify(name)}]${option === '' ? '' : `.${option}`}`;
        throw new PipelineConfigError('CONFIG_INVALID', { option: place, expected, got: JSON.stringify(got) });
      };
      return [name, columnReading(options, shape.column(name), typed, fail)];
    }),
  );

type Fail = (option: string, expected: string, got: unknown) => never;

const columnReading = (options: ColumnOptions, column: ColumnShape, typed: boolean, fail: Fail): ColumnReading => {
  if (typeof options !== 'object' || options === null) fail('', 'an object of options', options);
  const strange = Object.keys(options).find((option) => !known.has(option));
  if (strange !== undefined) fail('', `options out of ${[...known].join(', ')}`, strange);
  const { nullTokens, trim, pivotYear = 1970, as } = options;
  if (nullTokens !== undefined && !isTexts(nullTokens)) fail('nullTokens', 'an array of texts', nullTokens);
  if (trim !== undefined && typeof trim !== 'boolean') fail('trim', 'true or false', trim);
  if (!Number.isInteger(pivotYear) || pivotYear < 0 || pivotYear > 9900)
    fail('pivotYear', 'a year from 0 to 9900', pivotYear);
  const given = readings.filter((reading) => options[reading] !== undefined);
  if (given.length > 1) fail('', 'at most one way to read it', given);
  const [way] = given;
  if (as !== undefined && as !== 'text' && as !== 'Date' && as !== 'bigint')
    fail('as', '"text", "Date" or "bigint"', as);
  if (as === 'Date' && way !== 'date' && way !== 'dateTime') fail('as', '"text" without date or dateTime', as);
  if (as === 'bigint' && way !== undefined) fail('as', '"bigint" for whole numbers alone', as);
  const common = { nullTokens: nullTokens === undefined ? undefined : new Set(nullTokens), trim };
  if (way === undefined)
    return { ...common, ...(exactOf(as, column, typed, fail) ?? { read: undefined, expected: undefined }) };
  checkType(way, column, typed, fail);
  return {
    ...common,
    ...(way === 'boolean'
      ? booleanOf(options.boolean, fail)
      : dateOf(way, options[way], { pivotYear, toDate: as === 'Date' }, column, fail)),
  };
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string');

const checkType = (
  way: (typeof readings)[number],
  { kinds, always }: ColumnShape,
  typed: boolean,
  fail: Fail,
): void => {
  const needed = way === 'boolean' ? 'boolean' : 'string';
  if (kinds === undefined && !typed) return;
  const others = [...(kinds ?? [])].filter((kind) => kind !== needed && kind !== 'null');
  // A type that only some rows must have would let an unreadable text of the others pass.
  if (kinds?.has(needed) !== true || others.length > 0 || (typed && !always))
    fail(way, `on a column of type ${needed}, which is what it reads; the schema says otherwise`, [...(kinds ?? [])]);
};

/** A number that is kept as it is written; `undefined` where the column is read by its type. */
const exactOf = (
  as: ColumnOptions['as'],
  { kinds, always }: ColumnShape,
  typed: boolean,
  fail: Fail,
): Pick<ColumnReading, 'read' | 'expected' | 'finish' | 'makes' | 'exact'> | undefined => {
  if (as !== 'text' && as !== 'bigint') return undefined;
  const named = [...(kinds ?? [])].filter((kind) => kind !== 'null');
  const numbers = named.filter((kind) => kind === 'integer' || kind === 'number');
  // Text is text already.
  if (as === 'text' && numbers.length === 0) return undefined;
  const whole = as === 'bigint' || !named.includes('number');
  const fits = typed
    ? always && numbers.length > 0 && numbers.length === named.length && (as === 'text' || !named.includes('number'))
    : named.length === 0;
  if (!fits)
    fail(
      'as',
      `"${as}" on a column ${typed ? `of type ${as === 'bigint' ? 'integer' : 'integer or number'}` : 'to which its library gives no type of JSON Schema'} and no other`,
      as,
    );
  const isNumber = whole ? isExactInteger : isExactDecimal;
  return {
    read: (text) => (isNumber(text as string) ? text : unreadable),
    expected: `${whole ? 'an integer' : 'a number'} of at most ${maxExactChars.toLocaleString('en')} digits`,
    makes: as === 'bigint' ? 'bigint' : 'string',
    ...(as === 'bigint' ? { finish: BigInt } : {}),
    ...(typed ? { exact: true } : {}),
  };
};

const booleanOf = (tokens: ColumnOptions['boolean'], fail: Fail): Pick<ColumnReading, 'read' | 'expected'> => {
  if (!isTexts(tokens?.true) || !isTexts(tokens?.false) || tokens.true.length === 0 || tokens.false.length === 0)
    return fail('boolean', '{ true: […], false: […] } with one text or more each', tokens);
  const values = new Map<string, boolean>([
    ...tokens.true.map((text) => [text, true] as const),
    ...tokens.false.map((text) => [text, false] as const),
  ]);
  if (values.size < tokens.true.length + tokens.false.length) fail('boolean', 'each text once', tokens);
  return {
    read: (text) => values.get(text as string) ?? unreadable,
    expected: `one of ${[...values.keys()].map((text) => JSON.stringify(text)).join(', ')}`,
  };
};

const needed: Readonly<Record<'date' | 'time' | 'dateTime', readonly Part[]>> = {
  date: ['year', 'month', 'day'],
  time: ['hour', 'minute'],
  dateTime: ['year', 'month', 'day', 'hour', 'minute'],
};
const names = { date: 'a date', time: 'a time', dateTime: 'a date and time' } as const;

const dateOf = (
  way: 'date' | 'time' | 'dateTime',
  format: string | undefined,
  { pivotYear, toDate }: { readonly pivotYear: number; readonly toDate: boolean },
  column: ColumnShape,
  fail: Fail,
): Pick<ColumnReading, 'read' | 'expected' | 'finish' | 'makes'> => {
  if (typeof format !== 'string') return fail(way, 'a format such as YYYY-MM-DD', format);
  const compiled = compileDateFormat(format, pivotYear);
  if (typeof compiled === 'string') return fail(way, compiled, format);
  checkParts(way, format, compiled, fail);
  checkFormats(way, compiled, column, fail);
  if (toDate && way === 'dateTime' && !compiled.parts.has('zone'))
    fail('as', '"text" where the format has no zone, as it then says no point in time', 'Date');
  const { read } = compiled;
  const finish = toDate ? { finish: dateOfText, makes: 'Date' as const } : {};
  return { read: (text) => read(text as string) ?? unreadable, expected: `${names[way]} (${format})`, ...finish };
};

const dateOfText = (iso: string): Date => new Date(iso);

const checkParts = (way: keyof typeof needed, format: string, { parts }: DateFormat, fail: Fail): void => {
  const missing = needed[way].find((part) => !parts.has(part));
  if (missing !== undefined) fail(way, `a format with a token for the ${missing}`, format);
  const timed = way !== 'date';
  const extra = [...parts].find(
    (part) => !needed[way].includes(part) && !(timed && ['second', 'fraction', 'zone'].includes(part)),
  );
  if (extra !== undefined) fail(way, `a format without a token for the ${extra}`, format);
  if (parts.has('fraction') && !parts.has('second')) fail(way, 'a format with a token for the second', format);
};

/** A `format` of the schema that the ISO form never has would reject every row. */
const checkFormats = (way: keyof typeof needed, { parts }: DateFormat, { schemas }: ColumnShape, fail: Fail): void => {
  const zoned = parts.has('zone');
  const fitting = {
    date: ['date'],
    time: zoned ? ['time', 'iso-time'] : ['iso-time'],
    dateTime: zoned ? ['date-time', 'iso-date-time'] : ['iso-date-time'],
  }[way];
  for (const schema of schemas)
    if (isSchemaObject(schema) && schema.format !== undefined && !fitting.includes(String(schema.format)))
      fail(way, `on a column whose format is ${fitting.join(' or ')}, which the ISO form has`, schema.format);
};

/** Puts the text back that no reading took, and says in which columns; a failed row carries text there. */
export const takeText = (
  value: Record<string, unknown>,
  record: Readonly<Record<string, string>>,
  columns: ColumnReadings,
): string[] => {
  const refused: string[] = [];
  for (const name of columns.keys())
    if (value[name] === unreadable) {
      value[name] = record[name];
      refused.push(name);
    }
  return refused;
};
