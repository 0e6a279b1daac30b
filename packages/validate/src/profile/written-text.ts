/**
 * The text that a value which a stage assigned has in the file: nothing for no value, ISO 8601 for dates, else its JSON. Unlike
 * the writer it refuses nothing: a column that the output leaves out is profiled too.
 */
export const writtenText = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';
};
