import { canonicalJson, type RowBatch } from '@pipeline/core';

/** What makes two rows the same. */
export interface KeyMeaning {
  readonly columns: readonly string[];
  readonly compare: 'text' | 'typed';
  readonly ignoreCase: boolean;
  readonly emptyKeys: 'skip' | 'compare';
}

/** The key of the row at an index of `batch.positions`; `undefined` where it has none. */
export type KeyOfRow = (index: number) => string | undefined;

/**
 * Keys of the rows of a batch. As text, a value is what the output has: the text of the source, or what a stage assigned. As
 * typed value, it is what the typed view has, so that `1.0` and `1` are the same number.
 */
export const keysOf = (batch: RowBatch<unknown>, meaning: KeyMeaning): KeyOfRow => {
  const { columns, compare, ignoreCase, emptyKeys } = meaning;
  const values =
    compare === 'typed'
      ? columns.map((name) => typedValues(batch, name))
      : columns.map((name) => textValues(batch, name));
  const part = (value: string): string => (ignoreCase ? value.normalize('NFC').toLowerCase() : value);
  return (index) => {
    let key = '';
    let empty = true;
    for (const textAt of values) {
      const value = part(textAt(index));
      empty &&= value === '';
      // Lengths keep `a,bc` and `ab,c` apart.
      key = values.length === 1 ? value : `${key}${value.length}:${value}`;
    }
    return empty && emptyKeys === 'skip' ? undefined : key;
  };
};

const textValues = ({ records, positions, assigned }: RowBatch<unknown>, name: string): ((index: number) => string) => {
  const column = records.columns.indexOf(name);
  return (index) => {
    const own = assigned[index];
    if (own !== undefined && Object.hasOwn(own, name) && own[name] !== undefined) return textOf(own[name]);
    return column < 0 ? '' : records.field(positions[index]!, column);
  };
};

const textOf = (value: unknown): string =>
  value === null
    ? ''
    : value instanceof Date
      ? value.toISOString()
      : typeof value === 'object'
        ? canonicalJson(value)
        : String(value);

/** A letter for its type before each value; nothing for one that is absent or empty. */
const typedValues =
  ({ rows }: RowBatch<unknown>, name: string): ((index: number) => string) =>
  (index) => {
    const value = (rows[index] as Record<string, unknown>)[name];
    if (value === undefined || value === null || value === '') return '';
    if (typeof value === 'string') return `s${value}`;
    // Whole numbers are the same whether they are kept as numbers or as bigints.
    if (typeof value === 'bigint' || typeof value === 'number') return `n${value === 0 ? 0 : value}`;
    return `${value instanceof Date ? 'd' : (typeof value)[0]}${textOf(value)}`;
  };
