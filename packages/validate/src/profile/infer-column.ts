import type { ColumnProfile, ValueFormat } from '@pipeline/core';
import type { JsonSchema } from '../schema-keywords.ts';
import { regexOf } from './pattern-regex.ts';

/** What was made of one column, and why. */
export interface InferredColumn {
  readonly name: string;
  /** `unknown` where all values are empty. */
  readonly type: 'integer' | 'number' | 'boolean' | 'string' | 'unknown';
  readonly format?: ValueFormat;
  /** Different values, where they were few enough for an `enum`. */
  readonly enum?: readonly string[];
  /** No value is empty. */
  readonly required: boolean;
  /** Values that are not empty, which all of this rests on. */
  readonly values: number;
  readonly empty: number;
  /** Estimate of how many different values there are. */
  readonly distinct: number;
  /**
   * How likely one more value fits, `[0, 1]`, as far as so many values can tell: (n + 1) / (n + 2), less the share of values
   * that an `enum` has from being seen once.
   */
  readonly confidence: number;
  /** What a person should know of it: values of another kind, what may be a null token, what looks like a key. */
  readonly notes: readonly string[];
}

interface Choices {
  readonly maxEnum: number;
  readonly ranges: boolean;
  readonly patterns: boolean;
}

/** An enum is believed when its values repeat that often on average. */
const repeatsOfEnum = 10;
const formats: readonly ValueFormat[] = ['date', 'date-time', 'email', 'uuid'];
const nullToken = /^(?:n\/?a|#n\/a|nan|null|none|nil|-+|\?|\\n)$/i;

/** The schema of a column that all its values pass. */
export const inferColumn = (
  profile: ColumnProfile,
  choices: Choices,
): { readonly column: InferredColumn; readonly schema: JsonSchema } => {
  const values = profile.count - profile.empty;
  const type = typeOf(profile, values);
  const format = type === 'string' ? formats.find((name) => profile.formats?.[name] === values) : undefined;
  const texts = type === 'string' && format === undefined ? enumOf(profile, values, choices) : undefined;
  const once = texts === undefined ? 0 : profile.top!.filter(({ count }) => count === 1).length;
  const column: InferredColumn = {
    name: profile.name,
    type,
    ...(format === undefined ? {} : { format }),
    ...(texts === undefined ? {} : { enum: texts }),
    required: values > 0 && profile.empty === 0,
    values,
    empty: profile.empty,
    distinct: profile.distinct,
    confidence: values === 0 ? 0 : ((values + 1) / (values + 2)) * (1 - once / values),
    notes: notesOf(profile, values, type),
  };
  const schema: JsonSchema = {
    ...(type === 'unknown' ? {} : { type }),
    ...(format === undefined ? {} : { format }),
    ...(texts === undefined ? {} : { enum: texts }),
    ...(choices.ranges && texts === undefined && format === undefined ? rangeOf(profile, type) : {}),
    ...(choices.patterns && type === 'string' && format === undefined && texts === undefined
      ? patternOf(profile, values)
      : {}),
    $comment: commentOf(column),
  };
  return { column, schema };
};

const typeOf = ({ kinds }: ColumnProfile, values: number): InferredColumn['type'] => {
  const { integer = 0, number = 0, boolean = 0 } = kinds;
  if (values === 0) return 'unknown';
  if (integer === values) return 'integer';
  if (integer + number === values) return 'number';
  return boolean === values ? 'boolean' : 'string';
};

/** All different texts, where they are told whole, few, and repeat. */
const enumOf = (
  { top = [], length, distinct, kinds }: ColumnProfile,
  values: number,
  { maxEnum }: Choices,
): readonly string[] | undefined => {
  const told = top.reduce((sum, { count }) => sum + count, 0);
  // Where a few values are of another kind, those are more often mistakes than choices.
  if (kinds.text !== values || told !== values || top.length > maxEnum || distinct !== top.length) return undefined;
  if ((length?.max ?? 0) >= 64 || values < repeatsOfEnum * top.length) return undefined;
  return top.map(({ value }) => value).sort();
};

const rangeOf = ({ numbers, length }: ColumnProfile, type: InferredColumn['type']): JsonSchema => {
  if ((type === 'integer' || type === 'number') && numbers !== undefined)
    return { minimum: numbers.min, maximum: numbers.max };
  return type === 'string' && length !== undefined ? { minLength: length.min, maxLength: length.max } : {};
};

const mostShapes = 3;

const patternOf = ({ patterns, ascii }: ColumnProfile, values: number): JsonSchema => {
  const told = patterns.reduce((sum, { count }) => sum + count, 0);
  if (ascii !== values || told !== values || patterns.length > mostShapes) return {};
  if (patterns.some(({ pattern }) => pattern.endsWith('…'))) return {};
  return { pattern: `^(?:${patterns.map(({ pattern }) => regexOf(pattern)).join('|')})$` };
};

const notesOf = (profile: ColumnProfile, values: number, type: InferredColumn['type']): readonly string[] => {
  if (values === 0) return ['every value is empty'];
  const notes: string[] = [];
  const kinds = Object.entries(profile.kinds).sort(([, a], [, b]) => b - a);
  const [usual, ...others] = kinds;
  if (type === 'string' && usual !== undefined && others.length > 0)
    notes.push(
      `${usual[1]} of ${values} values are ${usual[0]}, ${others.map(([kind, n]) => `${n} ${kind}`).join(', ')}`,
    );
  for (const { value, count } of profile.top ?? [])
    if (type === 'string' && nullToken.test(value))
      notes.push(`${JSON.stringify(value)} (${count}) may stand for no value`);
  if (profile.empty > 0) notes.push(`${profile.empty} of ${profile.count} are empty`);
  if (values > 1 && profile.empty === 0 && profile.distinct >= values * 0.95 && type !== 'number')
    notes.push(
      profile.distinct === values && values <= 64
        ? 'every value is different'
        : 'looks like a key: nearly every value is different',
    );
  return notes;
};

const commentOf = ({ values, distinct, notes }: InferredColumn): string =>
  [`${values} values, about ${distinct} different`, ...notes].join('; ');
