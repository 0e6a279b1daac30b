import { PipelineConfigError } from '@pipeline/core';

/** The date as ISO 8601; an invalid one has no text, and `null` in its place would be a silent change. */
const isoOf = (date: Date, column: string | undefined): string => {
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new PipelineConfigError('CONFIG_INVALID', {
    option: column === undefined ? 'a value' : `the value of column ${JSON.stringify(column)}`,
    expected: 'a valid date',
    got: 'an invalid one',
  });
};

/**
 * Text of a value that a stage assigned: nothing for `null` and `undefined`, ISO 8601 for dates, JSON for objects.
 *
 * @param column - names it in errors
 * @throws PipelineConfigError `CONFIG_INVALID` for an invalid date
 */
export const textOf = (value: unknown, column?: string): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return isoOf(value, column);
  return typeof value === 'object' ? jsonOf(value, column) : String(value);
};

/**
 * JSON of a value, without the silent changes of `JSON.stringify`: digits for bigints, and the strings "NaN", "Infinity"
 * and "-Infinity" for numbers that JSON does not have, as in the JSON of Protocol Buffers
 * (https://protobuf.dev/programming-guides/json/). `undefined` is `null`, and left out inside objects.
 *
 * @param column - names it in errors
 * @throws PipelineConfigError `CONFIG_INVALID` for an invalid date
 */
export const jsonOf = (value: unknown, column?: string): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value instanceof Date) return JSON.stringify(textOf(value, column));
  if ('toJSON' in value && typeof value.toJSON === 'function') return jsonOf(value.toJSON(), column);
  if (Array.isArray(value)) return `[${Array.from(value, (inner) => jsonOf(inner, column)).join(',')}]`;
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner, column)}`).join(',')}}`;
};
