import type { CsvRecord } from '@pipeline/core';
import type { ColumnReading, ColumnReadings } from './columns/column-options.ts';
import { checkName } from './header.ts';
import { createReadText, type ReadText } from './read-text.ts';
import type { ColumnShape, RowShape } from './row-shape.ts';

/** How the texts of a rule's columns are read. */
export interface ReadSettings {
  readonly nullTokens: ReadonlySet<string>;
  readonly coerce: boolean;
  /** Of columns that do not say it themselves. */
  readonly trim: boolean;
}

/** Makes what turns the texts of a row into the values that are checked, or with `finished` into those of later stages. */
export const rowReader = (
  shape: RowShape,
  settings: ReadSettings,
  locale: string | undefined,
  columns: ColumnReadings,
  finished: boolean,
): ((record: CsvRecord) => Record<string, unknown>) => {
  // Rows of a file have the same columns in the same order, so readers are found by place; the map serves the others.
  const names: string[] = [];
  const readers: ReadText[] = [];
  const known = new Map<string, ReadText>();

  const find = (name: string, place: number): ReadText => {
    let reader = known.get(name);
    if (reader === undefined) {
      checkName(name, locale);
      reader = readColumn(shape.column(name), columns.get(name), settings, finished);
      if (known.size >= maxKnownColumns) known.clear();
      known.set(name, reader);
    }
    names[place] = name;
    readers[place] = reader;
    return reader;
  };

  return (record) => {
    const row: Record<string, unknown> = {};
    let place = 0;
    for (const name in record) {
      const reader = names[place] === name ? readers[place]! : find(name, place);
      const value = reader(record[name]);
      if (value !== undefined) row[name] = value;
      place++;
    }
    return row;
  };
};

/** A worker that lives long sees many files; columns beyond this many are looked up anew. */
const maxKnownColumns = 10_000;

/** What a column's own options say goes before what its type does. */
export const readColumn = (
  shape: ColumnShape,
  reading: ColumnReading | undefined,
  settings: ReadSettings,
  finished: boolean,
): ReadText => {
  const { nullTokens, coerce } = settings;
  if (reading === undefined && !settings.trim) return createReadText(shape, nullTokens, coerce);
  const { read, trim = settings.trim, finish } = reading ?? {};
  // Without a reading of its own a text is read by its type, with one only missing values are told first.
  const byType = createReadText(shape, reading?.nullTokens ?? nullTokens, read === undefined && coerce);
  return (text) => {
    if (typeof text !== 'string') return text;
    const value = byType(trim ? text.trim() : text);
    if (read === undefined || typeof value !== 'string' || shape.texts.has(value)) return value;
    const made = read(value);
    return finished && finish !== undefined && typeof made === 'string' ? finish(made) : made;
  };
};
